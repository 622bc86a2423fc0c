import numpy as np
import pytest

from napari_faseg.interaction import Click
from napari_faseg.interaction.about import about_predictor
from napari_faseg.plugin.plane_predictor import PlanePredictor, SharedPredictor
from tests.fakes import DiscPredictor, LookingDiscs, Source

SMALL, LARGE = np.zeros((4, 5)), np.zeros((6, 7))


class Counting(DiscPredictor):
    """Counts the images that it was given."""

    device = "cpu"
    n_seen = 0

    def set_image(self, image):
        super().set_image(image)
        self.n_seen += 1


@pytest.fixture
def predictor():
    return Counting(radius=1)


@pytest.fixture
def planes(predictor):
    shared = SharedPredictor(lambda: predictor)
    return PlanePredictor(shared, Source(SMALL)), PlanePredictor(shared, Source(LARGE))


def test_each_plane_gets_answers_of_its_own_size(planes):
    small, large = planes
    for _ in range(2):
        assert small.predict((Click(2, 2),), None).shape == (4, 5)
        assert large.predict((Click(5, 5),), None).shape == (6, 7)


def test_a_plane_is_seen_again_only_after_another_one(planes, predictor):
    small, large = planes
    small.set_image(small._source.read())
    small.get_ready()
    small.predict((Click(2, 2),), None)
    assert predictor.n_seen == 1
    large.get_ready()
    small.get_ready()
    assert predictor.n_seen == 3


def test_a_plane_that_looks_otherwise_is_seen_again_before_the_next_answer(planes, predictor):
    small, _ = planes
    small.get_ready()
    small._source.sight = object()
    for _ in range(2):
        small.predict((Click(2, 2),), None)
    assert predictor.n_seen == 2


def test_a_plane_that_was_refused_is_nobodys(planes, predictor):
    small, large = planes
    small.get_ready()
    predictor.error = RuntimeError("no memory")
    with pytest.raises(RuntimeError, match="no memory"):
        large.get_ready()
    predictor.error = None
    assert small.predict((Click(2, 2),), None).shape == (4, 5)
    assert predictor.n_seen == 2


def test_a_predictor_that_looks_once_has_one_look(planes):
    [look] = planes[0].looks((Click(2, 2),), None)
    assert look.is_last
    assert look.probability[2, 2] > 0.5


def test_a_predictor_that_looks_often_is_heard_each_time():
    plane = PlanePredictor(SharedPredictor(LookingDiscs), Source(SMALL))
    assert [look.is_last for look in plane.looks((Click(2, 2),), None)] == [False, False, True]


def test_what_is_told_of_a_predictor_is_told_of_the_shared_one(planes):
    assert planes[0].device == "cpu"
    assert not hasattr(planes[0], "notice")
    assert about_predictor(planes[0])["kind"] == "Counting"


def test_nothing_more_is_asked_for_a_session_that_has_ended(predictor):
    shared = SharedPredictor(lambda: predictor)
    plane = PlanePredictor(shared, Source(SMALL))
    shared.close()
    with pytest.raises(RuntimeError, match="the session has ended"):
        plane.set_image(SMALL)
    assert predictor.n_seen == 0


def test_no_closer_look_is_taken_for_a_session_that_has_ended():
    shared = SharedPredictor(lambda: LookingDiscs(radius=3))
    plane = PlanePredictor(shared, Source(SMALL))
    looks = plane.looks((Click(2, 2),), None)
    assert not next(looks).is_last
    shared.close()
    with pytest.raises(RuntimeError, match="the session has ended"):
        next(looks)


def test_a_predictor_that_is_shared_anticipates_for_the_plane_that_asks():
    class Anticipating(LookingDiscs):
        def anticipate(self, clicks, previous):
            ahead.append((tuple(clicks), previous, self.shape))

    ahead = []
    shared = SharedPredictor(lambda: Anticipating(radius=1))
    for array in (SMALL, LARGE):
        PlanePredictor(shared, Source(array)).anticipate((Click(2, 2),), None)
    assert ahead == [((Click(2, 2),), None, (4, 5)), ((Click(2, 2),), None, (6, 7))]


def test_nothing_is_anticipated_where_the_shared_predictor_cannot(planes, predictor):
    planes[0].anticipate((Click(2, 2),), None)
    assert predictor.calls == []
