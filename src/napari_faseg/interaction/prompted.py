"""Other networks that take points: the interface of Segment Anything in front of a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.images import to_rgb8
from napari_faseg.models.memo import PrefixMemo

LARGEST_LOGIT = 30.0  # beyond it a probability is 0 or 1 in float32


@dataclass(frozen=True)
class _Answer:
    """The (h, w) mask or logits of a list of clicks, and the (1, h', w') logits to go on with."""

    mask: NDArray[np.generic]
    logits: NDArray[np.floating]


class PromptPredictor:
    """Lets a session ask a network with the interface of Segment Anything (Kirillov et al. 2023).

    As is usual, the first click is answered with the best of several masks, and each later one
    together with the low-resolution logits of the answer before. What is answered depends on the
    clicks alone, so the previous probability of a session is not used; without a click nothing is
    the object. Answers are taken as they are: clicks do not always win.

    Parameters
    ----------
    network : object
        With `set_image(image)`, which takes (h, w, 3) uint8, and `predict(point_coords=...,
        point_labels=..., mask_input=..., multimask_output=...)`, which takes (n, 2) x and y,
        (n,) 1 or 0, (1, h', w') logits or None, and a bool, and returns (c, h, w) masks or logits,
        (c,) scores, and (c, h', w') logits to go on with.

    Raises
    ------
    TypeError
        If it has no such methods.
    """

    def __init__(self, network: Any) -> None:
        for name in ("set_image", "predict"):
            if not callable(getattr(network, name, None)):
                raise TypeError(f"expected a network with {name}, got {type(network).__name__}")
        self._network = network
        self._shape: tuple[int, int] | None = None
        self._answers: PrefixMemo[_Answer] = PrefixMemo()

    def set_image(self, image: ArrayLike) -> None:
        """Show the network an (h, w) or (h, w, c) image of any dtype."""
        rgb = to_rgb8(image)
        self._shape = None
        self._network.set_image(rgb)
        self._answers, self._shape = PrefixMemo(), (rgb.shape[0], rgb.shape[1])

    def predict(
        self,
        clicks: Sequence[Click],
        previous: Probability | None,  # noqa: ARG002  the network keeps its own
    ) -> Probability:
        """Return the (h, w) probability of the object, float32 in [0, 1].

        Raises
        ------
        RuntimeError
            If no image was set.
        """
        if self._shape is None:
            raise RuntimeError("set an image first: this predictor has none")
        n_known, answer = self._answers.longest(clicks)
        for n in range(n_known + 1, len(clicks) + 1):
            answer = self._asked(clicks[:n], answer)
            self._answers.keep(clicks[:n], answer)
        return np.zeros(self._shape, np.float32) if answer is None else _probability(answer.mask)

    def _asked(self, clicks: Sequence[Click], before: _Answer | None) -> _Answer:
        masks, scores, logits = self._network.predict(
            point_coords=np.array([[click.x, click.y] for click in clicks], np.float32),
            point_labels=np.array([int(click.positive) for click in clicks]),
            mask_input=None if before is None else before.logits,
            multimask_output=before is None,
        )
        best = int(np.argmax(np.asarray(scores)))
        return _Answer(np.asarray(masks)[best], np.asarray(logits)[best : best + 1])


def _probability(mask: NDArray[np.generic]) -> Probability:
    """Turn a mask, which may hold 0 and 1 in any type, or logits into a probability."""
    if ((mask == 0) | (mask == 1)).all():
        return mask.astype(np.float32)
    logits = mask.astype(np.float32).clip(-LARGEST_LOGIT, LARGEST_LOGIT)
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
