from itertools import pairwise

import numpy as np
import pytest
import torch

from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.looks import MOST_LOOKS, is_cut_off, next_look
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn, usual_rules
from tests.fake_scene import SceneNet

SHAPE = (600, 800)
WHOLE = Window(Rectangle.whole(SHAPE), SHAPE)
CLICK = (Click(300, 400),)
IMAGE = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3)).astype(np.uint8)


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


def test_a_small_object_is_looked_at_closer_twice() -> None:
    answer = found(290, 309, 390, 409)
    first = next_look(usual_rules("look"), CLICK, answer, WHOLE, WHOLE)
    assert first.seen == Rectangle(200, 400, 300, 500)  # it may be larger than what was found
    second = next_look(usual_rules("look"), CLICK, answer, first, WHOLE)
    assert second.seen == Rectangle(250, 350, 350, 450)
    assert next_look(usual_rules("look"), CLICK, answer, second, WHOLE) is None
    assert (
        next_look(usual_rules("look"), 2 * CLICK, answer, first, WHOLE) is None
    )  # only a first click does it
    assert next_look(ZoomIn(), CLICK, answer, first, WHOLE) is None


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
    predictor = NetPredictor(network, device="cpu", cascade=False)
    predictor.set_image(np.zeros((400, 400), np.uint8))
    predictor.predict([Click(200, 200)], None)
    assert 2 < len(network.before) <= MOST_LOOKS
    assert network.before[0] is None
    assert all(mean is not None and mean > 0.3 for mean in network.before[1:])
    assert len(network.sizes) == len(network.before)


class Box(torch.nn.Module):
    """A network that finds a square around the first click, and notes what it was asked."""

    def __init__(self, first_side: int, later_side: int | None = None) -> None:
        super().__init__()
        self.sides = first_side, later_side or first_side
        self.asked: list[tuple[tuple[int, int], bool]] = []

    def encode(self, image):
        return image

    def segment(self, features, clicks, previous):
        self.asked.append((tuple(features.shape[-2:]), previous is not None))
        logits = torch.full(features[:, :1].shape, -5.0)
        y, x = (int(value) for value in clicks[0, 0, :2])
        half = self.sides[previous is not None] // 2
        logits[..., y - half : y + half, x - half : x + half] = 5.0
        return logits


FROM_AFAR = (300, 400)


@pytest.mark.parametrize(
    ("is_reopened", "options", "begins_with"),
    [
        (False, {}, [None, "the first answer"]),
        (False, {"cascade": False}, [None]),
        (False, {"mode": "once"}, [None]),
        (False, {"mode": "zoom"}, [None]),
        (True, {}, ["its mask"]),
    ],
)
def test_a_new_object_is_looked_at_twice_from_afar(is_reopened, options, begins_with) -> None:
    network = Box(120)
    predictor = NetPredictor(network, device="cpu", **options)
    predictor.set_image(np.zeros(FROM_AFAR, np.uint8))
    mask = np.zeros(FROM_AFAR, np.float32)
    mask[100:200, 150:250] = 0.9
    predictor.predict([Click(150, 200)], mask if is_reopened else None)
    from_afar = [with_previous for size, with_previous in network.asked if size == FROM_AFAR]
    assert from_afar == [beginning is not None for beginning in begins_with]


@pytest.mark.parametrize(("side", "counts"), [(88, False), (100, True)])
def test_the_second_answer_from_afar_counts_where_the_object_is_large(side, counts) -> None:
    options = {"connected": False, "obedient": False, "afar": False}
    predictor = NetPredictor(Box(60, side), device="cpu", **options)
    predictor.set_image(np.zeros(FROM_AFAR, np.uint8))
    first, second, *_ = predictor.looks([Click(150, 200)], None)
    assert np.count_nonzero(first.probability > 0.5) == 60**2
    assert np.count_nonzero(second.probability > 0.5) == (side**2 if counts else 60**2)


NEARBY = (400, 400)  # a window of 200 x 200 pixels, enlarged
SHRUNK = (384, 512)


@pytest.mark.parametrize(
    ("shape", "side", "positive", "options", "is_nearby"),
    [
        (SHAPE, 60, True, {}, True),
        (SHAPE, 70, True, {}, False),
        (SHAPE, 60, False, {}, False),
        (SHAPE, 60, True, {"cascade": False}, True),
        (SHAPE, 60, True, {"afar": False}, False),
        (SHAPE, 60, True, {"mode": "zoom"}, False),
        (FROM_AFAR, 60, True, {}, False),
    ],
)
def test_what_is_small_from_afar_is_looked_at_afresh_nearby(
    shape, side, positive, options, is_nearby
) -> None:
    network = Box(side)
    predictor = NetPredictor(network, device="cpu", **options)
    predictor.set_image(np.zeros(shape, np.uint8))
    predictor.predict([Click(150, 200, positive=positive)], None)
    assert ((NEARBY, False) in network.asked) == is_nearby


class Bright(torch.nn.Module):
    """Finds what is brighter than something else that it sees, else a spot at the first click."""

    def encode(self, image):
        return image

    def segment(self, features, clicks, previous):
        found = features[:, :1] > 0.5
        if found.all():
            y, x = (int(value) for value in clicks[0, 0, :2])
            found = torch.zeros_like(found)
            found[..., y - 20 : y + 20, x - 20 : x + 20] = True
        return torch.where(found, 5.0, -5.0)


def test_what_would_fill_the_window_nearby_is_looked_at_in_a_larger_one() -> None:
    image = np.zeros((2048, 2048), np.uint8)
    image[880:1120, 880:1120] = 255
    predictor = NetPredictor(Bright(), device="cpu")
    predictor.set_image(image)
    found = predictor.predict([Click(1000, 1000)], None) > 0.5
    assert np.count_nonzero(found) == pytest.approx(240**2, rel=0.05)


def test_what_is_found_nearby_is_the_answer() -> None:
    predictor = NetPredictor(Box(60), device="cpu", connected=False, obedient=False)
    predictor.set_image(IMAGE)
    first, *_, last = predictor.looks(CLICK, None)
    sides = [np.count_nonzero(look.probability > 0.5) ** 0.5 for look in (first, last)]
    assert sides == pytest.approx([60 / 0.64, 60 / 4], rel=0.1)  # in pixels of the image


class Vague(Box):
    """Knows little of what it sees from afar."""

    def segment(self, features, clicks, previous):
        logits = super().segment(features, clicks, previous)
        return logits if features.shape[-2:] == NEARBY else 0.1 * logits


@pytest.mark.parametrize(
    ("side", "is_looked_at_nearby", "first_side"),
    [(400, False, 120), (800, True, 120 / 0.64), (1400, True, 120 / 2)],
)
def test_what_is_vague_from_afar_is_looked_at_nearby_and_from_very_far_not_shown(
    side, is_looked_at_nearby, first_side
) -> None:
    network = Vague(120)
    predictor = NetPredictor(network, device="cpu", connected=False, obedient=False)
    predictor.set_image(np.zeros((side, side), np.uint8))
    first, *_ = predictor.looks([Click(side // 2, side // 2)], None)
    assert np.count_nonzero(first.probability > 0.5) ** 0.5 == pytest.approx(first_side, rel=0.1)
    network.asked.clear()
    predictor.predict([Click(side // 2, side // 2)], None)
    assert (network.asked[1] == (NEARBY, False)) == is_looked_at_nearby


class Patch(Box):
    """Where it looks from nearby, all or nothing is the object."""

    def __init__(self, side: int, change: float) -> None:
        super().__init__(side)
        self.change = change

    def segment(self, features, clicks, previous):
        logits = super().segment(features, clicks, previous)
        is_nearby = features.shape[-2:] == NEARBY and previous is None
        return logits + self.change * is_nearby


@pytest.mark.parametrize("change", [10.0, -10.0])
def test_what_is_cut_off_or_not_found_nearby_stays_what_it_was_from_afar(change: float) -> None:
    network = Patch(60, change)
    predictor = NetPredictor(network, device="cpu", obedient=False)
    predictor.set_image(IMAGE)
    predictor.predict(CLICK, None)
    assert network.asked[:3] == [(SHRUNK, False), (NEARBY, False), (SHRUNK, True)]


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (384, 512)),
        ({"max_side": 100}, (75, 100)),
        ({"max_side": None}, (384, 512)),
        ({"afar": False}, (600, 800)),
        ({"mode": "once"}, (600, 800)),
        ({"mode": "zoom"}, (600, 800)),
    ],
)
def test_a_large_image_is_first_seen_from_afar(options, size) -> None:
    network = SceneNet(60)
    NetPredictor(network, device="cpu", **options).set_image(IMAGE)
    assert network.encoded == [(1, 3, *size)]


class Contrast(Box):
    """Notes how much the pixels of what it is shown differ."""

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.contrasts: list[float] = []

    def encode(self, image):
        self.contrasts.append(float(image.std()))
        return image


@pytest.mark.parametrize(("afar", "is_smooth"), [(True, True), (False, False)])
def test_the_noise_of_a_large_window_is_smoothed_as_it_is_shrunk(afar, is_smooth) -> None:
    network = Contrast(300)
    predictor = NetPredictor(network, device="cpu", afar=afar, max_side=512)
    predictor.set_image(np.random.default_rng(0).integers(0, 255, (2000, 2000)).astype(np.uint8))
    predictor.predict([Click(1000, 1000)], None)
    noise = 0.29  # of numbers in [0, 1] that are all as likely
    whole, closer, *_ = network.contrasts
    assert whole < noise / 3
    assert (closer < noise / 2) == is_smooth


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


def test_looks_end_with_what_predict_returns_and_begin_sooner() -> None:
    predictor = NetPredictor(SceneNet(60), device="cpu", zoom=ZoomIn(target=64))
    predictor.set_image(IMAGE)
    looks = list(predictor.looks(CLICK, None))
    assert [look.is_last for look in looks] == [False] * (len(looks) - 1) + [True]
    assert len(looks) > 1
    np.testing.assert_array_equal(looks[-1].probability, predictor.predict(CLICK, None))


@pytest.mark.parametrize(("afar", "n_looks"), [(False, 1), (False, 2), (True, 1)])
def test_looks_that_were_left_change_no_later_answer(afar: bool, n_looks: int) -> None:
    later = (*CLICK, Click(100, 500))

    def answer(*, with_detour: bool) -> np.ndarray:
        predictor = NetPredictor(SceneNet(60), device="cpu", zoom=ZoomIn(target=64), afar=afar)
        session = ClickSession(predictor)
        session.set_image(IMAGE)
        if with_detour:
            looks = session.replaying(CLICK)
            for _ in range(n_looks):
                assert not next(looks).is_last
            looks.close()
            assert session.clicks == ()
            assert not session.can_undo
        session.replay(later)
        return session.probability

    np.testing.assert_array_equal(answer(with_detour=True), answer(with_detour=False))


def test_a_glance_at_the_whole_image_comes_before_a_window_that_has_to_be_encoded() -> None:
    network = SceneNet(60)
    predictor = NetPredictor(network, device="cpu", mode="zoom", zoom=ZoomIn(target=64))
    predictor.set_image(IMAGE)
    clicks = (*CLICK, Click(300, 430))
    before = predictor.predict(CLICK, None)
    looks = predictor.looks(clicks, before)
    glance = next(looks)
    assert not glance.is_last
    assert len(network.encoded) == 1
    assert glance.probability[300, 430] > 0.5
    [last] = looks
    assert len(network.encoded) == 2
    other = NetPredictor(network, device="cpu", mode="zoom", zoom=ZoomIn(target=64))
    other.set_image(IMAGE)
    np.testing.assert_array_equal(other.predict(CLICK, None), before)
    np.testing.assert_array_equal(other.predict(clicks, before), last.probability)
    assert [look.is_last for look in other.looks(clicks, before)] == [True]  # encoded by now


def test_a_script_pays_for_no_glance() -> None:
    network = Square()
    session = ClickSession(NetPredictor(network, device="cpu", mode="zoom"))
    session.set_image(np.zeros((400, 400), np.uint8))
    session.add_click(Click(200, 200))
    session.add_click(Click(210, 200))
    assert len(network.before) == 2
