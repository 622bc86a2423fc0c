"""The demonstration: a photograph that scikit-image ships, and clicks on three of its coins."""

from dataclasses import dataclass

import numpy as np
import skimage.data
from numpy.typing import NDArray

from napari_faseg.interaction import Click, ClickSession, Predictor

# One entry per object, in the order of their labels.
DEMO_CLICKS = (
    (Click(126, 102),),
    (Click(120, 272),),
    (Click(52, 334), Click(52, 300, positive=False)),
)


@dataclass(frozen=True)
class Demo:
    """What the demonstration shows.

    Attributes
    ----------
    image : (h, w) uint8
    labels : (h, w) int32
        0 is background, object k has label k + 1.
    clicks
        One tuple per object.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    clicks: tuple[tuple[Click, ...], ...]


def demo_image() -> NDArray[np.uint8]:
    """Return the photograph, (303, 384) uint8: 24 ancient coins, all much alike."""
    return np.asarray(skimage.data.coins())


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
