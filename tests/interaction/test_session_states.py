"""Whatever is done to a session, undo brings back exactly what was there."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.carrying import carry
from tests.fakes import DiscPredictor
from tests.machines import runs

CLICKS = st.builds(Click, st.integers(0, 8), st.integers(0, 9), st.booleans())


class SessionMachine(RuleBasedStateMachine):
    """A session beside a list of what it looked like after each action."""

    @initialize()
    def start(self) -> None:
        self.predictor = DiscPredictor(2)
        self.session = ClickSession(self.predictor)
        self.session.set_image(np.zeros((9, 10)))
        self.seen = [self.look()]
        self.position = 0

    def look(self) -> tuple[object, ...]:
        session = self.session
        return (
            session.clicks,
            session.probability.tobytes(),
            session.labels.tobytes(),
            session.next_label,
            session.threshold,
            tuple((row.label, row.n_clicks, row.area, row.text) for row in session.objects),
        )

    def note(self) -> None:
        n_undoable = sum(not step.joined for step in self.session._history._done[1:])
        if n_undoable != self.position or self.look() != self.seen[self.position]:
            self.seen = [*self.seen[:n_undoable], self.look()]
            self.position = n_undoable

    @rule(click=CLICKS)
    def add(self, click: Click) -> None:
        self.session.add_click(click)
        self.note()

    @rule(clicks=st.lists(CLICKS, max_size=3), n_kept=st.integers(0, 4))
    def replay(self, clicks: list[Click], n_kept: int) -> None:
        self.session.replay([*self.session.clicks[:n_kept], *clicks])
        self.note()

    @rule()
    def reset(self) -> None:
        self.session.reset()
        self.note()

    @rule()
    def commit(self) -> None:
        finished, mask, label = self.session.labels, self.session.mask, self.session.next_label
        given = self.session.commit()
        is_new = mask & (finished == 0)
        assert given == (label if is_new.any() else 0)
        np.testing.assert_array_equal(
            self.session.labels, np.where(is_new & (given > 0), given, finished)
        )
        self.note()

    @precondition(lambda self: self.session.labels.any())
    @rule(data=st.data())
    def reopen_or_delete(self, data: st.DataObject) -> None:
        labels = [int(label) for label in np.unique(self.session.labels) if label > 0]
        label = data.draw(st.sampled_from(labels))
        before = self.session.labels == label
        if self.session.in_progress or data.draw(st.booleans()):
            self.session.delete(label)
        else:
            self.session.reopen(label)
            assert (self.session.mask | ~before).all(), "a reopened object has at least its pixels"
        assert not (self.session.labels == label).any()
        self.note()

    @precondition(lambda self: not self.session.in_progress)
    @rule(label=st.integers(1, 6), top=st.integers(0, 8), left=st.integers(0, 9))
    def carry(self, label: int, top: int, left: int) -> None:
        mask = np.zeros((9, 10), bool)
        mask[top : top + 3, left : left + 3] = True
        free = mask & (self.session.labels == 0)
        if not free.any() or (self.session.labels == label).any():
            with pytest.raises(ValueError, match=f"object {label}"):
                carry(self.session, label, mask)
        else:
            carry(self.session, label, mask)
            assert self.session.reopened == label
        self.note()

    @rule(actions=st.lists(CLICKS, max_size=3), fails=st.booleans())
    def several(self, actions: list[Click], fails: bool) -> None:
        try:
            with self.session.one_action():
                for click in actions:
                    self.session.add_click(click)
                if fails:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            assert self.look() == self.seen[self.position]
        self.note()

    @rule(threshold=st.sampled_from((0.05, 0.3, 0.5, 0.95)))
    def adjust(self, threshold: float) -> None:
        self.session.threshold = threshold
        np.testing.assert_array_equal(self.session.mask, self.session.probability > threshold)
        self.note()

    @precondition(lambda self: self.session.labels.any())
    @rule(data=st.data(), new=st.integers(1, 6))
    def edit(self, data: st.DataObject, new: int) -> None:
        labels = [row.label for row in self.session.objects]
        chosen = data.draw(st.lists(st.sampled_from(labels), min_size=1, unique=True))
        regions = {label: self.session.labels == label for label in labels}
        self.session.classify(chosen[0], data.draw(st.sampled_from(("", "cell", "debris"))))
        self.note()
        if len(chosen) > 1:
            assert self.session.merge(chosen) == chosen[0]
            wanted = np.logical_or.reduce([regions[label] for label in chosen])
            np.testing.assert_array_equal(self.session.labels == chosen[0], wanted)
        elif new != self.session.next_label and new not in labels:
            self.session.relabel(chosen[0], new)
            np.testing.assert_array_equal(self.session.labels == new, regions[chosen[0]])
        self.note()

    @rule()
    def undo(self) -> None:
        n_calls = len(self.predictor.calls)
        assert self.session.undo() == (self.position > 0)
        self.position = max(0, self.position - 1)
        assert len(self.predictor.calls) == n_calls

    @rule()
    def redo(self) -> None:
        assert self.session.redo() == (self.position < len(self.seen) - 1)
        self.position = min(len(self.seen) - 1, self.position + 1)

    @invariant()
    def looks_as_it_did(self) -> None:
        assert self.look() == self.seen[self.position]


SessionMachine.TestCase.settings = runs(100, 30)
TestSession = SessionMachine.TestCase
