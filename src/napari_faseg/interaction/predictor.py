"""The predictor of a session that asks a network: arrays in, arrays out."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, get_args

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from napari_faseg.interaction import tensors
from napari_faseg.interaction.allocation import keep_freed_memory
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.corrections import Corrections
from napari_faseg.interaction.images import to_rgb
from napari_faseg.interaction.looks import CLOSE, MOST_LOOKS, next_look
from napari_faseg.interaction.prediction import Look, checked_previous
from napari_faseg.interaction.prepared import PreparedImage
from napari_faseg.interaction.windows import Window, ZoomIn
from napari_faseg.models import load_model, weights_facts

Mode = Literal["look", "zoom", "once"]
MAX_SIDE = 1024  # pixels of the longer side of a whole image, as it is encoded


class NetPredictor:
    """A network that answers a session's questions.

    An image is encoded when it is set; a click then costs only the light part of the network,
    and but for mode "once" the encoding of a new window now and then. Two threads may use one
    predictor: a prediction never sees half of a new image.

    Parameters
    ----------
    model : FASegNet
        Or any module with its `encode`, `segment` and `coarse`; it is put on the device.
    device : str
        "auto" (CUDA, else MPS, else the CPU) or a name that torch knows.
    mode : {"look", "zoom", "once"}
        "zoom": from the second click on the network sees a window around the object, as benchmarks
        do it. "look": it also looks again, closer at what the first click found, and further where
        an answer ends at the edge of its window. "once": it always sees the whole image.
    flip : bool
        Average with the answer for the mirror image: better, and twice as slow.
    max_side : int, optional
        A whole image with a longer side is shrunk to it before it is encoded; None: never.
    zoom : ZoomIn, optional
        Other rules for the windows.
    connected : bool
        Keep only the connected parts of the mask that hold a positive click, so that neighbours
        of the same kind are left out.
    obedient : bool
        Put clicked pixels right that the network has not, with a few around them.
    steady : bool
        From the third click on, leave what is far from it nearly as it was; never in mode "zoom".

    Attributes
    ----------
    about : dict
        What its answers depend on, for JSON: options, and weights where they are known.
    encode_seconds : float
        Time that the last image, or the last prediction, took for encoding.
    click_seconds : float
        Time that the last prediction took beside encoding.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        device: str = "auto",
        mode: Mode = "look",
        flip: bool = False,
        max_side: int | None = MAX_SIDE,
        zoom: ZoomIn | None = None,
        connected: bool = True,
        obedient: bool = True,
        steady: bool = True,
    ) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f'expected mode "look", "zoom" or "once", got {mode!r}')
        if max_side is not None and max_side < 1:
            raise ValueError(f"expected a max_side of at least 1 pixel, got {max_side}")
        self._device = tensors.choose_device(device)
        if self._device.type == "cpu":
            keep_freed_memory()
        self._model: Any = model.to(self._device).eval()
        self._zoom = None if mode == "once" else zoom or (CLOSE if mode == "look" else ZoomIn())
        self._n_looks = MOST_LOOKS if mode == "look" else 1
        self._flip = flip
        self._corrections = Corrections(connected, obedient, steady and mode != "zoom")
        self._max_side = max_side
        self._prepared: PreparedImage | None = None
        self._lock = threading.Lock()
        self.mode = mode
        about = {"mode": mode, "flip": flip, "max_side": max_side, "zoom": zoom and asdict(zoom)}
        self.about: dict[str, Any] = {**about, **asdict(self._corrections)}
        self.encode_seconds = 0.0
        self.click_seconds = 0.0

    @classmethod
    def from_weights(cls, name_or_path: str | Path = "default", **options: Any) -> Self:
        """Load weights and return a predictor with them.

        Parameters
        ----------
        name_or_path : str or Path
            A name that `available_weights` lists, or a file.
        **options
            Those of `NetPredictor`.

        Raises
        ------
        ValueError, FileNotFoundError
            If there are no such weights, or they are damaged.
        """
        predictor = cls(load_model(name_or_path).for_inference(), **options)
        predictor.about |= weights_facts(name_or_path)
        return predictor

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs: everything but the image."""
        return {**self.__dict__, "_prepared": None, "_lock": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Begin without an image."""
        self.__dict__.update(state, _lock=threading.Lock())

    @property
    def device(self) -> str:
        """The name of the device that the network runs on."""
        return str(self._device)

    def set_image(self, image: ArrayLike) -> None:
        """Encode the image that the next clicks are on.

        Parameters
        ----------
        image : (h, w) or (h, w, c) array
            Any real dtype, c from 1 to 4.

        Raises
        ------
        ValueError, TypeError
            If it is not such an image; the image before stays.
        """
        rgb = to_rgb(image)
        with self._lock, torch.inference_mode():
            prepared = PreparedImage(rgb, self._max_side)
            self.encode_seconds = 0.0
            self._encode(prepared, self._choose_window(prepared, (), None))
            self._prepared = prepared

    def predict(self, clicks: Sequence[Click], previous: Probability | None) -> Probability:
        """Return the probability of the object that the clicks are on.

        Parameters
        ----------
        clicks : sequence of Click
            All clicks on the object, oldest first; there may be none.
        previous : (h, w) float32 or None
            The probability before the last click, in [0, 1].

        Returns
        -------
        (h, w) float32
            In [0, 1].

        Raises
        ------
        RuntimeError
            If no image was set.
        ValueError
            If a click lies outside the image, or `previous` has another shape.
        """
        for look in self._looks(clicks, previous, previews=False):
            probability = look.probability
        return probability

    def looks(self, clicks: Sequence[Click], previous: Probability | None) -> Iterator[Look]:
        """Yield the answer of each look, the last of which `predict` returns.

        Where the first look has to wait for a window to be encoded, a glance at the whole image
        comes before it. Whoever stops before the last leaves no trace in later answers.

        Parameters and errors are those of `predict`; an array that was yielded must not be written
        to before the next one.
        """
        return self._looks(clicks, previous, previews=True)

    def coarse(self) -> Probability:
        """Return what the network takes for the object without a click, (h, w) in [0, 1].

        Raises
        ------
        RuntimeError
            If no image was set.
        """
        with self._lock, torch.inference_mode():
            image = self._image()
            logits = self._model.coarse(self._encode(image, image.whole))
            return self._full(logits, image.whole, image)

    def _looks(
        self, clicks: Sequence[Click], previous: Probability | None, *, previews: bool
    ) -> Iterator[Look]:
        image = self._image()
        asked = checked_clicks(clicks, image.shape)
        before = previous = checked_previous(previous, image.shape)
        window = self._choose_window(image, asked, before)
        shown = partial(self._corrections.of_answer, previous=previous, clicks=asked)
        self.encode_seconds = self.click_seconds = 0.0
        if previews and image.encoded(window) is None:
            with self._lock, torch.inference_mode():
                glance = self._look(image, asked, before, image.whole)
            yield Look(shown(glance), is_last=False)
        for n_left in reversed(range(self._n_looks)):
            with self._lock, torch.inference_mode():
                answer = self._look(image, asked, before, window)
                further = self._next_look(image, asked, answer, window) if n_left else None
                if further is None:
                    image.rectangles[asked] = window.stored
            yield Look(shown(answer), is_last=further is None)
            if further is None:
                return
            before, window = answer, further

    def _image(self) -> PreparedImage:
        if self._prepared is None:
            raise RuntimeError("set an image first: this predictor has none")
        return self._prepared

    def _choose_window(
        self, image: PreparedImage, clicks: tuple[Click, ...], previous: Probability | None
    ) -> Window:
        if self._zoom is None:
            return image.whole
        return self._zoom.window(clicks, previous, image.rectangle_before(clicks), image.whole)

    def _next_look(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        answer: Probability,
        window: Window,
    ) -> Window | None:
        if self._zoom is None:
            return None
        return next_look(self._zoom, clicks, answer, window, image.whole)

    def _look(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        previous: Probability | None,
        window: Window,
    ) -> Probability:
        """Return what the clicks mean, seen through a window."""
        features = self._encode(image, window)
        start = tensors.now(self._device)
        logits = self._segment(features, clicks, previous, window)
        probability = self._full(logits, window, image)
        probability = self._corrections.of_look(probability, clicks)
        self.click_seconds += tensors.now(self._device) - start
        return probability

    def _encode(self, image: PreparedImage, window: Window) -> Any:
        known = image.encoded(window)
        if known is not None:
            return known
        start = tensors.now(self._device)
        seen = tensors.cut(image.pixels, window, smooth=window.view == image.whole.view)
        seen = tensors.with_mirrored(seen) if self._flip else seen
        features = self._model.encode(seen.to(self._device))
        self.encode_seconds += tensors.now(self._device) - start
        image.keep(window, features)
        return features

    def _segment(
        self, features: Any, clicks: tuple[Click, ...], previous: Probability | None, window: Window
    ) -> Tensor:
        rows = tensors.click_rows(clicks, window)
        before = None if previous is None else tensors.cut(tensors.planes(previous), window)
        if self._flip:
            rows = tensors.with_mirrored_clicks(rows, window.size[1])
            before = None if before is None else tensors.with_mirrored(before)
        before = None if before is None else before.to(self._device)
        logits: Tensor = self._model.segment(features, rows.to(self._device), before)
        return logits

    def _full(self, logits: Tensor, window: Window, image: PreparedImage) -> Probability:
        logits = tensors.mean_of_mirrored(logits) if self._flip else logits
        return tensors.paste(torch.sigmoid(logits), window, image.shape)
