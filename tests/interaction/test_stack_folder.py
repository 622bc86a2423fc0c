"""The sessions of the planes of an image in one folder, and what can be made of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.about import About
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.journal import as_line
from napari_faseg.interaction.label_files import export_stack
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.interaction.session_folder import StoredSession
from napari_faseg.interaction.stack_folder import (
    StoredStack,
    is_stack,
    name_of,
    plane_of,
    read_stack,
    save_stack,
)
from tests.fakes import DiscPredictor

VOLUME = np.arange(3 * 6 * 8, dtype=np.uint8).reshape(3, 6, 8)


def stored(
    click: Click, index: tuple[int, ...], axes: tuple[int, int] = (1, 2), **more: Any
) -> StoredSession:
    """Return the session of a plane in which one object of one pixel was finished."""
    view = RecordedView(axes, index, rgb=False, contrast_limits=(0, 255))
    plane = view.plane(VOLUME)
    session = ClickSession(DiscPredictor(radius=0))
    session.set_image(plane)
    session.add_click(click)
    session.commit()
    facts = {"view": view.to_dict(), "source": "/data/cells.tif", **more}
    about = About(ImageIdentity.of(plane), facts)
    return StoredSession(about, session.state, 2, "", is_closed=True, number=1)


@pytest.fixture
def stack() -> StoredStack:
    planes = stored(Click(1, 2), (0, 0, 0)), stored(Click(3, 4), (2, 0, 0))
    return StoredStack(VOLUME.shape, planes)


def test_a_stack_is_read_back_as_it_was_written(stack: StoredStack, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cells.faseg"
    save_stack(folder, stack)
    again = read_stack(folder)
    assert is_stack(folder)
    assert again.warnings == ()
    assert np.argwhere(again.labels).tolist() == [[0, 1, 2], [2, 3, 4]]
    assert [list(s.state.finished[1].clicks) for s in again.planes] == [
        [Click(1, 2)],
        [Click(3, 4)],
    ]


def test_writing_it_again_brings_it_up_to_date(stack: StoredStack, tmp_path: Path) -> None:
    save_stack(tmp_path / "a.faseg", stack)
    more = stored(Click(5, 5), (1, 0, 0))
    save_stack(tmp_path / "a.faseg", StoredStack(stack.shape, (*stack.planes, more)))
    assert np.argwhere(read_stack(tmp_path / "a.faseg").labels).shape == (3, 3)


def test_planes_that_cross_have_names_of_their_own_and_share_a_line() -> None:
    flat, upright = stored(Click(1, 2), (0, 0, 0)), stored(Click(0, 7), (0, 1, 0), axes=(0, 2))
    assert name_of(flat.about) == "plane-0"
    assert name_of(upright.about) == "plane-1-axes-0-2"
    labels = StoredStack(VOLUME.shape, (flat, upright)).labels
    assert np.argwhere(labels).tolist() == [[0, 1, 2], [0, 1, 7]]


def test_a_session_that_does_not_know_its_plane_is_refused(stack: StoredStack) -> None:
    about = About(stack.planes[0].about.image, {})
    with pytest.raises(ValueError, match="one that does not say of which"):
        plane_of(about, np.zeros(VOLUME.shape))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"noise\n",
        *(
            as_line(entry)
            for entry in (
                {"format": 99},
                {"format": 1},
                {"format": 1, "shape": 5},
                {"format": 1, "shape": [3, -1, 4]},
                {"format": 1, "shape": [3, "4"]},
            )
        ),
    ],
)
def test_a_damaged_stack_is_refused_and_stays(
    stack: StoredStack, tmp_path: Path, content: bytes
) -> None:
    save_stack(tmp_path, stack)
    (tmp_path / "stack").write_bytes(content)
    with pytest.raises(ValueError, match="is damaged, or a later version wrote it"):
        read_stack(tmp_path)
    with pytest.raises(FileNotFoundError, match="expected the folder of a saved stack"):
        read_stack(tmp_path / "nowhere")


def test_a_session_of_one_image_is_not_turned_into_a_stack(
    stack: StoredStack, tmp_path: Path
) -> None:
    save_stack(tmp_path / "a", stack)
    with pytest.raises(FileExistsError, match="expected a new folder or a saved stack"):
        save_stack(tmp_path / "a" / "plane-0.faseg", stack)


@pytest.mark.parametrize("name", ["labels.tif", "objects.json"])
def test_all_planes_are_exported_by_one_command(
    name: str, stack: StoredStack, tmp_path: Path
) -> None:
    save_stack(tmp_path / "a.faseg", stack)
    command = ["export", str(tmp_path / "a.faseg"), "--output", str(tmp_path / name)]
    answer = CliRunner().invoke(app, command)
    assert (answer.exit_code, "2 objects on 2 planes" in answer.output) == (0, True)
    if name == "labels.tif":
        assert np.array_equal(tifffile.imread(tmp_path / name), stack.labels)
        return
    found = json.loads((tmp_path / name).read_text())
    assert [i["file_name"] for i in found["images"]] == ["cells.plane-0.tif", "cells.plane-2.tif"]
    assert [a["bbox"] for a in found["annotations"]] == [[2, 1, 1, 1], [4, 3, 1, 1]]
    assert [a["image_id"] for a in found["annotations"]] == [1, 2]


def test_other_endings_are_refused(stack: StoredStack, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a file that ends in .tif, .tiff, .json, got"):
        export_stack(stack, tmp_path / "labels.png")


def ome(path: Path) -> str:
    with tifffile.TiffFile(path) as file:
        return str(file.ome_metadata)


def test_the_tiff_of_a_stack_says_how_large_a_pixel_is_and_how_far_planes_lie_apart(
    tmp_path: Path,
) -> None:
    known = {"scales": [2, 0.25, 0.5], "units": ["micrometer"] * 3}
    labels = StoredStack(VOLUME.shape, (stored(Click(1, 2), (0, 0, 0), **known),))
    export_stack(labels, tmp_path / "labels.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "labels.tif"), labels.labels)
    for axis, size in (("Z", "2.0"), ("Y", "0.25"), ("X", "0.5")):
        assert f'PhysicalSize{axis}="{size}"' in ome(tmp_path / "labels.tif")
        assert f'PhysicalSize{axis}Unit="µm"' in ome(tmp_path / "labels.tif")
    with tifffile.TiffFile(tmp_path / "labels.tif") as file:
        assert file.pages.first.get_resolution("MICROMETER") == pytest.approx((2, 4))


def test_a_stack_whose_planes_know_no_more_than_their_own_pixels_keeps_these(
    tmp_path: Path,
) -> None:
    known = {"scale": [0.25, 0.5], "unit": "nanometer"}
    labels = StoredStack(VOLUME.shape, (stored(Click(1, 2), (0, 0, 0), **known),))
    export_stack(labels, tmp_path / "labels.tif")
    assert 'PhysicalSizeY="0.25"' in ome(tmp_path / "labels.tif")
    assert 'PhysicalSizeXUnit="nm"' in ome(tmp_path / "labels.tif")
    assert "PhysicalSizeZ" not in ome(tmp_path / "labels.tif")


def test_a_stack_with_an_axis_of_one_pixel_keeps_its_shape_and_the_size_of_a_pixel(
    tmp_path: Path,
) -> None:
    known = {"scales": [1, 2, 0.25, 0.5], "units": ["micrometer"] * 4}
    view = RecordedView((2, 3), (0, 1, 0, 0), rgb=False, contrast_limits=(0, 255))
    plane = stored(Click(1, 2), (0, 0, 0), **known)
    about = replace(plane.about, facts={**plane.about.facts, "view": view.to_dict()})
    labels = StoredStack((1, *VOLUME.shape), (replace(plane, about=about),))
    export_stack(labels, tmp_path / "labels.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "labels.tif"), labels.labels)
    with tifffile.TiffFile(tmp_path / "labels.tif") as file:
        assert file.pages.first.get_resolution("MICROMETER") == pytest.approx((2, 4))


def test_channels_of_an_image_are_no_planes_of_its_labels(tmp_path: Path) -> None:
    known = {"scales": [1, 2, 0.25, 0.5], "units": ["pixel", *["micrometer"] * 3]}
    view = RecordedView(
        (2, 3), (0, 1, 0, 0), rgb=False, contrast_limits=None, channel_axis=0, channels=(0,)
    )
    plane = stored(Click(1, 2), (0, 0, 0), **known)
    about = replace(plane.about, facts={**plane.about.facts, "view": view.to_dict()})
    labels = StoredStack(VOLUME.shape, (replace(plane, about=about),))
    export_stack(labels, tmp_path / "labels.tif")
    assert 'PhysicalSizeZ="2.0"' in ome(tmp_path / "labels.tif")
    assert 'PhysicalSizeX="0.5"' in ome(tmp_path / "labels.tif")
