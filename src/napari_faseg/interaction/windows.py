"""Which part of an image the network looks at: the zoom-in of the benchmark protocol.

From the second click on the network sees a box around the object, enlarged; what it says there
is put back into the full image. Rules and numbers are those of Sofiiuk et al., "Reviving
iterative training with mask guidance for interactive segmentation" (ICIP 2022).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from numbers import Integral

from napari_faseg.interaction.arrays import Box, Probability, bounding_box
from napari_faseg.interaction.clicks import Click

CLOSE_SIDE = 100  # pixels: the shortest side in mode "look", closer at small objects


@dataclass(frozen=True)
class Rectangle:
    """Rows `top` to `bottom` and columns `left` to `right`, all included."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> "Rectangle":
        """Return the rectangle of a whole image of a height and a width."""
        return cls(0, shape[0] - 1, 0, shape[1] - 1)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.bottom - self.top + 1, self.right - self.left + 1

    @property
    def area(self) -> int:
        """Pixels."""
        return self.shape[0] * self.shape[1]

    @property
    def index(self) -> Box:
        """The rectangle as an index of an (h, w) array."""
        return slice(self.top, self.bottom + 1), slice(self.left, self.right + 1)


@dataclass(frozen=True)
class Window:
    """What the network sees for one prediction, and where its answer goes.

    Parameters
    ----------
    seen : Rectangle
        The part of the image that is encoded.
    size : (int, int)
        Height and width that this part is resized to, in pixels.
    stored : Rectangle, optional
        The rectangle that the object is looked at in from now on; None before the first one.
    is_passing : bool, optional
        Whether nobody will look through it again, so that its features need not be kept.
    """

    seen: Rectangle
    size: tuple[int, int]
    stored: Rectangle | None = None
    is_passing: bool = False

    @property
    def view(self) -> tuple[Rectangle, tuple[int, int]]:
        """What has to be encoded: two windows with the same view share their features."""
        return self.seen, self.size

    @property
    def filled(self) -> Rectangle:
        """The part of the image that the answer is put into."""
        return self.stored or self.seen

    @property
    def scale(self) -> float:
        """Pixels that are encoded along the longer side for each pixel of the image."""
        return max(self.size) / max(self.seen.shape)


@dataclass(frozen=True)
class ZoomIn:
    """The rules of the zoom-in, as the benchmark sets them.

    Parameters
    ----------
    target : int or (int, int)
        Long side of a window in pixels (the benchmark takes 600 for DAVIS), or its height and
        width whatever its shape was.
    n_skipped : int
        So many clicks see the whole image at its own size; -1: not even the empty prediction.
    ratio : float
        Side of a window over the side of the object.
    shortest_side : float
        Of a window, in pixels of the image.
    least_overlap : float
        A stored window that overlaps the new one less is replaced by it.
    threshold : float
        The object is where the previous probability is larger.

    Raises
    ------
    ValueError
        If a value cannot work; the message names it.
    """

    target: int | tuple[int, int] = 400
    n_skipped: int = 1
    ratio: float = 1.4
    shortest_side: float = 200
    least_overlap: float = 0.5
    threshold: float = 0.5

    def __post_init__(self) -> None:
        target: object = self.target
        sides = target if isinstance(target, tuple) else (target,)
        are_sides = len(sides) <= 2 and all(map(_is_side, sides))
        for name, is_good, expected in (
            ("target", are_sides, "1 pixel or more, or height and width"),
            ("n_skipped", self.n_skipped >= -1, "-1 or more"),
            ("ratio", 0 < self.ratio < inf, "above 0"),
            ("shortest_side", 0 <= self.shortest_side < inf, "0 pixels or more"),
            ("least_overlap", 0 <= self.least_overlap <= 1, "between 0 and 1"),
            ("threshold", 0 <= self.threshold < 1, "in [0, 1)"),
        ):
            if not is_good:
                raise ValueError(f"expected {name} {expected}, got {getattr(self, name)!r}")

    def window(
        self,
        clicks: Sequence[Click],
        previous: Probability | None,
        stored: Rectangle | None,
        whole: Window,
    ) -> Window:
        """Choose the window of the next prediction.

        Parameters
        ----------
        clicks : sequence of Click
            All clicks on the object, the new one included.
        previous : (h, w) float32 or None
            The probability before the new click.
        stored : Rectangle or None
            The rectangle of the prediction before.
        whole : Window
            The whole image, at the size in which it is encoded.
        """
        if len(clicks) <= self.n_skipped:
            return whole
        found = self._around_object(clicks, previous)
        if found is None and self.n_skipped >= 0:
            # Reference implementations squeeze the whole image into the stored rectangle here.
            return Window(whole.seen, whole.size, stored)
        found = found or whole.seen
        if (
            stored is None
            or not _holds(stored, clicks)
            or overlap(found, stored) < self.least_overlap
        ):
            stored = found
        return Window(stored, self._size(stored), stored)

    def _around_object(
        self, clicks: Sequence[Click], previous: Probability | None
    ) -> Rectangle | None:
        if previous is None:
            return None
        mask = previous > self.threshold
        if not mask.any():
            return None
        for click in clicks:
            if click.positive:
                mask[click.pixel] = True
        rows, columns = bounding_box(mask)
        tight = Rectangle(rows.start, rows.stop - 1, columns.start, columns.stop - 1)
        height, width = mask.shape
        return clamped(expanded(tight, self.ratio, self.shortest_side), (height, width))

    def _size(self, rectangle: Rectangle) -> tuple[int, int]:
        if isinstance(self.target, tuple):
            return self.target
        return scaled(rectangle.shape, self.target)


def usual_rules(mode: str) -> ZoomIn:
    """Return the rules that a mode of `NetPredictor` has for its windows."""
    return ZoomIn(shortest_side=CLOSE_SIDE) if mode == "look" else ZoomIn()


def rules_of(zoom: object, mode: str) -> ZoomIn:
    """Return the rules that were asked for, or those of a mode; TypeError for what is none."""
    if zoom is not None and not isinstance(zoom, ZoomIn):
        raise TypeError(f"expected a ZoomIn as zoom, got {zoom!r}")
    return zoom or usual_rules(mode)


def scaled(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return height and width with the same aspect and another long side, at least 1 x 1."""
    scale = long_side / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def window_around(
    click: Click, side: float, shape: tuple[int, int], target: int, *, is_passing: bool = False
) -> Window:
    """Return a square window around a click, cut off where the image of a shape ends.

    Parameters
    ----------
    click : Click
    side : float
        Of the square, in pixels of the image.
    shape : (int, int)
        Height and width of the image.
    target : int
        Long side of the window in pixels as it is encoded.
    is_passing : bool
        See `Window`.
    """
    y, x = click.pixel
    seen = clamped(expanded(Rectangle(y, y, x, x), 1, side), shape)
    return Window(seen, scaled(seen.shape, target), is_passing=is_passing)


def expanded(rectangle: Rectangle, ratio: float, shortest_side: float) -> Rectangle:
    """Enlarge a rectangle about its centre; it may leave the image."""
    top, bottom = _expanded_interval(rectangle.top, rectangle.bottom, ratio, shortest_side)
    left, right = _expanded_interval(rectangle.left, rectangle.right, ratio, shortest_side)
    return Rectangle(top, bottom, left, right)


def clamped(rectangle: Rectangle, shape: tuple[int, int]) -> Rectangle:
    """Cut what lies outside an image of a height and a width."""
    return Rectangle(
        max(0, rectangle.top),
        min(shape[0] - 1, rectangle.bottom),
        max(0, rectangle.left),
        min(shape[1] - 1, rectangle.right),
    )


def overlap(one: Rectangle, other: Rectangle) -> float:
    """Return the IoU of the rows times the IoU of the columns, in [0, 1]."""
    rows = _interval_iou(one.top, one.bottom, other.top, other.bottom)
    return rows * _interval_iou(one.left, one.right, other.left, other.right)


def _expanded_interval(
    first: int, last: int, ratio: float, shortest_side: float
) -> tuple[int, int]:
    centre = 0.5 * (first + last)
    half = 0.5 * max(ratio * (last - first + 1), shortest_side)
    return round(centre - half), round(centre + half)


def _interval_iou(first: int, last: int, other_first: int, other_last: int) -> float:
    shared = max(0, min(last, other_last) - max(first, other_first) + 1)
    return shared / (max(last, other_last) - min(first, other_first) + 1)


def _is_side(value: object) -> bool:
    return isinstance(value, Integral) and int(value) > 0


def _holds(rectangle: Rectangle, clicks: Sequence[Click]) -> bool:
    return all(
        rectangle.top <= click.y < rectangle.bottom and rectangle.left <= click.x < rectangle.right
        for click in clicks
        if click.positive
    )
