"""Pictures of clicks and masks, and of what is done with finished objects."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from napari.settings import get_settings
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from skimage import data
from skimage.transform import rescale

from docs.screenshots.window import (
    PLUGIN,
    RIGHT,
    Session,
    canvas_around,
    press,
    save,
    save_window,
    side_by_side,
    window,
)
from tests.plugin.real_window import canvas_of, wait_until

COINS = ((126, 102), (118, 271), (50, 334))
CUP, SAUCER, MIDDLE_OF_SAUCER = (150, 290), ((300, 170), (270, 440)), (200, 280)
BLUE = 8  # seed of the colours: not those of the cup
THRESHOLDS = (0.2, 0.5, 0.9)
ZOOM_ON_COIN, ZOOM_ON_CUP = 4.5, 0.9
MIDDLE_OF_STACK, ZOOM_ON_COINS, GROWTH = (140, 115), 2.5, 0.05
SHAPE = (303, 384)  # of the coins
SIDE = 400  # pixels of one of several pictures


@contextmanager
def coins() -> Iterator[Session]:
    """Open the sample, and segment two coins and begin with a third."""
    with window() as viewer:
        viewer.open_sample(PLUGIN, "coins")
        session = Session(viewer)
        for place in COINS[:2]:
            session.click(place)
            session.finish()
        session.click(COINS[2])
        yield session


def napari() -> None:
    """Two finished objects and one in progress, with a positive and a negative click."""
    with coins() as session:
        session.click((68, 352), RIGHT)
        save_window(session.viewer, "napari")


def light() -> None:
    """The same in napari's light theme."""
    get_settings().appearance.theme = "light"
    try:
        with coins() as session:
            save_window(session.viewer, "light")
    finally:
        get_settings().appearance.theme = "dark"


def negative_click() -> None:
    """A mask that takes too much, and what the right button makes of it, click by click."""
    with window() as viewer:
        viewer.open_sample(PLUGIN, "coffee")
        session = Session(viewer)
        session.objects.new_colormap(BLUE)
        session.click(CUP)
        seen = [canvas_around(viewer, MIDDLE_OF_SAUCER, ZOOM_ON_CUP)]
        for place in SAUCER:
            session.click(place, RIGHT)
            seen.append(canvas_around(viewer, MIDDLE_OF_SAUCER, ZOOM_ON_CUP))
        save(side_by_side(seen, SIDE), "negative_click")


def threshold() -> None:
    """One object at three thresholds."""
    with coins() as session:
        seen = []
        for value in THRESHOLDS:
            session.controls.threshold.value = value
            session.wait()
            seen.append(canvas_around(session.viewer, COINS[2], ZOOM_ON_COIN))
        save(side_by_side(seen, SIDE), "threshold")


def probability() -> None:
    """The mask of an object, and the layer of its probability."""
    with coins() as session:
        seen = [canvas_around(session.viewer, COINS[2], ZOOM_ON_COIN)]
        session.controls.probability.value = True
        session.objects.visible = False
        seen.append(canvas_around(session.viewer, COINS[2], ZOOM_ON_COIN))
        save(side_by_side(seen, SIDE), "probability")


def objects() -> None:
    """The table with classes, and an object that was reopened from it, with its clicks."""
    with coins() as session:
        session.click((68, 352), RIGHT)
        session.finish()
        for row, text in enumerate(("silver", "silver", "bronze")):
            session.name(row, text)
        session.table.selectRow(2)
        press(session.dock, "Reopen")
        wait_until(lambda: len(session.viewer.layers["coins positive"].data) > 0)
        session.wait()
        save_window(session.viewer, "objects")


def merged() -> None:
    """Two objects that were made one: selected in the table, then merged."""
    with coins() as session:
        session.finish()
        session.table.select([1, 2])
        session.viewer.reset_view()
        press(session.dock, "Merge")
        wait_until(lambda: len(session.table.rows.rows) == 2)
        session.wait()
        save_window(session.viewer, "merged")


def transformed() -> None:
    """An image whose layer is scaled and rotated."""
    angle = np.deg2rad(25)
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    place = {"scale": (0.5, 0.8), "rotate": turn, "units": ("mm", "mm")}
    with window() as viewer:
        image = viewer.add_image(data.coins(), name="coins", **place)
        viewer.canvas.overlays.scale_bar.visible = True
        session = Session(viewer)
        for coin in COINS:
            session.click(image.data_to_world(coin))
            session.finish()
        session.click(image.data_to_world((255, 45)))
        save_window(viewer, "transformed")


def carried() -> None:
    """A coin that is clicked on once, on three planes between which it moves and grows."""
    planes = [
        rescale(data.coins(), 1 + GROWTH * z, order=1)[: SHAPE[0], : SHAPE[1]] for z in range(3)
    ]
    with window() as viewer:
        viewer.add_image(np.stack(planes), name="stack")
        viewer.dims.set_point(0, 0)
        session = Session(viewer)
        session.click(COINS[0])
        seen = [canvas_around(viewer, MIDDLE_OF_STACK, ZOOM_ON_COINS)]
        for z in range(1, len(planes)):
            QTest.keyClick(canvas_of(viewer).native, Qt.Key.Key_N)
            wait_until(lambda z=z: bool(session.objects.data[z].any()))
            session.wait()
            seen.append(canvas_around(viewer, MIDDLE_OF_STACK, ZOOM_ON_COINS))
        session.finish()
        save(side_by_side(seen, SIDE), "carried")


def stack() -> None:
    """Objects on two planes of a stack, the second one on screen."""
    planes = np.stack([data.coins(), data.coins()[:, ::-1], data.coins()[::-1]])
    with window() as viewer:
        viewer.add_image(planes, name="stack")
        viewer.dims.set_point(0, 0)
        session = Session(viewer)
        session.click((0, *COINS[0]))
        session.finish()
        viewer.dims.set_point(0, 1)
        session.wait()
        for y, x in COINS[:2]:
            session.click((1, y, planes.shape[2] - 1 - x))
            session.finish()
        session.click((1, COINS[2][0], planes.shape[2] - 1 - COINS[2][1]))
        save_window(viewer, "stack")
