"""The demonstration: a photograph that scikit-image ships, and clicks on three of its objects."""

from dataclasses import dataclass

import numpy as np
import skimage.data
from numpy.typing import NDArray

from napari_faseg.interaction import Click, ClickSession, Predictor

# One entry per object, in the order of their labels. Finished objects keep their pixels, so the
# saucer comes last and needs no clicks to leave out what stands on it.
CUP = (
    Click(170, 300),
    Click(230, 290),
    Click(300, 130, positive=False),
    Click(275, 365, positive=False),
)
SPOON = (Click(285, 365),)
SAUCER = (Click(330, 150), Click(180, 440))
DEMO_CLICKS = (CUP, SPOON, SAUCER)


@dataclass(frozen=True)
class Demo:
    """What the demonstration shows.

    Attributes
    ----------
    image : (h, w, 3) uint8
    labels : (h, w) int32
        0 is background, object k has label k + 1.
    clicks
        One tuple per object.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    clicks: tuple[tuple[Click, ...], ...]


def demo_image() -> NDArray[np.uint8]:
    """Return the photograph, (400, 600, 3) uint8 in RGB: a cup of coffee on a saucer."""
    return np.asarray(skimage.data.coffee())


def segment_demo(predictor: Predictor) -> Demo:
    """Segment the objects of the demonstration, click by click.

    Parameters
    ----------
    predictor
        For instance `NetPredictor.from_weights()`.
    """
    image = demo_image()
    session = ClickSession(predictor)
    session.set_image(image)
    for clicks in DEMO_CLICKS:
        for click in clicks:
            session.add_click(click)
        session.commit()
    return Demo(image, session.labels, DEMO_CLICKS)
