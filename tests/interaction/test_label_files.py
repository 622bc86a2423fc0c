import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.io
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction.coco import as_coco, as_coco_of_all, run_lengths
from napari_faseg.interaction.label_files import export_labels, export_stack, write_label_tiff
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.state import SessionState
from tests.interaction.places import SHAPE, A, B, C


@pytest.fixture
def stored(session: ClickSession, tmp_path: Path) -> StoredSession:
    """Two objects, one of them from two clicks, another one on a corner."""
    for clicks in ([A, B], [C]):
        session.replay(clicks)
        session.commit()
    labels = session.labels.copy()
    labels[-1, -1] = 300
    session.set_labels(labels)
    session.save(tmp_path / "session", source="images/cells.tif")
    return read_session(tmp_path / "session")


def with_labels(stored: StoredSession, labels: np.ndarray) -> StoredSession:
    return replace(stored, state=replace(stored.state, labels=labels))


@pytest.mark.parametrize("name", ["labels.tif", "labels.TIFF", "labels.png"])
def test_pictures_of_labels_hold_the_labels(
    name: str, stored: StoredSession, tmp_path: Path
) -> None:
    export_labels(stored, tmp_path / name)
    read = skimage.io.imread(tmp_path / name)
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, stored.state.labels)


@pytest.mark.parametrize(("largest", "dtype"), [(0, "u1"), (255, "u1"), (70_000, "u4")])
def test_a_tiff_has_the_smallest_type_that_holds_the_labels(
    largest: int, dtype: str, tmp_path: Path
) -> None:
    labels = np.array([[0, largest]], np.int32)
    write_label_tiff(tmp_path / "labels.tif", labels)
    read = tifffile.imread(tmp_path / "labels.tif")
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, labels)


def test_a_tiff_keeps_the_size_of_a_pixel(stored: StoredSession, tmp_path: Path) -> None:
    facts = {**stored.about.facts, "scale": [0.25, 0.5], "unit": "micrometer"}
    export_labels(
        replace(stored, about=replace(stored.about, facts=facts)), tmp_path / "labels.tif"
    )
    with tifffile.TiffFile(tmp_path / "labels.tif") as file:
        assert 'PhysicalSizeY="0.25"' in file.ome_metadata
        assert 'PhysicalSizeX="0.5"' in file.ome_metadata
        assert 'PhysicalSizeXUnit="µm"' in file.ome_metadata
        assert file.pages.first.get_resolution("micrometer") == pytest.approx((2, 4))  # x, y
        np.testing.assert_array_equal(file.asarray(), stored.state.labels)


def test_labels_that_a_png_cannot_hold_are_refused(stored: StoredSession, tmp_path: Path) -> None:
    labels = np.full(SHAPE, 2**16, np.int32)
    with pytest.raises(ValueError, match=r"expected labels up to 65535 for a PNG, got 65536"):
        export_labels(with_labels(stored, labels), tmp_path / "labels.png")
    assert not (tmp_path / "labels.png").exists()


def test_an_unknown_ending_is_refused(stored: StoredSession, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in .tif, .tiff, .png, .json, got .*labels.npy"):
        export_labels(stored, tmp_path / "labels.npy")


def test_coco_has_an_annotation_for_each_object_with_its_clicks(
    stored: StoredSession, tmp_path: Path
) -> None:
    export_labels(stored, tmp_path / "objects.json")
    read = json.loads((tmp_path / "objects.json").read_text())
    assert read["images"] == [{"id": 1, "file_name": "cells.tif", "height": 20, "width": 30}]
    assert [entry["id"] for entry in read["annotations"]] == [1, 2, 300]
    assert [len(entry["clicks"]) for entry in read["annotations"]] == [2, 1, 0]
    assert read["annotations"][0]["clicks"][0] == [5, 5, 1]
    assert read["annotations"][2]["bbox"] == [29, 19, 1, 1]


def test_pycocotools_reads_the_masks_as_they_are(stored: StoredSession, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    export_labels(stored, tmp_path / "objects.json")
    read = coco.COCO(str(tmp_path / "objects.json"))
    for annotation in read.loadAnns(read.getAnnIds()):
        mask = stored.state.labels == annotation["id"]
        np.testing.assert_array_equal(read.annToMask(annotation), mask)
        rows, columns = np.nonzero(mask)
        assert annotation["area"] == mask.sum()
        assert annotation["bbox"] == [
            columns.min(),
            rows.min(),
            np.ptp(columns) + 1,
            np.ptp(rows) + 1,
        ]


@given(arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_run_lengths_give_the_mask_back(mask: np.ndarray) -> None:
    positions = np.flatnonzero(mask.ravel(order="F"))
    counts = run_lengths(positions, mask.size) if positions.size else [mask.size]
    values = np.repeat(np.arange(len(counts)) % 2, counts)
    np.testing.assert_array_equal(values.reshape(mask.shape, order="F"), mask)
    assert all(counts[1:])


def test_an_image_without_objects_has_no_annotations() -> None:
    assert as_coco(SessionState.blank((3, 4), 0.5), "a.png")["annotations"] == []


def test_coco_gives_no_object_the_clicks_of_another_one_that_had_its_label(
    session: ClickSession,
) -> None:
    session.replay([A])
    session.commit()
    session.delete(1)
    labels = np.zeros(SHAPE, np.int32)
    labels[15:18, 20:24] = 1
    session.set_labels(labels)
    (found,) = as_coco(session.state, "a.png")["annotations"]
    assert found["bbox"] == [20, 15, 4, 3]
    assert found["clicks"] == []


def test_coco_gives_an_object_that_was_merged_or_painted_no_clicks(session: ClickSession) -> None:
    for click in (A, C):
        session.replay([click])
        session.commit()
    painted = session.labels.copy()
    painted[0, 0] = 2
    session.adopt(painted)
    assert [len(o["clicks"]) for o in as_coco(session.state, "a.png")["annotations"]] == [1, 0]
    session.merge([1, 2])
    assert [len(o["clicks"]) for o in as_coco(session.state, "a.png")["annotations"]] == [0]


def named(session: ClickSession, **names: str) -> SessionState:
    for click, text in zip((A, B, C), names.values(), strict=False):
        session.replay([click])
        session.classify(session.commit(), text)
    return session.state


def test_the_categories_of_coco_are_what_objects_are_called(session: ClickSession) -> None:
    coco = as_coco(named(session, first="silver", second="", third="gold"), "a.png")
    assert coco["categories"] == [
        {"id": 1, "name": "object"},
        {"id": 2, "name": "gold"},
        {"id": 3, "name": "silver"},
    ]
    assert [found["category_id"] for found in coco["annotations"]] == [3, 1, 2]


def test_there_is_no_category_that_no_object_has_unless_there_are_no_objects(
    session: ClickSession,
) -> None:
    assert as_coco(session.state, "a.png")["categories"] == [{"id": 1, "name": "object"}]
    state = named(session, first="gold", second="gold")
    assert as_coco(state, "a.png")["categories"] == [{"id": 1, "name": "gold"}]


def test_images_of_one_data_set_share_their_categories(session: ClickSession) -> None:
    first = named(session, first="silver", second="gold")
    session.relabel(2, 5)
    session.classify(1, "copper")
    coco = as_coco_of_all([(first, "a.png"), (session.state, "b.png")])
    names = {entry["id"]: entry["name"] for entry in coco["categories"]}
    assert list(names.values()) == ["copper", "gold", "silver"]
    found = [(o["image_id"], o["label"], names[o["category_id"]]) for o in coco["annotations"]]
    assert found == [(1, 1, "silver"), (1, 2, "gold"), (2, 1, "copper"), (2, 5, "gold")]
    assert [entry["id"] for entry in coco["annotations"]] == [1, 2, 3, 4]


def test_a_session_that_was_not_read_is_refused_in_one_sentence(
    session: ClickSession, tmp_path: Path
) -> None:
    for export in (export_labels, export_stack):
        with pytest.raises(TypeError, match="expected a .* from read_.*, got a ClickSession"):
            export(session, tmp_path / "labels.tif")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
