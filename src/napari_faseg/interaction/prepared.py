"""An image, as far as a predictor has looked at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg.interaction import tensors
from napari_faseg.interaction.ahead import Ahead
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.windows import Rectangle, Window, scaled


class PreparedImage:
    """An image with its encoded windows, and where earlier predictions looked.

    The whole image stays encoded, and so does the last window.

    Parameters
    ----------
    rgb : (h, w, 3) float32
        In [0, 1].
    max_side : int or None
        A longer image is shrunk to it.
    smooth_below : float
        Windows of a smaller scale are smoothed as they are shrunk; the whole image always is.
    """

    def __init__(
        self, rgb: NDArray[np.float32], max_side: int | None, *, smooth_below: float = 0.0
    ) -> None:
        self.pixels = tensors.planes(rgb)  # (1, 3, h, w)
        self.shape = (rgb.shape[0], rgb.shape[1])
        is_large = max_side is not None and max(self.shape) > max_side
        size = scaled(self.shape, max_side) if max_side is not None and is_large else self.shape
        self.whole = Window(Rectangle.whole(self.shape), size)
        self._smooth_below = smooth_below
        self.rectangles: dict[tuple[Click, ...], Rectangle | None] = {}
        self.ahead = Ahead()
        self._features: dict[tuple[Rectangle, tuple[int, int]], Any] = {}

    def rectangle_before(self, clicks: tuple[Click, ...]) -> Rectangle | None:
        """Return the rectangle of the last prediction on the way to these clicks."""
        for n in range(len(clicks) - 1, 0, -1):
            if clicks[:n] in self.rectangles:
                return self.rectangles[clicks[:n]]
        return None

    def encoded(self, window: Window) -> Any:
        """Return the features of a window, or None."""
        return self._features.get(window.view)

    def features(self, window: Window, encode: Callable[..., Any]) -> Any:
        """Return the features of a window, encoding it unless that was done.

        Parameters
        ----------
        window : Window
        encode : callable
            Takes the pixels, the window, and whether to smooth them.
        """
        known = self.encoded(window)
        if known is not None:
            return known
        smooth = window.view == self.whole.view or window.scale < self._smooth_below
        features = encode(self.pixels, window, smooth=smooth)
        if not window.is_passing:
            whole = self._features.get(self.whole.view)
            self._features = {} if whole is None else {self.whole.view: whole}
            self._features[window.view] = features
        return features
