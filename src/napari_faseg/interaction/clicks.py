"""Where the annotator pointed."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Click:
    """One click on an image, in array order.

    Parameters
    ----------
    y, x : float
        Position in pixels of the full image. The centre of the pixel in row r and column c is
        (r, c), so that pixel reaches from r - 0.5 (included) to r + 0.5 (excluded).
    positive : bool
        True where the object is, False where it is not.

    Raises
    ------
    ValueError
        If a coordinate is not finite, or ``positive`` neither true nor false.
    TypeError
        If a coordinate is not a real number.

    Examples
    --------
    >>> Click(10.5, 3).pixel
    (11, 3)
    """

    y: float
    x: float
    positive: bool = True

    def __post_init__(self) -> None:
        try:
            is_finite = math.isfinite(self.y) and math.isfinite(self.x)
        except OverflowError:  # a whole number that no float is as large as
            raise ValueError("expected a click at finite coordinates, got larger ones") from None
        except TypeError:
            got = f"({self.y!r}, {self.x!r})"
            raise TypeError(f"expected a click at coordinates y, x in pixels, got {got}") from None
        if not is_finite:
            raise ValueError(f"expected a click at finite coordinates, got ({self.y}, {self.x})")
        if self.positive not in (True, False):
            raise ValueError(f"expected positive to be True or False, got {self.positive!r}")
        object.__setattr__(self, "y", float(self.y))
        object.__setattr__(self, "x", float(self.x))
        object.__setattr__(self, "positive", bool(self.positive))

    @property
    def pixel(self) -> tuple[int, int]:
        """Row and column of the pixel that the click lies in."""
        return math.floor(self.y + 0.5), math.floor(self.x + 0.5)


def checked_clicks(clicks: Iterable[Click], shape: tuple[int, int]) -> tuple[Click, ...]:
    """Return the clicks as a tuple, refusing those outside an image.

    Parameters
    ----------
    clicks : iterable of Click
    shape : (int, int)
        Height and width of the image in pixels.

    Raises
    ------
    TypeError
        If something is not a click.
    ValueError
        If a click lies outside the image.
    """
    clicks = tuple(clicks)
    height, width = shape
    for click in clicks:
        if not isinstance(click, Click):
            raise TypeError(f"expected a Click, got {click!r}")
        row, column = click.pixel
        if not (0 <= row < height and 0 <= column < width):
            position = f"({click.y:g}, {click.x:g})"
            raise ValueError(
                f"click {position} lies outside the image of {height} x {width} pixels"
            )
    return clicks
