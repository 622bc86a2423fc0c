"""One predictor for all planes of an image: it knows the encoding of one of them at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from napari_faseg.interaction import Predictor
from napari_faseg.interaction.about import about_predictor
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.prediction import Look, LookingPredictor, anticipate
from napari_faseg.plugin.image_source import ImageSource, Sight


class SharedPredictor:
    """A predictor that is loaded once, and has seen the plane that was asked about last.

    However many planes there are, no more than one encoding is in memory.

    Parameters
    ----------
    make : callable
        Loads and returns the predictor; called when it is needed first.
    """

    def __init__(self, make: Callable[[], Predictor]) -> None:
        self._make = make
        self._predictor: Predictor | None = None
        self._seen: Sight | None = None
        self._is_closed = False

    def close(self) -> None:
        """End what it does as soon as it can be ended; may be called by another thread."""
        self._is_closed = True

    def refuse_if_closed(self) -> None:
        """Raise a RuntimeError where nobody waits for an answer any more."""
        if self._is_closed:
            raise RuntimeError("the session has ended")

    @property
    def loaded(self) -> Predictor:
        """The predictor, loaded if it was not before."""
        if self._predictor is None:
            self._predictor = self._make()
        return self._predictor

    def after_seeing(self, source: ImageSource) -> Predictor:
        """Return the predictor when it has seen a plane as it looks now."""
        if self._seen is not source.sight:
            self.see(source, source.read())
        return self.loaded

    def see(self, source: ImageSource, image: ArrayLike) -> None:
        """Show the predictor the (h, w) or (h, w, c) image that was read last of a plane."""
        predictor = self.loaded
        self.refuse_if_closed()
        self._seen = None  # it is nobody's where an image is refused
        predictor.set_image(image)
        self.refuse_if_closed()
        self._seen = source.seen


class PlanePredictor:
    """The predictor of one plane; shows it to the shared one where that saw another one, last.

    That may be the same plane as it looked before, with another contrast for example.

    What else a predictor has, such as the name of its device, is that of the shared one.

    Parameters
    ----------
    shared : SharedPredictor
    source : ImageSource
        Reads the plane.
    """

    def __init__(self, shared: SharedPredictor, source: ImageSource) -> None:
        self._shared = shared
        self._source = source

    def __getattr__(self, name: str) -> Any:
        """Return what the shared predictor has under a name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._shared.loaded, name)

    @property
    def about(self) -> dict[str, Any]:
        """What the answers depend on, for JSON: that of the shared predictor."""
        return about_predictor(self._shared.loaded)

    def set_image(self, image: ArrayLike) -> None:
        """Take the image of the plane, (h, w) or (h, w, c), that was just read."""
        self._shared.see(self._source, image)

    def get_ready(self) -> None:
        """See the plane again, if another one was seen since, or it looks otherwise now."""
        self._shared.after_seeing(self._source)

    def predict(self, clicks: Sequence[Click], previous: Probability | None) -> Probability:
        """Return the probability of the object that the clicks are on, (h, w) in [0, 1]."""
        predictor = self._shared.after_seeing(self._source)
        return np.asarray(predictor.predict(clicks, previous), np.float32)

    def anticipate(self, clicks: Sequence[Click], previous: Probability | None) -> None:
        """Let the shared predictor begin with its first look, if it can."""
        anticipate(self._shared.after_seeing(self._source), clicks, previous)

    def looks(self, clicks: Sequence[Click], previous: Probability | None) -> Iterator[Look]:
        """Yield the answer of each look; a predictor that looks once has one."""
        predictor = self._shared.after_seeing(self._source)
        if isinstance(predictor, LookingPredictor):
            for look in predictor.looks(clicks, previous):
                yield look
                self._shared.refuse_if_closed()
        else:
            yield Look(np.asarray(predictor.predict(clicks, previous), np.float32), is_last=True)
