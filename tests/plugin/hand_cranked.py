"""A runner that a test turns by hand: nothing happens until it says so."""

from collections import deque

from napari_faseg.plugin.runner import attempt


class HandCrankedRunner:
    """Lines requests up as the background thread does, and runs one with each `turn`."""

    def __init__(self):
        self.waiting = deque()
        self.newest = None
        self.n_run = 0

    def submit(self, work, done, failed, *, replaceable=False):
        self.newest = (work, done, failed, replaceable)
        if replaceable and self.waiting and self.waiting[-1][3]:
            self.waiting.pop()
        self.waiting.append(self.newest)

    def turn(self):
        request = self.waiting.popleft()
        work, done, failed, replaceable = request
        self.n_run += 1
        result, reason = attempt(work)
        if replaceable and request is not self.newest:
            return
        if reason is None:
            done(result)
        else:
            failed(reason)

    def turn_all(self):
        while self.waiting:
            self.turn()

    def close(self):
        self.waiting.clear()
