"""Whatever is done with objects, what somebody else wrote into the layer stays as it is."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from napari.components import ViewerModel

from napari_faseg.plugin.annotator import start
from tests.fakes import DiscPredictor
from tests.machines import runs

SHAPE = (11, 13)
FOREIGN = 99
PIXELS = st.tuples(st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1))


class Painted(RuleBasedStateMachine):
    """A session, and another tool that writes single pixels without telling anybody."""

    def __init__(self):
        super().__init__()
        viewer = ViewerModel()
        image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
        self.annotator = start(viewer, image, DiscPredictor())
        self.layer = self.annotator.painter.layer
        self.written = np.zeros(SHAPE, bool)

    @rule(pixel=PIXELS)
    def write(self, pixel):
        self.layer.data[pixel] = FOREIGN
        self.written[pixel] = True

    @rule(data=st.data())
    def write_on_an_object(self, data):
        there = np.argwhere((self.layer.data > 0) & ~self.written)
        if len(there):
            row, column = there[data.draw(st.integers(0, len(there) - 1))]
            self.write((row, column))

    @rule(n=st.integers(2, 6))
    def undo_much(self, n):
        for _ in range(n):
            self.annotator.undo()

    @rule(pixel=PIXELS, positive=st.booleans())
    def click(self, pixel, positive):
        self.annotator.prompts.layers[not positive].add(pixel)

    @rule(name=st.sampled_from(("undo", "redo", "finish")))
    def step(self, name):
        getattr(self.annotator, name)()

    @rule(threshold=st.sampled_from((0.05, 0.5, 0.95)))
    def adjust(self, threshold):
        self.annotator.threshold = threshold

    @rule(pixel=PIXELS)
    def reopen(self, pixel):
        if self.layer.data[pixel] != FOREIGN:
            self.annotator.reopen_at(pixel)

    @rule(data=st.data(), name=st.sampled_from(("delete", "relabel", "merge")))
    def change(self, data, name):
        present = np.unique(self.layer.data).tolist()
        labels = st.sampled_from([label for label in present if label != FOREIGN])
        if name == "merge":
            self.annotator.merge(data.draw(st.lists(labels, min_size=2, max_size=3)))
        elif name == "relabel":
            self.annotator.relabel(data.draw(labels), data.draw(st.integers(1, 8)))
        else:
            self.annotator.delete(data.draw(labels))

    @invariant()
    def what_others_wrote_stays(self):
        assert (self.layer.data[self.written] == FOREIGN).all()

    @invariant()
    def the_rest_is_the_session(self):
        session = self.annotator._jobs._session
        in_progress = session.mask & (session.labels == 0)
        wanted = np.where(in_progress, self.annotator.painter.label, session.labels)
        assert np.array_equal(self.layer.data[~self.written], wanted[~self.written])

    @invariant()
    def no_two_objects_have_one_label(self):
        session = self.annotator._jobs._session
        assert not session.mask.any() or self.annotator.painter.label not in session.labels


Painted.TestCase.settings = runs(40, 40)
TestPainted = Painted.TestCase
