"""Whatever is done to a session that is recorded, what is read back equals what is there."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from napari_faseg.interaction import Click
from napari_faseg.interaction.packing import N_ABOVE, N_BELOW
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.session_opening import go_on
from tests.interaction.fake_disk import FOLDER, FakeDisk
from tests.interaction.places import SHAPE
from tests.interaction.workload import ABOUT, commit, kept, labels_of, new_session
from tests.machines import runs

CLICKS = st.builds(Click, st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1), st.booleans())
POSITIVE = st.builds(Click, st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1))


class RecordingMachine(RuleBasedStateMachine):
    """A session whose every action is recorded."""

    @initialize()
    def start(self) -> None:
        self.disk = FakeDisk()
        self.session = new_session()
        self.session.recorder = Recording(FOLDER, ABOUT, self.session.state, storage=self.disk)
        for click in (Click(4, 4), Click(4, 20)):
            self.finish_an_object(click)

    @rule(click=POSITIVE)
    def finish_an_object(self, click: Click) -> None:
        self.session.add_click(click)
        commit(self.session)

    @rule(click=CLICKS)
    def add(self, click: Click) -> None:
        self.session.add_click(click)

    @rule(clicks=st.lists(CLICKS, max_size=3), n_kept=st.integers(0, 4))
    def replay(self, clicks: list[Click], n_kept: int) -> None:
        self.session.replay([*self.session.clicks[:n_kept], *clicks])

    @rule()
    def commit(self) -> None:
        commit(self.session)

    @rule()
    def reset(self) -> None:
        self.session.reset()

    @rule(n_steps=st.integers(1, 4), n_back=st.integers(0, 3))
    def undo_and_redo(self, n_steps: int, n_back: int) -> None:
        for _ in range(n_steps):
            self.session.undo()
            self.is_read_back_as_it_is()
        for _ in range(n_back):
            self.session.redo()

    @rule(threshold=st.floats(0, 0.99))
    def choose_threshold(self, threshold: float) -> None:
        self.session.threshold = threshold

    @rule(row=st.integers(0, SHAPE[0] - 1), label=st.integers(0, 5))
    def paint(self, row: int, label: int) -> None:
        painted = self.session.labels.copy()
        painted[row, 3:9] = label
        self.session.set_labels(painted)

    @rule(column=st.integers(0, SHAPE[1] - 1), label=st.integers(0, 5))
    def adopt_what_somebody_painted(self, column: int, label: int) -> None:
        painted = self.session.labels.copy()
        painted[3:9, column] = label
        self.session.adopt(painted)

    @precondition(lambda self: len(labels_of(self.session)) > 1)
    @rule(data=st.data(), text=st.text(max_size=4))
    def change_objects(self, data: st.DataObject, text: str) -> None:
        labels = data.draw(st.permutations(labels_of(self.session)))
        if text == "":
            self.session.merge(labels[:2])
        else:
            self.session.classify(labels[0], text)
            largest = max(int(self.session.labels.max()), self.session.reopened or 0)
            self.session.relabel(labels[1], largest + 10)

    @precondition(lambda self: self.session.labels.any())
    @rule(data=st.data())
    def reopen_or_delete(self, data: st.DataObject) -> None:
        label = data.draw(st.sampled_from(labels_of(self.session)))
        if self.session.in_progress or data.draw(st.booleans()):
            self.session.delete(label)
        else:
            self.session.reopen(label)

    @rule()
    def end_and_resume(self) -> None:
        """Go on in another process: what can be done to an object is the same there."""
        before = self.session.state
        self.session.close()
        recording, stored = go_on(FOLDER, ABOUT, storage=self.disk)
        assert stored.warnings == ()
        self.session = new_session()
        self.session.restore(stored.state)
        self.session.recorder = recording
        assert kept(self.session.state) == kept(before)

    @rule()
    def be_killed_and_resume(self) -> None:
        self.disk = FakeDisk(self.disk.after_kill())
        recording, stored = go_on(FOLDER, ABOUT, storage=self.disk)
        self.session = new_session()
        self.session.restore(stored.state)
        self.session.recorder = recording

    @invariant()
    def is_read_back_as_it_is(self) -> None:
        stored = read_session(FOLDER, self.disk)
        live = self.session.state
        assert stored.damage == ()
        assert kept(stored.state) == kept(live)
        step = max(live.threshold / N_BELOW / 2, (1 - live.threshold) / N_ABOVE)
        assert np.abs(stored.state.probability - live.probability).max() <= step + 1e-6
        resumed = new_session()
        resumed.restore(stored.state)
        assert resumed.next_label == self.session.next_label
        assert resumed.in_progress == self.session.in_progress


RecordingMachine.TestCase.settings = runs(60, 25)
TestRecording = RecordingMachine.TestCase
