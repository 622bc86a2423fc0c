"""Which mask belongs to which image, where the two lie in folders of their own."""

from pathlib import PurePosixPath

from napari_faseg.datasets.archive import Files
from napari_faseg.datasets.decoding import SUFFIXES
from napari_faseg.datasets.pair import ONE_OBJECT, Pair, incomplete


def pairs_of_folders(files: Files, images: str, masks: str, what: str) -> list[Pair]:
    """Pair the pictures of two folders by their stems, in the order of the stems.

    Parameters
    ----------
    files : Files
    images, masks : str
        Paths of the folders, which may lie in another folder.
    what : str
        Name of the data set, for the errors.

    Raises
    ------
    FileNotFoundError
        If a folder is missing.
    ValueError
        If several images or masks have one name.
    """
    pictures, found = (pictures_by_stem(files, folder_of(files, f, what)) for f in (images, masks))
    return [
        Pair(picture, found[stem], ONE_OBJECT, stem)
        if stem in found
        else incomplete(f"{files.root} has no mask in {masks}/ for {picture}", picture, stem)
        for stem, picture in sorted(pictures.items())
    ]


def folder_of(files: Files, folder: str, what: str) -> str:
    """Return the prefix of a folder's files, wherever in the files the folder lies.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If there are several, none of which lies nearer to the root than the others.
    """
    within = f"/{folder}/"
    prefixes = {n[: i + len(within) - 1] for n in files.names if (i := f"/{n}".find(within)) >= 0}
    if not prefixes:
        raise FileNotFoundError(f"expected {what} in {files.root}, but it has no folder {folder}/")
    depth = min(prefix.count("/") for prefix in prefixes)
    nearest = sorted(prefix for prefix in prefixes if prefix.count("/") == depth)
    if len(nearest) > 1:
        raise ValueError(f"expected {what} once in {files.root}, got {nearest[0]} and {nearest[1]}")
    return nearest[0]


def pictures_by_stem(files: Files, prefix: str) -> dict[str, str]:
    """Return the names of the pictures below a prefix by their path without prefix and suffix.

    Raises
    ------
    ValueError
        If two are equal but for their suffixes.
    """
    names = sorted(n for n in files.names if n.startswith(prefix) and n.lower().endswith(SUFFIXES))
    found: dict[str, str] = {}
    for name in names:
        stem = str(PurePosixPath(name[len(prefix) :]).with_suffix(""))
        if stem in found:
            raise ValueError(f"expected one of {found[stem]} and {name} in {files.root}, got both")
        found[stem] = name
    return found
