"""A predictor that goes on with less where memory runs out: freed, then smaller, then the CPU."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike

from napari_faseg.interaction.about import about_predictor
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.prediction import Look, LookingPredictor, anticipate
from napari_faseg.interaction.predictor import MAX_SIDE, NetPredictor
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.models import load_model, weights_facts

SMALLER_SIDE = 320  # pixels of the longer side of a whole image, where there is no memory for more
SIGNS = ("out of memory", "not enough memory", "can't allocate memory")  # of MPS and the CPU
PRIMITIVE_SIGN = " a primitive"  # the end of what oneDNN says: it could not create, or execute one

Answer = TypeVar("Answer")


class SparingPredictor:
    """Asks a `NetPredictor`, and makes another, less hungry one where that runs out of memory.

    First memory is freed and the same tried again, then the whole image is shrunk further, then
    the CPU is used. What was given up stays so. Where oneDNN was short of memory on a CPU, this
    process goes on without it, several times slower: oneDNN remembers for good that it could not
    prepare a convolution, and fails on the same again when there is memory.

    Parameters
    ----------
    make : callable
        Takes `device` and `max_side` and returns a predictor.
    device : str
        That the first one is made for.
    max_side : int or None
        The same.

    Attributes
    ----------
    notice : str
        What was given up for want of memory, in one sentence; "" so far nothing.
    """

    def __init__(
        self,
        make: Callable[[str, int | None], LookingPredictor],
        *,
        device: str = "auto",
        max_side: int | None = MAX_SIDE,
    ) -> None:
        self._make = make
        self._stages = iter(stages(str(choose_device(device)), max_side))
        self._stage = next(self._stages)
        self._predictor: LookingPredictor | None = None
        self._image: ArrayLike | None = None
        self._about: dict[str, Any] = {}
        self.notice = ""

    @classmethod
    def from_weights(
        cls, name_or_path: str | Path = "default", *, device: str = "auto", **options: Any
    ) -> Self:
        """Load weights and return a predictor with them.

        Parameters
        ----------
        name_or_path : str or Path
            A name that `available_weights` lists, or a file.
        device : str
            "auto" or a name that torch knows.
        **options
            Those of `NetPredictor`.
        """
        max_side = options.pop("max_side", MAX_SIDE)
        model = load_model(name_or_path).for_inference()

        used = weights_facts(name_or_path)

        def make(device: str, max_side: int | None) -> NetPredictor:
            predictor = NetPredictor(model, device=device, max_side=max_side, **options)
            predictor.about |= used
            return predictor

        return cls(make, device=device, max_side=max_side)

    @property
    def device(self) -> str:
        """The name of the device that the network runs on now."""
        return self._stage[0]

    @property
    def about(self) -> dict[str, Any]:
        """What the answers depend on, for JSON: that of the predictor that was asked last."""
        return self._about

    def set_image(self, image: ArrayLike) -> None:
        """Take the image that the next clicks are on, (h, w) or (h, w, c)."""
        before, self._image, self._predictor = self._image, image, None
        try:
            list(self._trying(lambda _: ()))
        except Exception:
            self._image = before
            raise

    def predict(self, clicks: Sequence[Click], previous: Probability | None) -> Probability:
        """Return the probability of the object that the clicks are on, (h, w) in [0, 1]."""
        [answer] = self._trying(lambda ready: [ready.predict(clicks, previous)])
        return np.asarray(answer, np.float32)

    def looks(self, clicks: Sequence[Click], previous: Probability | None) -> Iterator[Look]:
        """Yield the answer of each look; where memory runs out, from the first on again.

        Where nothing is left to give up, the best answer so far is the last.
        """
        best: Look | None = None
        try:
            for look in self._trying(lambda ready: ready.looks(clicks, previous)):
                best = look
                yield look
        except MemoryError:
            if best is None:
                raise
            yield replace(best, is_last=True)

    def anticipate(self, clicks: Sequence[Click], previous: Probability | None) -> None:
        """Do ahead what the first look takes; see `NetPredictor.anticipate`."""

        def begin(ready: LookingPredictor) -> Iterator[None]:
            anticipate(ready, clicks, previous)
            yield

        list(self._trying(begin))

    def _trying(self, work: Callable[[LookingPredictor], Iterable[Answer]]) -> Iterator[Answer]:
        """Yield what the work does; where memory runs out, all of it again with less."""
        while True:
            try:
                yield from work(self._ready())
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                said = str(error)
            else:
                return
            # Not in the block above: there, the error keeps alive what filled the memory.
            self._retreat(said)

    def _ready(self) -> LookingPredictor:
        """Return a predictor that has seen the image."""
        if self._predictor is None:
            predictor = self._make(*self._stage)
            if self._image is not None:
                predictor.set_image(self._image)
            self._predictor, self._about = predictor, about_predictor(predictor)
        return self._predictor

    def _retreat(self, said: str) -> None:
        """Free the memory and give up something, or say that there is nothing left to give up."""
        self._predictor = None
        empty_caches()
        if said.endswith(PRIMITIVE_SIGN) and without_onednn():
            self.notice = "The memory was full: the work goes on, slower until the next start."
            return
        before, stage = self._stage, next(self._stages, None)
        if stage is None:
            raise MemoryError("there is not enough memory: close other programs, or crop the image")
        self._stage = stage
        self.notice = _told(before[0], *stage)


def stages(device: str, max_side: int | None) -> list[tuple[str, int | None]]:
    """Return the devices and longer sides to try, one after the other.

    Parameters
    ----------
    device : str
        The first.
    max_side : int or None
        The first; None: no limit.
    """
    is_small = max_side is not None and max_side <= SMALLER_SIDE
    sides = [max_side] if is_small else [max_side, SMALLER_SIDE]
    tried = [(device, max_side), *((device, side) for side in sides)]
    is_cpu = torch.device(device).type == "cpu"
    return tried if is_cpu else [*tried, *(("cpu", side) for side in sides)]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was no memory left; each device has its own way."""
    said = str(error).lower()
    is_told = any(sign in said for sign in SIGNS) or said.endswith(PRIMITIVE_SIGN)
    return is_told or isinstance(error, MemoryError | torch.OutOfMemoryError)


def without_onednn() -> bool:
    """Let torch compute without oneDNN in this process; return whether it has used it so far."""
    is_used, *_ = torch.backends.mkldnn.set_flags(_enabled=False)  # type: ignore[no-untyped-call]
    return bool(is_used)


def empty_caches() -> None:
    """Give back what torch keeps of the memory of devices."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _told(before: str, device: str, max_side: int | None) -> str:
    if device != before:
        return f"The memory of {before} was full: the work goes on, slower, on the CPU."
    if max_side == SMALLER_SIDE:
        return f"The memory was full: the image is looked at in {max_side} pixels, less sharply."
    return "The memory was full: it was cleared, and the work goes on."
