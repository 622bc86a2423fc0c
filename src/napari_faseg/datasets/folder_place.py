"""Where in a folder or an archive somebody's own images/ lie beside labels/ or masks/."""

from collections.abc import Iterable, Iterator

from napari_faseg.datasets.decoding import SUFFIXES

DEPTH = 4  # folders below the root in which a data set is looked for
IMAGES = "images"
MASK_FOLDERS = ("labels", "masks")


def places_of_images(names: Iterable[str]) -> list[str]:
    """Return the prefixes below which both images/ and labels/ (or masks/) hold pictures.

    Places that lie in another one, or too deep, are left out.

    Parameters
    ----------
    names : iterable of str
        Paths of files, with forward slashes.
    """
    pictures = [name for name in names if name.lower().endswith(SUFFIXES)]
    places = set(_prefixes(pictures, IMAGES)) & {
        prefix for folder in MASK_FOLDERS for prefix in _prefixes(pictures, folder)
    }
    outer: list[str] = []
    for place in sorted(places):
        if not outer or not place.startswith(outer[-1]):
            outer.append(place)
    return outer


def _prefixes(names: Iterable[str], folder: str) -> Iterator[str]:
    for name in names:
        parts = name.split("/")[:-1]
        for i, part in enumerate(parts[:DEPTH]):
            if part == folder:
                yield "".join(f"{above}/" for above in parts[:i])
