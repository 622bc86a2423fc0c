"""Damaged data sets end in one sentence, whatever is wrong with them."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_faseg.datasets import Dataset, open_dataset
from tests.datasets import examples
from tests.datasets.trees import written

PICTURES = (".jpg", ".png", ".bmp", ".tif", ".mat")
LAYOUTS: dict[str, tuple[str, Callable[[], dict[str, bytes]]]] = {
    "grabcut": ("grabcut", examples.grabcut),
    "berkeley": ("berkeley", examples.berkeley),
    "davis-345": ("davis", examples.frames),
    "davis": ("davis", examples.davis),
    "coco_mval": ("coco_mval", examples.frames),
    "voc": ("voc", examples.voc),
    "folder": ("folder", examples.indexed),
    "microscopy": ("folder", examples.microscopy),
    "coco": ("coco_all", examples.coco),
    "sbd": ("sbd", examples.sbd),
}


@st.composite
def damages(draw: st.DrawFn, content: bytes) -> bytes:
    """The content cut off, emptied, or with some other bytes in it."""
    kind = draw(st.sampled_from(["cut", "bytes", "text"]))
    if kind == "cut":
        return content[: draw(st.integers(0, len(content) - 1))]
    if kind == "text":
        return draw(
            st.sampled_from([b"", b"\0", b"[]", b"null", b"{}", b"PK\x05\x06" + 18 * b"\0"])
        )
    damaged = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        damaged[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(damaged)


def read_all(name: str, root: Path) -> None:
    """Read every sample one by one and in a row; errors must be of one line and name a file."""
    try:
        dataset = open_dataset(name, root)
    except (ValueError, OSError) as error:
        check(error)
        return
    for read in (list, lambda d: [d[i] for i in range(len(d))]):
        try:
            read(dataset)  # type: ignore[operator]
        except (ValueError, OSError) as error:
            check(error)


def check(error: Exception, says: str = ".") -> None:
    assert re.search(says, str(error))
    assert "\n" not in str(error)


def needs(layout: str) -> None:
    if layout == "coco":
        pytest.importorskip("pycocotools")


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_damaged_file_gives_one_sentence(layout: str, data: st.DataObject) -> None:
    needs(layout)
    name, make = LAYOUTS[layout]
    files = make()
    chosen = data.draw(st.sampled_from(sorted(files)))
    files[chosen] = data.draw(damages(files[chosen]))
    with tempfile.TemporaryDirectory() as folder:
        read_all(name, written(files, Path(folder), as_zip=False))


@pytest.mark.parametrize("layout", ["grabcut", "voc", "folder"])
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_gives_one_sentence(layout: str, data: st.DataObject) -> None:
    name, make = LAYOUTS[layout]
    with tempfile.TemporaryDirectory() as folder:
        root = written(make(), Path(folder), as_zip=True)
        root.write_bytes(data.draw(damages(root.read_bytes())))
        read_all(name, root)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_that_is_missing_gives_one_sentence(layout: str, tmp_path: Path) -> None:
    needs(layout)
    name, make = LAYOUTS[layout]
    whole = samples(open_dataset(name, written(make(), tmp_path, as_zip=True)))
    for missing in make():
        (tmp_path / missing.replace("/", "-")).mkdir()
        files = {k: v for k, v in make().items() if k != missing}
        root = written(files, tmp_path / missing.replace("/", "-"), as_zip=True)
        try:
            left = samples(open_dataset(name, root))
        except (ValueError, OSError) as error:
            check(error)
        else:
            # Some files only belong to other parts of a benchmark; without its index, a folder
            # is another one.
            assert left <= whole or missing == "index.json"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_objects_of_a_missing_file_alone_are_left_out_where_that_is_asked_for(
    layout: str, tmp_path: Path
) -> None:
    needs(layout)
    name, make = LAYOUTS[layout]
    whole = samples(open_dataset(name, written(make(), tmp_path, as_zip=True)))
    for missing in sorted(file for file in make() if file.endswith(PICTURES)):
        (tmp_path / missing.replace("/", "-")).mkdir()
        files = {k: v for k, v in make().items() if k != missing}
        root = written(files, tmp_path / missing.replace("/", "-"), as_zip=True)
        try:
            dataset = open_dataset(name, root, incomplete=True)
        except (FileNotFoundError, ValueError) as error:
            check(error, says="has no folder|none of the layouts")  # it was the only one there
            continue
        readable = set()
        for index in range(len(dataset)):
            try:
                readable.add(dataset[index].name)
            except FileNotFoundError as error:
                check(error)
        assert readable <= whole


def samples(dataset: Dataset) -> set[str]:
    return {sample.name for sample in dataset}
