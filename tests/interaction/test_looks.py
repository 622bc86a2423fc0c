from itertools import pairwise

import numpy as np
import pytest
import torch

from napari_faseg.interaction import Click, NetPredictor
from napari_faseg.interaction.looks import MOST_LOOKS, is_cut_off, next_look
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn

SHAPE = (600, 800)
WHOLE = Window(Rectangle.whole(SHAPE), SHAPE)
CLICK = (Click(300, 400),)


def found(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    answer = np.zeros(SHAPE, np.float32)
    answer[top : bottom + 1, left : right + 1] = 0.9
    return answer


def window(top: int, bottom: int, left: int, right: int) -> Window:
    seen = Rectangle(top, bottom, left, right)
    return Window(seen, (400, 400), seen)


def test_what_the_first_click_found_is_looked_at_closer() -> None:
    answer = found(250, 349, 300, 499)
    look = next_look(ZoomIn(), CLICK, answer, WHOLE, WHOLE)
    assert look.seen == Rectangle(200, 400, 260, 540)  # 1.4 times as long, at least 200 pixels
    assert look.stored == look.seen
    assert look.size == (286, 400)


def test_an_answer_within_its_window_will_do() -> None:
    seen = window(200, 400, 260, 540)
    assert next_look(ZoomIn(), CLICK, found(250, 349, 300, 499), seen, WHOLE) is None


def test_an_answer_that_ends_at_the_edge_of_its_window_is_looked_at_from_further() -> None:
    look = next_look(ZoomIn(), CLICK, found(210, 390, 260, 540), window(200, 400, 260, 540), WHOLE)
    assert look.seen == Rectangle(173, 427, 203, 597)


def test_the_edge_of_the_image_cuts_nothing_off() -> None:
    mask = found(0, 599, 0, 799) > 0.5
    assert not is_cut_off(mask, Rectangle.whole(SHAPE))
    assert is_cut_off(mask, Rectangle(0, 599, 0, 500))


def test_an_object_that_fills_the_image_is_looked_at_as_a_whole_again() -> None:
    look = next_look(ZoomIn(), CLICK, found(0, 599, 0, 799), WHOLE, WHOLE)
    assert look.seen == WHOLE.seen
    assert look.size == (300, 400)
    assert next_look(ZoomIn(target=800), CLICK, found(0, 599, 0, 799), WHOLE, WHOLE) is None


@pytest.mark.parametrize("clicks", [(), CLICK])
def test_there_is_nothing_to_look_at_without_an_answer(clicks) -> None:
    assert next_look(ZoomIn(), clicks, np.zeros(SHAPE, np.float32), WHOLE, WHOLE) is None


class Square(torch.nn.Module):
    """A network that finds ever more, and notes what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, int]] = []
        self.before: list[float | None] = []

    def encode(self, image):
        self.sizes.append(tuple(image.shape[-2:]))
        return image

    def segment(self, features, clicks, previous):
        self.before.append(None if previous is None else float(previous.mean()))
        logits = torch.full(features[:, :1].shape, -5.0)
        middle = [slice(side // 4, -(side // 4)) for side in features.shape[-2:]]
        if len(self.before) > 1:  # everything: it is cut off
            middle = [slice(None), slice(None)]
        logits[..., middle[0], middle[1]] = 5.0
        return logits


def test_the_answer_before_is_what_the_next_look_begins_with() -> None:
    network = Square()
    predictor = NetPredictor(network, device="cpu")
    predictor.set_image(np.zeros((400, 400), np.uint8))
    predictor.predict([Click(200, 200)], None)
    assert 2 < len(network.before) <= MOST_LOOKS
    assert network.before[0] is None
    assert all(mean is not None and mean > 0.3 for mean in network.before[1:])
    assert len(network.sizes) == len(network.before)


@pytest.mark.parametrize(("mode", "n_looks"), [("zoom", 1), ("once", 1)])
def test_the_other_modes_look_once(mode, n_looks) -> None:
    network = Square()
    predictor = NetPredictor(network, device="cpu", mode=mode)
    predictor.set_image(np.zeros((400, 400), np.uint8))
    predictor.predict([Click(200, 200)], None)
    assert len(network.before) == n_looks


def test_further_looks_see_more_and_more() -> None:
    answers = [found(210, 390, 260, 540), found(174, 426, 203, 597), found(100, 500, 100, 700)]
    seen = window(200, 400, 260, 540)
    areas = [seen.seen.area]
    for answer in answers:
        seen = next_look(ZoomIn(), CLICK, answer, seen, WHOLE)
        areas.append(seen.seen.area)
    assert all(larger > 1.1 * smaller for smaller, larger in pairwise(areas))
