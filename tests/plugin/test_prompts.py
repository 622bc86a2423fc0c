import numpy as np
import pytest

from napari_faseg.interaction import Click
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.prompts import Prompts


@pytest.fixture
def prompts(image):
    return Prompts(Overlay(image), Plane((0, 1), (0, 0), (40, 50)))


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
