import numpy as np
import pytest

from napari_faseg.interaction import Click
from napari_faseg.plugin.session_jobs import SessionJobs
from tests.fakes import DiscPredictor, LookingDiscs, Source


@pytest.fixture
def jobs():
    jobs = SessionJobs(lambda: DiscPredictor(radius=1), Source(np.zeros((8, 9))))
    jobs.open()
    return jobs


def test_an_open_session_shows_an_empty_image():
    jobs = SessionJobs(DiscPredictor, Source(np.zeros((8, 9))))
    shown = jobs.open()
    assert (shown.clicks, shown.mask.any(), shown.labels.any()) == ((), False, False)
    assert (shown.next_label, shown.can_undo, shown.can_redo) == (1, False, False)
    assert np.isnan(shown.seconds)


def test_clicks_show_a_mask_and_the_box_around_it(jobs):
    [shown] = jobs.replay([Click(3, 4)])
    assert shown.mask.sum() == 5
    assert shown.box == (slice(2, 5), slice(3, 6))
    assert shown.seconds >= 0
    assert shown.finished is None


def test_undo_and_redo_show_what_was_before_and_after(jobs):
    list(jobs.replay([Click(3, 4)]))
    assert jobs.undo().clicks == ()
    assert jobs.redo().clicks == (Click(3, 4),)


def test_finishing_says_which_label_was_given(jobs):
    list(jobs.replay([Click(3, 4)]))
    shown = jobs.finish(7)
    assert (shown.finished, shown.clicks) == (7, ())
    assert (shown.labels == 7).sum() == 5


def test_only_what_changed_in_the_labels_is_boxed(jobs):
    list(jobs.replay([Click(3, 4)]))
    assert jobs.finish(1).labels_box == (slice(2, 5), slice(3, 6))
    assert next(jobs.replay([Click(6, 7)])).labels_box == (slice(0, 0), slice(0, 0))
    assert jobs.finish(2).labels_box == (slice(5, 8), slice(6, 9))
    assert jobs.undo().labels_box == (slice(5, 8), slice(6, 9))


def test_finishing_without_an_object_gives_no_label(jobs):
    assert jobs.finish(7).finished == 0


def test_the_device_of_the_predictor_is_shown():
    predictor = DiscPredictor()
    predictor.device = "cpu"
    assert SessionJobs(lambda: predictor, Source(np.zeros((8, 9)))).open().device == "cpu"


def test_a_session_that_is_not_open_refuses_clicks():
    jobs = SessionJobs(DiscPredictor, Source(np.zeros((8, 9))))
    with pytest.raises(RuntimeError, match="open the session first"):
        list(jobs.replay([]))


def test_objects_that_are_there_already_are_taken_over_when_a_session_opens():
    jobs = SessionJobs(lambda: DiscPredictor(radius=1), Source(np.zeros((8, 9))))
    shown = jobs.open(np.eye(8, 9, dtype=np.int32) * 4)
    assert (shown.next_label, shown.can_undo) == (5, False)
    assert shown.labels_box == (slice(0, 8), slice(0, 8))
    assert [(row.label, row.area) for row in shown.objects] == [(4, 8)]


def test_a_threshold_needs_no_prediction_and_is_told(jobs):
    [shown] = jobs.replay([Click(3, 4)], 0.95)
    assert (shown.threshold, shown.mask.any()) == (0.95, False)
    [again] = jobs.replay([Click(3, 4)], 0.05)
    assert again.mask.all()
    assert again.seconds == shown.seconds
    assert jobs.undo().threshold == 0.95


def test_the_table_is_the_same_while_nothing_changes_in_it(jobs):
    list(jobs.replay([Click(3, 4)]))
    shown = jobs.finish(1)
    [later] = jobs.replay([Click(6, 7)])
    assert later.objects is shown.objects
    named = jobs.edit(lambda session: session.classify(1, "cell"))
    assert named.objects != shown.objects


def test_what_others_have_changed_is_taken_over_before_the_work(jobs):
    painted = np.zeros((8, 9), np.int32)
    painted[0, 0] = 6
    shown = jobs.adopting(painted, lambda: jobs.edit(lambda session: session.delete(6)))
    assert not shown.labels.any()
    assert shown.labels_box == (slice(0, 1), slice(0, 1))
    assert jobs.undo().labels[0, 0] == 6


def test_reopening_finishes_what_is_in_progress(jobs):
    list(jobs.replay([Click(3, 4)]))
    jobs.finish(1)
    list(jobs.replay([Click(6, 7)]))
    shown = jobs.reopen(1, finish_as=2)
    assert (shown.clicks, shown.reopened, shown.next_label) == ((Click(3, 4),), 1, 1)
    assert np.unique(shown.labels).tolist() == [0, 2]


def test_an_object_that_is_not_there_is_refused_before_anything_is_finished(jobs):
    list(jobs.replay([Click(3, 4)]))
    with pytest.raises(ValueError, match="expected the label of a finished object, got 5"):
        jobs.reopen(5, finish_as=1)
    assert not jobs.undo().labels.any()


def test_an_object_that_was_covered_completely_is_not_reopened(jobs):
    list(jobs.replay([Click(3, 4)]))
    jobs.finish(1)
    list(jobs.replay([Click(3, 4)]))
    shown = jobs.reopen(1, finish_as=2, overwrite=True)
    assert (np.unique(shown.labels).tolist(), shown.clicks) == ([0, 2], ())


class Clockwork(LookingDiscs):
    """Takes some seconds of a clock for each first answer, and notes what it anticipates."""

    def __init__(self):
        super().__init__()
        self.now, self.takes, self.ahead = 0.0, 0.0, []

    def anticipate(self, clicks, previous):
        self.now += self.takes
        self.ahead.append(len(clicks))

    def looks(self, clicks, previous):
        if len(clicks) not in self.ahead:
            self.now += self.takes
        yield from super().looks(clicks, previous)


@pytest.fixture
def clockwork(monkeypatch):
    predictor = Clockwork()
    monkeypatch.setattr("napari_faseg.plugin.session_jobs.perf_counter", lambda: predictor.now)
    return predictor


def test_where_the_first_answer_is_slow_it_is_not_begun_with_until_one_is_quick_again(clockwork):
    jobs = SessionJobs(lambda: clockwork, Source(np.zeros((8, 9))))
    jobs.open()
    clicks = [Click(3, x) for x in range(1, 6)]
    clockwork.takes = 2.0
    jobs.anticipate(clicks[:1])
    list(jobs.replay(clicks[:1]))
    jobs.anticipate(clicks[:2])
    list(jobs.replay(clicks[:2]))
    assert clockwork.ahead == [1]
    clockwork.takes = 0.1
    jobs.anticipate(clicks[:3])
    list(jobs.replay(clicks[:3]))
    jobs.anticipate(clicks[:4])
    assert clockwork.ahead == [1, 4]


def test_an_image_that_looks_otherwise_is_not_looked_at_for_what_may_come(clockwork):
    source = Source(np.zeros((8, 9)))
    jobs = SessionJobs(lambda: clockwork, source)
    jobs.open()
    source.sight = object()
    jobs.anticipate([Click(3, 4)])
    assert clockwork.ahead == []
