"""Small stand-ins with known answers, shared by the tests of every room."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.prediction import Look


class DiscPredictor:
    """A predictor that draws a disc around each click, later clicks over earlier ones.

    Parameters
    ----------
    radius : float
        Of the discs, in pixels; a positive one holds 0.9, a negative one and the rest 0.1.
    delay : float
        Seconds that a prediction takes.

    Attributes
    ----------
    calls : list of (clicks, previous)
        What `predict` was asked, in order.
    error : Exception or None
        Raised by the next calls, of either method, while it is set.
    """

    def __init__(self, radius: float = 3, *, delay: float = 0.0) -> None:
        self.radius = radius
        self.delay = delay
        self.calls: list[tuple[tuple[Click, ...], NDArray[np.float32] | None]] = []
        self.error: Exception | None = None
        self.shape: tuple[int, ...] = ()

    def set_image(self, image: ArrayLike) -> None:
        if self.error is not None:
            raise self.error
        self.shape = np.shape(image)[:2]

    def predict(
        self, clicks: Sequence[Click], previous: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        self.calls.append((tuple(clicks), previous))
        if self.error is not None:
            raise self.error
        time.sleep(self.delay)
        return discs(clicks, self.shape, self.radius)


class LookingDiscs(DiscPredictor):
    """A `DiscPredictor` that looks three times: its discs grow to their radius.

    Attributes
    ----------
    fails_at : int or None
        The look, counted from 1, that raises.
    """

    fails_at: int | None = None

    def looks(
        self, clicks: Sequence[Click], previous: NDArray[np.float32] | None
    ) -> Iterator[Look]:
        for n in (1, 2, 3):
            if n == self.fails_at:
                raise RuntimeError("looked too hard")
            time.sleep(self.delay)
            radius = self.radius - 3 + n
            yield Look(discs(clicks, self.shape, radius), is_last=n == 3)

    def predict(
        self, clicks: Sequence[Click], previous: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        return list(self.looks(clicks, previous))[-1].probability


def discs(clicks: Sequence[Click], shape: tuple[int, ...], radius: float) -> NDArray[np.float32]:
    """What `DiscPredictor` answers: (h, w), 0.9 in positive discs and 0.1 elsewhere."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    probability = np.full(shape, 0.1, np.float32)
    for click in clicks:
        inside = (y - click.y) ** 2 + (x - click.x) ** 2 <= radius**2
        probability[inside] = 0.9 if click.positive else 0.1
    return probability


class Source:
    """An image that looks the same, until its `sight` is another object."""

    def __init__(self, array: NDArray[np.generic]) -> None:
        self.array = array
        self.sight: object = object()
        self.seen: object = None

    def read(self) -> NDArray[np.generic]:
        self.seen = self.sight
        return self.array


def two_discs_image() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return a (60, 100, 3) image of two equal discs on noise, and the mask of the left one."""
    y, x = np.ogrid[:60, :100]
    left = np.hypot(y - 30, x - 25) < 15
    right = np.hypot(y - 30, x - 75) < 15
    image = np.random.default_rng(0).normal(70, 8, (60, 100, 3))
    image[left | right] += (110, 60, -20)
    return image.clip(0, 255).astype(np.uint8), left


class PointNetwork:
    """A network with the interface of Segment Anything that answers with squares.

    Parameters
    ----------
    returns_logits : bool
        Whether its masks are logits, 2 inside and -100 outside.

    Attributes
    ----------
    calls : list of dict
        The arguments of each prediction.
    """

    SIDES = (9, 15, 5)  # of the squares around positive points, by mask
    BEST = 1
    SIDE_OF_BEST = SIDES[BEST]

    def __init__(self, *, returns_logits: bool = False) -> None:
        self.returns_logits = returns_logits
        self.calls: list[dict[str, object]] = []

    def set_image(self, image: NDArray[np.uint8]) -> None:
        self.image = image

    def predict(self, *, point_coords, point_labels, mask_input, multimask_output):  # type: ignore[no-untyped-def]
        self.calls.append(
            {
                "point_coords": point_coords,
                "point_labels": point_labels,
                "mask_input": mask_input,
                "multimask_output": multimask_output,
            }
        )
        sides = self.SIDES if multimask_output else (self.SIDE_OF_BEST,)
        masks = np.zeros((len(sides), *self.image.shape[:2]), bool)
        for mask, side in zip(masks, sides, strict=True):
            for (x, y), label in zip(point_coords.astype(int), point_labels, strict=True):
                rows, columns = (slice(max(0, c - side // 2), c + side // 2 + 1) for c in (y, x))
                mask[rows, columns] = label
            if mask_input is not None:  # what goes on from another answer is another one
                mask[0, int(mask_input[0, 0, 0])] = True
        scores = np.array([0.5, 0.9, 0.1][: len(sides)])
        logits = np.ones((len(sides), 256, 256), np.float32) * np.arange(len(sides))[:, None, None]
        return (np.where(masks, 2.0, -100.0) if self.returns_logits else masks), scores, logits
