"""Other networks that take points: the interface of Segment Anything in front of a session."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.transform import resize

from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click
from napari_faseg.interaction.images import to_rgb8
from napari_faseg.interaction.prediction import checked_previous
from napari_faseg.models.memo import PrefixMemo

LARGEST_LOGIT = 30.0  # beyond it a probability is 0 or 1 in float32
LOGITS_SIDE = 256  # of the square of logits that Segment Anything goes on from
DOUBT = 1e-3  # about a mask from elsewhere: its logits are 7 and -7, as large as the network's own


@dataclass(frozen=True)
class _Answer:
    """The (h, w) mask or logits of a list of clicks, and the (1, h', w') logits to go on with."""

    mask: NDArray[np.generic]
    logits: NDArray[np.floating]


class PromptPredictor:
    """Lets a session ask a network with the interface of Segment Anything (Kirillov et al. 2023).

    As is usual, the first click is answered with the best of several masks, and each later one
    together with the low-resolution logits of the answer before. A previous probability that is
    no answer to these clicks, such as that of an object of another tool that was reopened, is
    handed over in the place of those logits, to all clicks at once. So what is answered depends on
    the clicks and the previous probability alone; without a click nothing is the object. Answers
    are taken as they are: clicks do not always win.

    Parameters
    ----------
    network : object
        With `set_image(image)`, which takes (h, w, 3) uint8, and `predict(point_coords=...,
        point_labels=..., mask_input=..., multimask_output=...)`, which takes (n, 2) x and y,
        (n,) 1 or 0, (1, 256, 256) logits or None, and a bool, and returns (c, h, w) masks,
        probabilities or logits, (c,) scores, and (c, 256, 256) logits to go on with. Where it has
        an `input_size`, the height and width to which it has resized the image, the logits are
        those of a square that the image fills from the top left corner, else those of the image
        made square.

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
        self._digests: dict[tuple[Click, ...], bytes] = {}  # of all answers, to know them again

    def set_image(self, image: ArrayLike) -> None:
        """Show the network an (h, w) or (h, w, c) image of any dtype."""
        rgb = to_rgb8(image)
        self._shape = None
        self._network.set_image(rgb)
        self._answers, self._digests = PrefixMemo(), {}
        self._shape = rgb.shape[0], rgb.shape[1]

    def predict(self, clicks: Sequence[Click], previous: Probability | None) -> Probability:
        """Return the (h, w) probability of the object, float32 in [0, 1].

        Parameters
        ----------
        clicks : sequence of Click
            All clicks on the object, oldest first.
        previous : (h, w) float32 or None
            The probability before the last click, in [0, 1].

        Raises
        ------
        RuntimeError
            If no image was set.
        ValueError
            If `previous` has another shape than the image, or the network returns anything else
            than what it says there.
        """
        if self._shape is None:
            raise RuntimeError("set an image first: this predictor has none")
        if not clicks:
            return np.zeros(self._shape, np.float32)
        previous = checked_previous(previous, self._shape)
        if previous is None or not previous.any() or self._has_answered(previous, clicks[:-1]):
            answer = self._answer(clicks)
        else:
            answer = self._asked(clicks, self._logits(previous))
        return _probability(answer.mask)

    def _has_answered(self, previous: Probability, clicks: Sequence[Click]) -> bool:
        """Whether some of the first clicks have led, or would lead, to a probability."""
        wanted = _digest(previous)
        for n in range(1, len(clicks) + 1):
            if tuple(clicks[:n]) not in self._digests:
                self._answer(clicks[:n])
            if self._digests[tuple(clicks[:n])] == wanted:
                return True
        return False

    def _answer(self, clicks: Sequence[Click]) -> _Answer:
        """Return the answer to one click or more, each asked after those before it."""
        n_known, answer = self._answers.longest(clicks)
        for n in range(n_known + 1, len(clicks) + 1):
            answer = self._asked(clicks[:n], None if answer is None else answer.logits)
            self._answers.keep(clicks[:n], answer)
            self._digests[tuple(clicks[:n])] = _digest(_probability(answer.mask))
        return answer  # type: ignore[return-value]  # there is a click, so there is one

    def _asked(self, clicks: Sequence[Click], logits: NDArray[np.floating] | None) -> _Answer:
        found = self._network.predict(
            point_coords=np.array([[click.x, click.y] for click in clicks], np.float32),
            point_labels=np.array([int(click.positive) for click in clicks]),
            mask_input=logits,
            multimask_output=logits is None,
        )
        masks, scores, after = self._checked(found)
        best = int(np.argmax(scores))
        return _Answer(masks[best], after[best : best + 1])

    def _checked(self, found: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return masks, scores and logits as arrays, or say what is wrong with them."""
        name = type(self._network).__name__
        if not isinstance(found, tuple | list) or len(found) != 3:
            raise ValueError(f"expected masks, scores and logits from {name}, got {_kind(found)}")
        masks, scores, after = map(np.asarray, found)
        n = len(masks) if masks.ndim == 3 else 0
        if n == 0 or masks.shape[1:] != self._shape:
            wanted = ", ".join(map(str, self._shape or ()))
            raise ValueError(f"expected masks of (c, {wanted}) from {name}, got {masks.shape}")
        if scores.shape != (n,) or after.ndim != 3 or len(after) != n:
            raise ValueError(
                f"expected a score and a map of logits for each of {n} masks from {name}, got "
                f"{scores.shape} and {after.shape}"
            )
        return masks, scores, after

    def _logits(self, previous: Probability) -> NDArray[np.float32]:
        """Turn an (h, w) probability into (1, 256, 256) logits, as the network has them."""
        filled = getattr(self._network, "input_size", (1, 1))
        rows, columns = (max(1, round(LOGITS_SIDE * side / max(filled))) for side in filled)
        square = np.zeros((1, LOGITS_SIDE, LOGITS_SIDE), np.float32)
        square[0, :rows, :columns] = resize(previous, (rows, columns), order=1, anti_aliasing=True)
        probability = square.clip(DOUBT, 1 - DOUBT)
        return np.asarray(np.log(probability / (1 - probability)), np.float32)


def _kind(found: Any) -> str:
    return f"{len(found)} things" if isinstance(found, tuple | list) else type(found).__name__


def _digest(probability: Probability) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(probability).tobytes()).digest()


def _probability(mask: NDArray[np.generic]) -> Probability:
    """Turn a mask of whole numbers or of 0 and 1, probabilities or logits into a probability.

    Logits of a mask that has an outside are below 0 there.
    """
    values = mask.astype(np.float32)
    if mask.dtype.kind in "bui":
        return np.asarray(values > 0, np.float32)
    if ((values >= 0) & (values <= 1)).all():
        return values
    logits = values.clip(-LARGEST_LOGIT, LARGEST_LOGIT)
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
