"""Read an image; write labels and pictures so that a file is either whole or not there."""

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage.io
import tifffile
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_faseg._durable import place_of, replace_file
from napari_faseg.datasets.any_format import read_any
from napari_faseg.datasets.decoding import decode_image, is_picture, pixels_up_to
from napari_faseg.interaction.images import MOST_PIXELS

TIFF_SUFFIXES = (".tif", ".tiff")
FIGURE_SUFFIXES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
MAX_UINT8 = 255
ONE_FRAME = 4  # axes of frames, rows, columns, colours


def read_colours(path: Path) -> NDArray[np.generic]:
    """Read an image file; colours of any kind become red, green and blue.

    What cannot be read raises what the library for that format raises.
    """
    content = path.read_bytes()
    if is_picture(content):
        return decode_image(content, "it")
    image = read_any(path)
    is_of_one_frame = image.ndim == ONE_FRAME and len(image) == 1  # as a GIF that does not move
    return image[0] if is_of_one_frame else image


def read_image(
    path: Path, read: Callable[[Path], NDArray[np.generic]] = read_colours
) -> NDArray[np.generic]:
    """Read an image file.

    Parameters
    ----------
    path
        Any format that imageio reads.
    read
        What reads it.

    Returns
    -------
    image : (h, w) or (h, w, c), any dtype

    Raises
    ------
    ValueError
        The file is not an image that can be read.
    """
    try:
        with pixels_up_to(MOST_PIXELS):
            return np.asarray(read(path))
    except Exception as error:
        # Every format has its own way to fail, and some messages fill a screen.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"expected an image file, got {path}: {reason}") from error


def write_labels(path: Path, labels: NDArray[np.int32]) -> None:
    """Write labels as a compressed TIFF: uint8 up to 255 objects, int32 above.

    Parameters
    ----------
    path
        Ends in `.tif` or `.tiff`; an existing file is replaced at once or not at all.
    labels : (h, w)
        0 is background.
    """
    check_labels_path(path)
    dtype = np.uint8 if labels.max(initial=0) <= MAX_UINT8 else np.int32
    _write(path, lambda part: tifffile.imwrite(part, labels.astype(dtype), compression="zlib"))


def check_labels_path(path: Path) -> None:
    """Raise a ValueError unless labels can be written there; cheap, so ask before the work."""
    if path.suffix.lower() not in TIFF_SUFFIXES:
        raise ValueError(f"expected a file that ends in .tif or .tiff, got {path}")
    check_place(path)


def check_figure_path(path: Path) -> None:
    """Raise an error unless a figure can be written there; cheap, so ask before the work."""
    _check_ending(path, FIGURE_SUFFIXES)
    check_place(path)


def check_picture_path(path: Path) -> None:
    """Raise an error unless a picture can be written there; cheap, so ask before the work."""
    _check_ending(path, PICTURE_SUFFIXES)
    check_place(path)


def check_place(path: Path) -> None:
    """Raise an error unless a file can be written there, in the place of an old one or anew."""
    check_folder(path)
    if path.is_dir():
        raise IsADirectoryError(f"expected a file, got the folder {path}")
    if path.exists() and not path.is_file():
        raise ValueError(f"expected a file, got the device {path}")
    try:
        place = place_of(path)
        # What replaces a file is written beside it, under a name that is a little longer.
        with tempfile.NamedTemporaryFile(
            prefix=f".{place.stem}-", suffix=place.suffix, dir=place.parent
        ):
            pass
    except OSError as error:
        raise OSError(
            f"expected a place that can be written, got {path}: {error.strerror}"
        ) from error


def check_folder(path: Path) -> None:
    """Raise a FileNotFoundError unless the folder of the file exists."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"expected a file in an existing folder, got {path}")


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture, (h, w, 3); the name's ending, in `PICTURE_SUFFIXES`, chooses the format."""
    check_picture_path(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "low contrast" is not the user's concern
        _write(path, lambda part: skimage.io.imsave(part, picture))


def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure; the name's ending, one of `FIGURE_SUFFIXES`, chooses the format."""
    check_figure_path(path)
    _write(path, lambda part: figure.savefig(part, dpi=150))


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8; a file name that is none stays readable."""
    content = text.encode(errors="backslashreplace")
    _write(path, lambda part: part.write_bytes(content))


def _check_ending(path: Path, endings: tuple[str, ...]) -> None:
    if path.suffix.lower() not in endings:
        raise ValueError(f"expected a file that ends in {', '.join(endings)}, got {path}")


def _write(path: Path, write: Callable[[Path], object]) -> None:
    check_folder(path)
    replace_file(path, write)
