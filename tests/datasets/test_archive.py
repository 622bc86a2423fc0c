"""Archives of every compression are read in place; damaged ones are named."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_faseg.datasets import find_layout, open_dataset
from napari_faseg.datasets.archive import FolderFiles, ZipFiles, fingerprint

CONTENT = bytes(range(256)) * 8
NAMES = ("images/a.png", "labels/a.png")


def archive(path: Path, compression: int) -> bytearray:
    """Write an archive and return its bytes."""
    with zipfile.ZipFile(path, "w", compression) as written:
        for name in NAMES:
            written.writestr(name, CONTENT)
    return bytearray(path.read_bytes())


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["stored", "deflate", "bzip2", "lzma"],
)
def test_a_damaged_file_in_an_archive_is_named(compression: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    content = archive(path, compression)
    assert ZipFiles(path).read("images/a.png") == CONTENT
    content[60:90] = bytes(byte ^ 0x5A for byte in content[60:90])
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot read images/a.png in .*a.zip: ."):
        ZipFiles(path).read("images/a.png")


def with_entry_byte(content: bytearray, offset: int, value: int) -> bytes:
    """Return an archive with another byte in the first entry of its list of files."""
    content[content.index(b"PK\1\2") + offset] = value
    return bytes(content)


@pytest.mark.parametrize(
    ("offset", "value"), [(6, 255), (46, 0xEA)], ids=["version", "letter of a name"]
)
def test_an_archive_with_a_damaged_list_is_nobodys(offset: int, value: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    content = archive(path, zipfile.ZIP_STORED)
    assert find_layout(path) == "folder"
    content[content.index(b"PK\1\2") + 9] |= 8  # names are UTF-8
    path.write_bytes(with_entry_byte(content, offset, value))
    assert find_layout(path) is None
    with pytest.raises(ValueError, match=r"cannot read the list of files of .*a.zip: ."):
        open_dataset("folder", path)


def test_names_that_are_no_utf8_are_names_like_others(tmp_path: Path) -> None:
    picture = tmp_path / "images" / os.fsdecode(b"a\xff.png")
    mask = tmp_path / "labels" / picture.name
    for file in (picture, mask):
        file.parent.mkdir()
        try:
            Image.fromarray(np.eye(8, dtype=np.uint8)).save(file)
        except OSError:
            pytest.skip("this disk knows no such names")
    files = FolderFiles(tmp_path)
    one = fingerprint(files, sorted(files.names))
    assert len(open_dataset("folder", tmp_path)) == 1
    mask.write_bytes(b"another size")
    assert fingerprint(files, sorted(files.names)) != one
    (tmp_path / os.fsdecode(b"notes\xff.txt")).touch()
    files = FolderFiles(tmp_path)
    assert fingerprint(files, sorted(files.names)) != one
