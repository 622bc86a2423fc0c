"""Look by look from clicks to an answer: where to look, what to ask, when it will do."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from napari_faseg.interaction import tensors
from napari_faseg.interaction.afar import HIDDEN, is_small, is_vague, window_nearby
from napari_faseg.interaction.ahead import Question
from napari_faseg.interaction.arrays import Probability
from napari_faseg.interaction.clicks import Click, checked_clicks
from napari_faseg.interaction.components import THRESHOLD
from napari_faseg.interaction.corrections import Corrections
from napari_faseg.interaction.looks import is_cut_off, is_large, next_look
from napari_faseg.interaction.near import clicks_inside, mixed_in, near_window
from napari_faseg.interaction.prediction import Look, checked_previous
from napari_faseg.interaction.prepared import PreparedImage
from napari_faseg.interaction.standing_in import standing_in
from napari_faseg.interaction.windowed import WindowedNet
from napari_faseg.interaction.windows import Rectangle, Window, ZoomIn


@dataclass(frozen=True)
class Manner:
    """How a predictor looks at what it is asked about; its options say the same in words.

    Parameters
    ----------
    zoom : ZoomIn or None
        How windows lie around objects; None: it always sees the whole image.
    n_looks : int
        At most, before the one near the click.
    corrections : Corrections
        What is done to each answer.
    near : bool
        Whether it looks once more, closer at where a late click lies.
    cascade : bool
        Whether it looks twice from afar at an object that has one click.
    afar : bool
        Whether it sees the whole image from afar, and what a first click finds small nearby.
    """

    zoom: ZoomIn | None
    n_looks: int
    corrections: Corrections
    near: bool
    cascade: bool
    afar: bool


class Looker:
    """Asks a network about an image, look by look, and knows how long that took.

    Parameters
    ----------
    net : WindowedNet
    manner : Manner
    """

    def __init__(self, net: WindowedNet, manner: Manner) -> None:
        self._net = net
        self._manner = manner
        self._lock = threading.Lock()
        self.encode_seconds = 0.0
        self.click_seconds = 0.0

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs."""
        return {**self.__dict__, "_lock": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Begin with a lock of its own."""
        self.__dict__.update(state, _lock=threading.Lock())

    def prepare(self, image: PreparedImage) -> None:
        """Encode what the first click will be seen in."""
        with self._asking():
            self.encode_seconds = 0.0
            self._encode(image, self._choose_window(image, (), None, None))

    def coarse(self, image: PreparedImage) -> Probability:
        """Return what the network takes for the object without a click, (h, w) in [0, 1]."""
        with self._asking():
            features = self._encode(image, image.whole)
            return self._net.coarse(features, image.whole, image.shape)

    def looks(
        self,
        image: PreparedImage,
        clicks: Sequence[Click],
        previous: Probability | None,
        *,
        previews: bool,
    ) -> Iterator[Look]:
        """Yield the answer of each look.

        Parameters
        ----------
        image : PreparedImage
        clicks, previous
            What `Predictor.predict` takes.
        previews : bool
            Whether to glance at the whole image where the first look has to wait for a window.
        """
        given = checked_clicks(clicks, image.shape)
        question = self._question(image, given, previous)
        asked, before, window = question.clicks, question.previous, question.window
        shown = partial(self._manner.corrections.of_answer, previous=before, clicks=asked)
        self.encode_seconds = self.click_seconds = 0.0
        if previews and image.encoded(window) is None:
            with self._asking():
                glance = self._look(image, asked, before, image.whole)
            yield Look(shown(glance), is_last=False)
        with self._asking():
            answer = self._look(image, asked, before, window)
        if before is None and len(asked) == 1:
            answer, window = yield from self._again(image, asked, answer, window, shown)
        for _ in range(self._manner.n_looks - 1):
            further = self._further(image, asked, answer, window)
            if further is None:
                break
            yield Look(shown(answer), is_last=False)
            window = further
            with self._asking():
                answer = self._look(image, asked, answer, window)
        image.rectangles[given] = window.stored
        found = shown(answer)
        near = near_window(asked, found, window) if self._manner.near else None
        yield Look(found, is_last=near is None)
        if near is not None:
            with self._asking():
                found = self._look_near(image, asked, found, near)
            yield Look(found, is_last=True)

    def anticipate(
        self, image: PreparedImage, clicks: Sequence[Click], previous: Probability | None
    ) -> None:
        """Have the first answer of `looks` with previews ready; parameters are those of it."""
        asked = self._question(image, checked_clicks(clicks, image.shape), previous)
        if image.encoded(asked.window) is None:
            asked = replace(asked, window=image.whole)
        with self._asking():
            answer = self._look(image, asked.clicks, asked.previous, asked.window)
        image.ahead.keep(asked, answer)

    def _question(
        self, image: PreparedImage, given: tuple[Click, ...], previous: Probability | None
    ) -> Question:
        """Return what is asked first about clicks, and in which window."""
        before = checked_previous(previous, image.shape)
        connected = self._manner.corrections.connected
        asked = (*standing_in(before, given), *given) if connected else given
        # Where nothing was found yet, the windows of another object with these clicks do not count.
        stored = None if before is None else image.rectangle_before(given)
        return Question(asked, before, self._choose_window(image, asked, before, stored))

    def _again(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        answer: Probability,
        window: Window,
        shown: Callable[[Probability], Probability],
    ) -> Generator[Look, None, tuple[Probability, Window]]:
        """Look once more at what a first click has found; return the answer and where it was."""
        is_from_afar = self._manner.afar and clicks[0].positive
        vague = is_from_afar and is_vague(answer, window)
        if self._manner.cascade and not (vague and window.scale < HIDDEN):
            yield Look(shown(answer), is_last=False)
        if vague or (is_from_afar and is_small(answer, window)):
            nearby = window_nearby(clicks[0], answer, vague=vague)
            with self._asking():
                found = self._look(image, clicks, None, nearby)
            mask = found > THRESHOLD
            if mask.any() and not is_cut_off(mask, nearby.seen):
                return found, nearby
        if self._manner.cascade:
            with self._asking():
                again = self._look(image, clicks, answer, window)
            answer = again if is_large(again) else answer
        return answer, window

    def _further(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        answer: Probability,
        window: Window,
    ) -> Window | None:
        zoom = self._manner.zoom
        return None if zoom is None else next_look(zoom, clicks, answer, window, image.whole)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with self._lock, torch.inference_mode():
            yield

    def _choose_window(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        previous: Probability | None,
        stored: Rectangle | None,
    ) -> Window:
        zoom = self._manner.zoom
        return image.whole if zoom is None else zoom.window(clicks, previous, stored, image.whole)

    def _look(
        self,
        image: PreparedImage,
        clicks: tuple[Click, ...],
        previous: Probability | None,
        window: Window,
    ) -> Probability:
        """Return what the clicks mean, seen through a window."""
        known = image.ahead.take(Question(clicks, previous, window))
        if known is not None:
            return known
        features = self._encode(image, window)
        start = tensors.now(self._net.device)
        answer = self._net.answer(features, clicks, previous, window, image.shape)
        answer = self._manner.corrections.of_look(answer, clicks)
        self.click_seconds += tensors.now(self._net.device) - start
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
        start = tensors.now(self._net.device)
        inside = clicks_inside(clicks, window)
        near = self._net.answer(features, inside, answer, window, image.shape)
        mixed = mixed_in(answer, near, window, clicks)
        answer = self._manner.corrections.of_look(mixed, clicks)
        self.click_seconds += tensors.now(self._net.device) - start
        return answer

    def _encode(self, image: PreparedImage, window: Window) -> Any:
        start = tensors.now(self._net.device)
        features = image.features(window, self._net.encode)
        self.encode_seconds += tensors.now(self._net.device) - start
        return features
