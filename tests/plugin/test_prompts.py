import numpy as np
import pytest
from psygnal import EmitLoopError

from napari_faseg.interaction import Click
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.prompts import Prompts


@pytest.fixture
def prompts(image):
    return Prompts(Overlay(image), Plane((0, 1), (0, 0), (40, 50)))


@pytest.fixture
def draw():
    """Free moments of a window, in which what waits for one is done."""
    return FreeMoments()


class FreeMoments(list):
    """Collects what is to be done later, and does it when it is called."""

    def __call__(self):
        waiting = tuple(self)
        self.clear()
        for action in waiting:
            action()


@pytest.fixture
def busy(image, draw):
    """Prompts in a window that has no free moment until `draw` is called."""
    return Prompts(Overlay(image), Plane((0, 1), (0, 0), (40, 50)), draw.append)


def place(prompts, *clicks):
    """Click on the plane that takes clicks."""
    for click in clicks:
        prompts.place(prompts.plane.to_point(click), click)


def drawn(prompts):
    """The points of the positive and of the negative layer."""
    return tuple(layer.data.tolist() for layer in prompts.layers)


def count_changes(prompts):
    changes = []
    prompts.changed.connect(lambda: changes.append(prompts.clicks()))
    return changes


def test_points_are_clicks_in_the_order_in_which_they_were_placed(prompts):
    prompts.positive.add((1, 2))
    prompts.negative.add((3, 4))
    prompts.positive.add((5, 6))
    assert prompts.clicks() == (Click(1, 2), Click(3, 4, False), Click(5, 6))


def test_each_change_is_announced_once_and_after_it_was_made(prompts):
    changes = count_changes(prompts)
    prompts.positive.add((1, 2))
    prompts.positive.add((3, 4))
    prompts.positive.selected_data = {0}
    prompts.positive.remove_selected()
    assert changes == [(Click(1, 2),), (Click(1, 2), Click(3, 4)), (Click(3, 4),)]


def test_a_click_is_announced_once_and_before_its_point_is_drawn(prompts):
    seen = []
    prompts.changed.connect(lambda: seen.append((prompts.clicks(), len(prompts.negative.data))))
    prompts.place(np.array([3.0, 4.0]), Click(3, 4, False))
    assert seen == [((Click(3, 4, False),), 0)]
    assert prompts.negative.data.tolist() == [[3, 4]]
    assert prompts.clicks() == (Click(3, 4, False),)


def test_placed_and_added_points_are_in_one_order(prompts):
    prompts.negative.add((1, 1))
    prompts.place(np.array([2.0, 2.0]), Click(2, 2))
    prompts.negative.add((3, 3))
    assert prompts.clicks() == (Click(1, 1, False), Click(2, 2), Click(3, 3, False))
    assert prompts.clicks(after=1, until=2) == (Click(2, 2),)
    assert prompts.latest == 3


@pytest.mark.parametrize("left", [(), (Click(7, 7),), (Click(2, 2),)])
def test_a_click_that_is_replaced_when_it_is_announced_leaves_no_point_beside(prompts, left):
    def replace():
        prompts.replace(left, until=prompts.latest)

    prompts.changed.connect(replace)
    prompts.place(np.array([2.0, 2.0]), Click(2, 2))
    assert prompts.clicks() == left
    assert len(prompts.positive.data) == len(left)


def test_a_point_that_cannot_be_placed_is_no_click(prompts, monkeypatch):
    def refuse(point):
        raise RuntimeError("no room")

    monkeypatch.setattr(prompts.positive, "add", refuse)
    with pytest.raises(RuntimeError, match="no room"):
        prompts.place(np.array([2.0, 2.0]), Click(2, 2))
    assert prompts.clicks() == ()


def test_a_moved_point_keeps_its_turn(prompts):
    prompts.positive.add((1, 2))
    prompts.positive.add((3, 4))
    changes = count_changes(prompts)
    prompts.positive.data = np.array([[9.0, 9.0], [3.0, 4.0]])
    assert changes == [(Click(9, 9), Click(3, 4))]


def test_a_deleted_point_leaves_the_order_of_the_others(prompts):
    for y in range(4):
        (prompts.positive if y % 2 else prompts.negative).add((y, 0))
    prompts.negative.remove([0])
    assert prompts.clicks() == (Click(1, 0), Click(2, 0, False), Click(3, 0))


def test_several_points_added_at_once_are_in_order(prompts):
    prompts.negative.add((9, 9))
    prompts.positive.data = np.array([[1.0, 1.0], [2.0, 2.0]])
    assert prompts.clicks() == (Click(9, 9, False), Click(1, 1), Click(2, 2))


def test_a_point_that_is_nowhere_is_no_click_and_those_after_it_are(prompts):
    prompts.positive.add((np.nan, 3))
    prompts.positive.add((2, 3))
    assert prompts.clicks() == (Click(2, 3),)


def test_points_outside_the_image_are_no_clicks(prompts):
    prompts.positive.add((-5, 3))
    prompts.positive.add((5, 3))
    assert prompts.clicks() == (Click(5, 3),)


def test_replacing_points_announces_nothing(prompts):
    prompts.positive.add((1, 2))
    changes = count_changes(prompts)
    prompts.replace([Click(5, 6), Click(7, 8, False)], until=prompts.latest)
    assert changes == []
    assert prompts.positive.data.tolist() == [[5, 6]]
    assert prompts.negative.data.tolist() == [[7, 8]]
    assert prompts.clicks() == (Click(5, 6), Click(7, 8, False))


def test_later_points_stay_and_stay_later(prompts):
    prompts.positive.add((1, 2))
    until = prompts.latest
    prompts.negative.add((3, 4))
    prompts.replace([Click(5, 6, False), Click(7, 8)], until=until)
    assert prompts.clicks() == (Click(5, 6, False), Click(7, 8), Click(3, 4, False))
    assert prompts.clicks(after=until) == (Click(3, 4, False),)
    prompts.positive.add((9, 9))
    assert prompts.clicks(after=until) == (Click(3, 4, False), Click(9, 9))


def test_points_can_all_be_taken_away_and_come_again(prompts):
    prompts.positive.add((1, 2))
    prompts.replace([], until=prompts.latest)
    assert prompts.clicks() == ()
    prompts.positive.add((3, 4))
    assert prompts.clicks() == (Click(3, 4),)


def test_the_layers_lie_over_the_image(viewer):
    image = viewer.add_image(np.zeros((40, 50)), scale=(2, 3), rotate=30, units="um")
    prompts = Prompts(Overlay(image), Plane((0, 1), (0, 0), (40, 50)))
    for layer in prompts.layers:
        assert layer.data_to_world((30, 40)) == pytest.approx(image.data_to_world((30, 40)))
        assert layer.units == image.units


def test_closed_prompts_are_ordinary_layers(prompts):
    changes = count_changes(prompts)
    prompts.close()
    prompts.positive.add((1, 2))
    assert changes == []


def test_a_click_counts_once_before_and_after_its_point_is_drawn(busy, draw):
    changes = count_changes(busy)
    place(busy, Click(3, 4, False))
    assert drawn(busy) == ([], [])
    assert busy.clicks() == (Click(3, 4, False),)
    draw()
    assert drawn(busy) == ([], [[3, 4]])
    assert busy.clicks() == changes.pop() == (Click(3, 4, False),)
    assert changes == []


def test_a_click_draws_the_point_of_the_one_before(busy, draw):
    place(busy, Click(1, 1), Click(2, 2, False), Click(3, 3))
    assert drawn(busy) == ([[1, 1]], [[2, 2]])
    assert busy.clicks() == (Click(1, 1), Click(2, 2, False), Click(3, 3))
    draw()
    assert drawn(busy) == ([[1, 1], [3, 3]], [[2, 2]])
    assert busy.clicks() == (Click(1, 1), Click(2, 2, False), Click(3, 3))


@pytest.mark.parametrize("left", [(), (Click(7, 7),), (Click(2, 2),)])
def test_a_click_that_is_replaced_before_it_is_drawn_leaves_no_point_beside(busy, draw, left):
    place(busy, Click(2, 2))
    busy.replace(left, until=busy.latest)
    assert busy.clicks() == left
    draw()
    assert busy.clicks() == left
    assert len(busy.positive.data) == len(left)


def test_a_click_after_those_that_are_replaced_is_drawn(busy, draw):
    place(busy, Click(1, 1), Click(2, 2))
    busy.replace([Click(5, 5), Click(6, 6)], until=1)
    assert busy.clicks() == (Click(5, 5), Click(6, 6), Click(2, 2))
    draw()
    assert busy.clicks() == (Click(5, 5), Click(6, 6), Click(2, 2))


def test_a_point_that_is_added_before_a_click_is_drawn_comes_after_it(busy, draw):
    place(busy, Click(1, 1))
    changes = count_changes(busy)
    busy.positive.add([(2, 2), (3, 3)])
    assert changes == [(Click(1, 1), Click(2, 2), Click(3, 3))]
    draw()
    assert busy.clicks() == (Click(1, 1), Click(2, 2), Click(3, 3))
    assert len(changes) == 1


def test_a_point_that_is_deleted_before_a_click_is_drawn_is_another_one(busy, draw):
    place(busy, Click(1, 1), Click(2, 2))
    busy.positive.remove([0])
    assert busy.clicks() == (Click(2, 2),)
    draw()
    assert busy.clicks() == (Click(2, 2),)


@pytest.mark.parametrize("is_in_a_hurry", [False, True])
def test_a_point_that_cannot_be_drawn_later_is_an_error_and_no_click_and_the_next_one_is(
    busy, draw, monkeypatch, is_in_a_hurry
):
    def refuse(point):
        raise RuntimeError("no room")

    monkeypatch.setattr(busy.positive, "add", refuse)
    place(busy, Click(2, 2))
    with pytest.raises(RuntimeError, match="no room"):
        place(busy, Click(3, 3, False)) if is_in_a_hurry else draw()
    if not is_in_a_hurry:
        assert busy.clicks() == ()
        place(busy, Click(3, 3, False))
    draw()
    assert busy.clicks() == (Click(3, 3, False),)
    assert drawn(busy) == ([], [[3, 3]])


def test_nothing_is_drawn_of_a_click_that_nobody_could_be_told_of(busy, draw):
    def refuse():
        raise ValueError("no")

    busy.changed.connect(refuse)
    with pytest.raises(EmitLoopError):
        place(busy, Click(2, 2))
    draw()
    assert busy.clicks() == ()
    assert drawn(busy) == ([], [])


@pytest.mark.parametrize(
    "other",
    [
        Plane((1, 2), (1, 0, 0), (40, 50)),
        Plane((0, 2), (0, 7, 0), (3, 50)),
    ],
    ids=["the next", "across"],
)
def test_a_click_belongs_to_the_plane_where_it_was_made_however_late_it_is_drawn(
    viewer, draw, other
):
    volume = viewer.add_image(np.zeros((3, 40, 50), np.uint8))
    plane = Plane((1, 2), (0, 0, 0), (40, 50))
    busy = Prompts(Overlay(volume), plane, draw.append)
    place(busy, Click(7, 8))
    busy.plane = other
    for _ in range(2):
        assert busy.clicks() == ()
        assert busy.clicks(plane=plane) == (Click(7, 8),)
        draw()
    place(busy, Click(2, 3))
    assert (busy.clicks(), busy.clicks(plane=plane)) == ((Click(2, 3),), (Click(7, 8),))


def test_what_replaces_the_clicks_of_another_plane_leaves_the_one_that_is_not_drawn(viewer, draw):
    volume = viewer.add_image(np.zeros((3, 40, 50), np.uint8))
    first, second = (Plane((1, 2), (z, 0, 0), (40, 50)) for z in (0, 1))
    busy = Prompts(Overlay(volume), first, draw.append)
    place(busy, Click(7, 8))
    busy.replace([Click(1, 1)], until=busy.latest, plane=second)
    draw()
    assert busy.clicks() == (Click(7, 8),)
    assert busy.clicks(plane=second) == (Click(1, 1),)


def test_closing_draws_what_was_not_drawn_yet_and_nothing_twice(busy, draw):
    changes = count_changes(busy)
    place(busy, Click(2, 2))
    busy.close()
    draw()
    assert drawn(busy) == ([[2, 2]], [])
    assert len(changes) == 1


def test_closing_draws_nothing_in_a_layer_that_is_gone(busy, draw):
    place(busy, Click(2, 2))
    busy.close([busy.negative])
    draw()
    assert drawn(busy) == ([], [])


@pytest.mark.parametrize("features", [{}, {"score": [0.1, 0.2]}, {"order": [1.0, 2.0]}])
def test_points_whose_features_are_replaced_stay_clicks_and_the_next_one_is_the_last(
    prompts, features
):
    prompts.positive.add([(2, 3), (4, 5)])
    prompts.positive.features = features
    prompts.place(np.array((6.0, 7.0)), Click(6, 7))
    assert prompts.clicks() == (Click(2, 3), Click(4, 5), Click(6, 7))
    assert set(features) <= set(prompts.positive.features.columns)
    prompts.positive.features = features | {k: [*v, 3.0] for k, v in features.items()}
    prompts.positive.add((8, 9))
    assert prompts.clicks()[-1] == Click(8, 9)
    prompts.replace([Click(1, 1)], until=prompts.latest)
    assert prompts.clicks() == (Click(1, 1),)


def test_a_click_that_is_drawn_after_features_were_replaced_is_still_the_last(busy, draw):
    busy.positive.add([(2, 3), (4, 5)])
    place(busy, Click(6, 7))
    busy.positive.features = {"score": [0.1, 0.2]}
    for _ in range(2):
        assert busy.clicks() == (Click(2, 3), Click(4, 5), Click(6, 7))
        draw()
