"""A person who does anything at all, the same things again for the same seed."""

from contextlib import suppress

import numpy as np

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.about import About
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.state import SessionState
from tests.fakes import DiscPredictor
from tests.interaction.places import SHAPE

IMAGE = np.zeros(SHAPE, np.uint8)
ABOUT = About(ImageIdentity.of(IMAGE))


def new_session() -> ClickSession:
    """Return a session on a small image."""
    session = ClickSession(DiscPredictor(2))
    session.set_image(IMAGE)
    return session


def act(session: ClickSession, rng: np.random.Generator) -> None:
    """Do something to a session; most often add a click or finish an object."""
    ACTIONS[int(rng.integers(len(ACTIONS)))](session, rng)


def random_click(rng: np.random.Generator) -> Click:
    """Return a click anywhere, one of four negative."""
    y, x = (int(rng.integers(size)) for size in SHAPE)
    return Click(y, x, bool(rng.random() < 0.75))


def commit(session: ClickSession) -> None:
    """Finish the object, unless its label was painted by hand while it was being corrected."""
    with suppress(ValueError):
        session.commit(overwrite=len(session.clicks) > 2)


def _reopen(session: ClickSession, rng: np.random.Generator) -> None:
    if labels_of(session) and not session.in_progress:
        session.reopen(int(rng.choice(labels_of(session))))


def _delete(session: ClickSession, rng: np.random.Generator) -> None:
    if labels_of(session):
        session.delete(int(rng.choice(labels_of(session))))


def _choose_threshold(session: ClickSession, rng: np.random.Generator) -> None:
    session.threshold = float(rng.choice([0.05, 0.3, 0.5, 0.85]))


def _paint(session: ClickSession, rng: np.random.Generator) -> None:
    painted = session.labels.copy()
    painted[int(rng.integers(SHAPE[0])), :5] = int(rng.integers(9))
    if rng.random() < 0.5:
        session.set_labels(painted)
    else:
        session.adopt(painted)


def _change_objects(session: ClickSession, rng: np.random.Generator) -> None:
    labels = labels_of(session)
    if len(labels) < 2:
        return
    first, second = map(int, rng.choice(labels, 2, replace=False))
    choice = rng.integers(3)
    if choice == 0:
        session.merge([first, second])
    elif choice == 1:
        session.relabel(first, 100 + int(session.labels.max()))
    else:
        session.classify(first, str(rng.choice(["nucleus", "Zelle ä", ""])))


ACTIONS = (
    *[lambda session, rng: session.add_click(random_click(rng))] * 8,
    *[lambda session, rng: commit(session)] * 5,
    *[lambda session, rng: session.undo()] * 3,
    *[lambda session, rng: session.redo()] * 2,
    lambda session, rng: session.reset(),
    lambda session, rng: session.replay(session.clicks[int(rng.integers(3)) :]),
    _reopen,
    _delete,
    *[_change_objects] * 2,
    _choose_threshold,
    _paint,
)


def labels_of(session: ClickSession) -> list[int]:
    """Return the labels of the finished objects."""
    return [int(label) for label in np.unique(session.labels) if label > 0]


def kept(state: SessionState) -> tuple[object, ...]:
    """Return what must be the same when a session is read back, ready to be compared."""
    reopened = state.reopened.label if state.reopened else 0
    return (
        state.threshold,
        state.clicks,
        state.mask.tobytes(),
        state.labels.tobytes(),
        reopened,
        dict(state.classes),
        {
            found.label: (found.clicks, found.box, found.region.tobytes(), found.threshold)
            for found in state.finished.values()
        },
    )
