"""A runner that a test turns by hand: nothing happens until it says so."""

from collections import deque

from napari_faseg.plugin.runner import attempts


class Request:
    """Work that yields, and whom to tell."""

    def __init__(self, work, done, failed, replaceable, is_missed=False):
        self.results = attempts(work)
        self.done, self.failed = done, failed
        self.replaceable, self.is_missed = replaceable, is_missed


class HandCrankedRunner:
    """Lines requests up as the background thread does; each `turn` brings one result."""

    def __init__(self):
        self.waiting = deque()
        self.running = None
        self.newest = None
        self.pause = None
        self.soon_due = None
        self.ahead_due = None

    def submit(self, work, done, failed, *, replaceable=False, pause=0.0):
        self._submit(Request(lambda: iter((work(),)), done, failed, replaceable))

    def follow(self, work, done, failed):
        self._submit(Request(work, done, failed, replaceable=True, is_missed=True))

    def turn(self):
        """Go on until a result is there, which is delivered unless it is out of date."""
        if self.running is None:
            self.running = self.waiting.popleft()
        request = self.running
        result, reason = next(request.results)
        if getattr(result, "is_last", True):
            self.running = None
        is_wanted = not request.replaceable or request is self.newest
        is_followed = bool(self.waiting) and not self.waiting[0].replaceable
        if reason is None and is_wanted:
            request.done(result)
        elif reason is not None and (is_wanted or (request.is_missed and is_followed)):
            request.failed(reason)
        if request.replaceable and self.waiting and self.waiting[0].replaceable:
            self.running = None

    def turn_all(self):
        while self.busy:
            self.turn()

    @property
    def busy(self):
        return self.running is not None or bool(self.waiting)

    def beside(self, work, done, failed):
        self.waiting.append(Request(lambda: iter((work(),)), done, failed, replaceable=False))

    def ahead(self, work):
        self.ahead_due = work

    def later(self, seconds, action):
        self.pause = self.pause or (seconds, action)

    def soon(self, action):
        self.soon_due = self.soon_due or action

    def come_free(self):
        """Let the window have a free moment."""
        action, self.soon_due = self.soon_due, None
        if action is not None:
            action()

    def let_pass(self, seconds):
        """Let time go by."""
        if self.pause is not None:
            left, action = self.pause[0] - seconds, self.pause[1]
            self.pause = (left, action) if left > 0 else None
            if left <= 0:
                action()

    def close(self):
        self.waiting.clear()
        self.pause = self.soon_due = None
        self.running = None

    def _submit(self, request):
        self.ahead_due = None
        self.newest = request
        if request.replaceable and self.waiting and self.waiting[-1].replaceable:
            self.waiting.pop()
        self.waiting.append(request)
