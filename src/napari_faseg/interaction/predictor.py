"""The predictor of a session that asks a network: arrays in, arrays out."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, get_args

import torch
from numpy.typing import ArrayLike
from torch import nn

from napari_faseg.interaction import tensors
from napari_faseg.interaction.allocation import keep_freed_memory
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.corrections import Corrections
from napari_faseg.interaction.images import to_rgb
from napari_faseg.interaction.looks import CLOSE, MOST_LOOKS, next_look
from napari_faseg.interaction.near import clicks_inside, mixed_in, near_window
from napari_faseg.interaction.prediction import Look, checked_previous
from napari_faseg.interaction.prepared import PreparedImage
from napari_faseg.interaction.standing_in import standing_in
from napari_faseg.interaction.windowed import WindowedNet
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn, rules_of
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
    near : bool
        From the second click on, look once more, closer at where it lies; in mode "look" alone.

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
        near: bool = True,
    ) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f'expected mode "look", "zoom" or "once", got {mode!r}')
        if max_side is not None and max_side < 1:
            raise ValueError(f"expected a max_side of at least 1 pixel, got {max_side}")
        self._device = tensors.choose_device(device)
        if self._device.type == "cpu":
            keep_freed_memory()
        self._net = WindowedNet(model, self._device, flip=flip)
        rules = rules_of(zoom, CLOSE if mode == "look" else ZoomIn())
        self._zoom = None if mode == "once" else rules
        self._n_looks = MOST_LOOKS if mode == "look" else 1
        self._corrections = Corrections(connected, obedient, steady and mode != "zoom")
        self._near = near and mode == "look"
        self._max_side = max_side
        self._prepared: PreparedImage | None = None
        self._lock = threading.Lock()
        self.mode = mode
        about = {"mode": mode, "flip": flip, "max_side": max_side, "zoom": zoom and asdict(zoom)}
        self.about: dict[str, Any] = {**about, **asdict(self._corrections), "near": self._near}
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
            self._encode(prepared, self._choose_window(prepared, (), None, None))
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
            If a click lies outside the image, or `previous` is no probability of its shape.
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
            features = self._encode(image, image.whole)
            return self._net.coarse(features, image.whole, image.shape)

    def _looks(
        self, clicks: Sequence[Click], previous: Probability | None, *, previews: bool
    ) -> Iterator[Look]:
        image = self._image()
        given = checked_clicks(clicks, image.shape)
        before = previous = checked_previous(previous, image.shape)
        asked = (*standing_in(previous, given), *given) if self._corrections.connected else given
        window = self._choose_window(image, asked, before, image.rectangle_before(given))
        shown = partial(self._corrections.of_answer, previous=previous, clicks=asked)
        self.encode_seconds = self.click_seconds = 0.0
        if previews and image.encoded(window) is None:
            with self._lock, torch.inference_mode():
                glance = self._look(image, asked, before, image.whole)
            yield Look(shown(glance), is_last=False)
        for n_left in reversed(range(self._n_looks)):
            with self._lock, torch.inference_mode():
                answer = self._look(image, asked, before, window)
                further = None
                if n_left and self._zoom is not None:
                    further = next_look(self._zoom, asked, answer, window, image.whole)
                if further is None:
                    image.rectangles[given] = window.stored
            if further is None:
                break
            yield Look(shown(answer), is_last=False)
            before, window = answer, further
        found = shown(answer)
        near = near_window(asked, found, window) if self._near else None
        yield Look(found, is_last=near is None)
        if near is not None:
            with self._lock, torch.inference_mode():
                found = self._look_near(image, asked, found, near)
            yield Look(found, is_last=True)

    def _image(self) -> PreparedImage:
        if self._prepared is None:
            raise RuntimeError("set an image first: this predictor has none")
        return self._prepared

    def _choose_window(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        previous: Probability | None,
        stored: Rectangle | None,
    ) -> Window:
        if self._zoom is None:
            return image.whole
        return self._zoom.window(clicks, previous, stored, image.whole)

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
        answer = self._net.answer(features, clicks, previous, window, image.shape)
        answer = self._corrections.of_look(answer, clicks)
        self.click_seconds += tensors.now(self._device) - start
        return answer

    def _look_near(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        answer: Probability,
        window: Window,
    ) -> Probability:
        """Return an answer with what is seen around the last click mixed in."""
        features = self._encode(image, window)
        start = tensors.now(self._device)
        inside = clicks_inside(clicks, window)
        near = self._net.answer(features, inside, answer, window, image.shape)
        answer = self._corrections.of_look(mixed_in(answer, near, window, clicks), clicks)
        self.click_seconds += tensors.now(self._device) - start
        return answer

    def _encode(self, image: PreparedImage, window: Window) -> Any:
        start = tensors.now(self._device)
        features = image.features(window, self._net.encode)
        self.encode_seconds += tensors.now(self._device) - start
        return features
