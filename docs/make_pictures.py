"""Draw the pictures of these pages with the packaged weights: `python docs/make_pictures.py`."""

from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import skimage.data
import skimage.io
from numpy.typing import NDArray

from napari_faseg import Click, ClickSession, NetPredictor
from napari_faseg.cli.picture import draw
from napari_faseg.demo import segment_demo

IMAGES = Path(__file__).parent / "images"
PICTURES: dict[str, tuple[Callable[[], NDArray[np.uint8]], tuple[Click, ...]]] = {
    "coins": (skimage.data.coins, (Click(126, 102),)),
    "cat": (skimage.data.chelsea, (Click(150, 200),)),
    "cup": (skimage.data.coffee, (Click(150, 250),)),
    "cup_without_saucer": (
        skimage.data.coffee,
        (Click(150, 250), Click(200, 445, positive=False), Click(300, 260, positive=False)),
    ),
}


def main() -> None:
    """Write one picture of one object each, and one of the demonstration."""
    predictor = NetPredictor.from_weights()
    IMAGES.mkdir(exist_ok=True)
    for name, (read, clicks) in PICTURES.items():
        image = read()
        save(name, draw(image, segment(predictor, image, clicks), clicks))
    demo = segment_demo(predictor)
    save("demo", draw(demo.image, demo.labels, chain.from_iterable(demo.clicks)))


def segment(
    predictor: NetPredictor, image: NDArray[np.uint8], clicks: Iterable[Click]
) -> NDArray[np.int32]:
    """Return the object of the clicks as label 1, (h, w)."""
    session = ClickSession(predictor)
    session.set_image(image)
    for click in clicks:
        session.add_click(click)
    session.commit()
    return session.labels


def save(name: str, picture: NDArray[np.uint8]) -> None:
    """Write a picture for the pages."""
    skimage.io.imsave(IMAGES / f"{name}.png", picture, check_contrast=False)
    print(IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
