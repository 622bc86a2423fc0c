"""Lists of the images of a split, one stem a line."""

from napari_faseg.datasets.archive import Files


def read_split(files: Files, name: str) -> list[str]:
    """Return the stems in a text file, each once.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not text, or empty.
    """
    try:
        lines = files.read(name).decode("utf-8-sig").split()
    except UnicodeDecodeError as error:
        raise ValueError(f"expected a list of images in {name}, got no text") from error
    if not lines:
        raise ValueError(f"expected a list of images in {name}, got an empty file")
    return list(dict.fromkeys(lines))
