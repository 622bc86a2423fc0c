"""What a folder is about, and whether the image of a session is still where it was."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction.about import About
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.journal import as_line
from napari_faseg.interaction.session_search import file_facts, has_file_of_its_own, read_about
from tests.fakes import DiscPredictor

IMAGE = np.zeros((6, 8), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    session = ClickSession(DiscPredictor())
    session.set_image(IMAGE)
    session.save(tmp_path / "a.faseg")
    return tmp_path / "a.faseg"


def test_a_session_says_what_it_is_about(folder: Path) -> None:
    about = read_about(folder)
    assert about is not None
    assert about.image == ImageIdentity.of(IMAGE)


def test_one_whose_snapshot_is_damaged_says_it_in_its_journal(folder: Path) -> None:
    (folder / "0001.snapshot").write_bytes(b"damaged\n")
    assert read_about(folder) is not None
    (folder / "0001.journal").write_bytes(b"")
    assert read_about(folder) is None


def test_what_is_no_session_is_about_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path, tmp_path / "file", tmp_path / "nowhere"):
        assert read_about(place) is None


def test_a_session_of_a_later_version_is_about_nothing_that_is_known(folder: Path) -> None:
    (folder / "0001.snapshot").write_bytes(as_line({"format": 99}))
    assert read_about(folder) is None


def test_an_image_has_moved_where_its_file_is_gone_or_is_another_one(tmp_path: Path) -> None:
    file, other = tmp_path / "a.tif", tmp_path / "b.tif"
    file.write_bytes(b"image")
    os.utime(file, (10, 10))
    facts = {"source": str(file), **file_facts(file)}
    about = About(ImageIdentity.of(IMAGE), facts)
    assert has_file_of_its_own(about, other)
    assert has_file_of_its_own(about, None)
    assert not has_file_of_its_own(about, file)
    os.utime(file, (20, 20))
    assert not has_file_of_its_own(about, other)
    file.write_bytes(b"images")
    os.utime(file, (10, 10))
    assert not has_file_of_its_own(about, other)
    assert has_file_of_its_own(replace(about, facts={"source": str(file)}), other)
    file.unlink()
    assert not has_file_of_its_own(about, other)
    assert not has_file_of_its_own(replace(about, facts={}), other)
