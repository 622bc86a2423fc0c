"""The predictor of a session that asks a network: arrays in, arrays out."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self, get_args

from numpy.typing import ArrayLike
from torch import nn

from napari_faseg.interaction import tensors
from napari_faseg.interaction.afar import NOISY, side_from_afar
from napari_faseg.interaction.allocation import keep_freed_memory
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.corrections import Corrections
from napari_faseg.interaction.images import to_rgb
from napari_faseg.interaction.lens import Lens
from napari_faseg.interaction.looking import Looker, Manner
from napari_faseg.interaction.looks import MOST_LOOKS
from napari_faseg.interaction.prediction import Look
from napari_faseg.interaction.prepared import PreparedImage
from napari_faseg.interaction.windowed import WindowedNet
from napari_faseg.interaction.windows import ZoomIn, rules_of
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
        A whole image with a longer side is shrunk to it before it is encoded; None: never. With
        `afar` 512 pixels are the limit, if this is larger.
    zoom : ZoomIn, optional
        Other rules for the windows, all of them; mode "look" has `ZoomIn(shortest_side=100)`.
    connected : bool
        Keep only the connected parts of the mask that hold a positive click, so that neighbours
        of the same kind are left out.
    obedient : bool
        Put clicked pixels right that the network has not, with a few around them.
    steady : bool
        From the third click on, leave what is far from it nearly as it was; never in mode "zoom".
    near : bool
        From the second click on, look once more, closer at where it lies; in mode "look" alone.
    cascade : bool
        Ask twice about a first click in the whole image, the second time with the first answer as
        the previous mask, and take that where the object is large; in mode "look" alone.
    afar : bool
        See the whole image in 512 pixels at most, and where a first click finds something small or
        vague there, look at it afresh in a window around the click, of 200 pixels or three times
        what was found; smooth windows that are shrunk by more than half. In mode "look" alone.
    exact : bool
        Keep pixels and clicks where they are as windows are enlarged, as the network has learned
        them; never in mode "zoom", where they lie as the protocol has it, up to a pixel beside.
    alike : bool
        From the second click on, where the network contradicts a click, put right what looks like
        the clicked pixel around it, too; in mode "look" alone.

    Attributes
    ----------
    about : dict
        What its answers depend on, for JSON: options, and weights where they are known.

    Raises
    ------
    ValueError
        If an option is out of range.
    TypeError
        If the model is no network, or the rules are none.
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
        cascade: bool = True,
        afar: bool = True,
        exact: bool = True,
        alike: bool = True,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise TypeError(
                f"expected a FASegNet, got {model!r}: NetPredictor.from_weights takes the name or "
                "the file of weights"
            )
        if mode not in get_args(Mode):
            raise ValueError(f'expected mode "look", "zoom" or "once", got {mode!r}')
        if max_side is not None and max_side < 1:
            raise ValueError(f"expected a max_side of at least 1 pixel, got {max_side}")
        self._device = tensors.choose_device(device)
        if self._device.type == "cpu":
            keep_freed_memory()
        is_looking = mode == "look"
        rules = rules_of(zoom, mode)
        manner = Manner(
            zoom=None if mode == "once" else rules,
            n_looks=MOST_LOOKS if is_looking else 1,
            corrections=Corrections(connected, obedient, steady and mode != "zoom"),
            near=near and is_looking,
            cascade=cascade and is_looking,
            afar=afar and is_looking,
        )
        lens = Lens(exact=exact and mode != "zoom")
        alike = alike and is_looking
        net = WindowedNet(model, self._device, lens, flip=flip, alike=alike)
        self._looker = Looker(net, manner)
        self._max_side = side_from_afar(max_side) if manner.afar else max_side
        self._smooth_below = NOISY if manner.afar else 0.0
        self._prepared: PreparedImage | None = None
        self.mode = mode
        about = {"mode": mode, "flip": flip, "max_side": max_side, "zoom": zoom and asdict(zoom)}
        self.about: dict[str, Any] = {
            **about,
            **asdict(manner.corrections),
            "near": manner.near,
            "cascade": manner.cascade,
            "afar": manner.afar,
            "exact": lens.exact,
            "alike": alike,
        }

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
        return {**self.__dict__, "_prepared": None}

    @property
    def device(self) -> str:
        """The name of the device that the network runs on."""
        return str(self._device)

    @property
    def encode_seconds(self) -> float:
        """Time that the last image, or the last prediction, took for encoding."""
        return self._looker.encode_seconds

    @property
    def click_seconds(self) -> float:
        """Time that the last prediction took beside encoding, without what was done ahead."""
        return self._looker.click_seconds

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
        prepared = PreparedImage(to_rgb(image), self._max_side, smooth_below=self._smooth_below)
        self._looker.prepare(prepared)
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
        for look in self._looker.looks(self._image(), clicks, previous, previews=False):
            probability = look.probability
        return probability

    def looks(self, clicks: Sequence[Click], previous: Probability | None) -> Iterator[Look]:
        """Yield the answer of each look, the last of which `predict` returns.

        Where the first look has to wait for a window to be encoded, a glance at the whole image
        comes before it. Whoever stops before the last leaves no trace in later answers.

        Parameters and errors are those of `predict`; an array that was yielded must not be written
        to before the next one.
        """
        return self._looker.looks(self._image(), clicks, previous, previews=True)

    def anticipate(self, clicks: Sequence[Click], previous: Probability | None) -> None:
        """Do ahead what the first look at clicks takes, while it is not sure that they are made.

        If `looks` is asked about them next, with the same array as `previous`, its first answer is
        there at once. That array must be read-only, as those of sessions are; else nothing is
        gained. Parameters and errors are those of `predict`; no answer is another one for it.
        """
        self._looker.anticipate(self._image(), clicks, previous)

    def coarse(self) -> Probability:
        """Return what the network takes for the object without a click, (h, w) in [0, 1].

        Raises
        ------
        RuntimeError
            If no image was set.
        """
        return self._looker.coarse(self._image())

    def _image(self) -> PreparedImage:
        if self._prepared is None:
            raise RuntimeError("set an image first: this predictor has none")
        return self._prepared
