import io
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from npe2 import PluginManager, PluginManifest
from PIL import Image

import napari_faseg

pytest.importorskip("napari")

from napari_faseg.plugin import readers
from napari_faseg.plugin.readers import get_reader, read
from tests.datasets.examples import coco
from tests.datasets.trees import encoded, written

RNG = np.random.default_rng(0)
WIDE = RNG.integers(0, 255, (6, 9, 3)).astype(np.uint8)
TALL = RNG.integers(0, 255, (8, 5)).astype(np.uint8)
TRIMAP = np.zeros((6, 9), np.uint8)
TRIMAP[1:3, 1:5], TRIMAP[4] = 255, 128
LABELS = np.zeros((8, 5), np.uint8)
LABELS[5:, 2:], LABELS[0] = 3, 7


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def grabcut(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    files = {"data_GT/a.png": encoded(WIDE), "boundary_GT/a.bmp": encoded(TRIMAP, "BMP")}
    return str(written(files, tmp_path, as_zip=request.param))


@pytest.fixture
def own(tmp_path: Path) -> str:
    files = {f"images/{n}.png": encoded(image) for n, image in (("a", WIDE), ("b", TALL))}
    files |= {"labels/a.png": encoded(TRIMAP // 255), "labels/b.png": encoded(LABELS)}
    return str(written(files, tmp_path, as_zip=False))


def test_a_benchmark_opens_as_images_objects_and_what_is_not_known(grabcut: str) -> None:
    reader = get_reader(grabcut)
    assert reader is not None
    (images, about, kind), (labels, _, labels_kind), (unknown, _, _) = reader(grabcut)
    assert (kind, labels_kind, about["rgb"]) == ("image", "labels", True)
    np.testing.assert_array_equal(np.asarray(images)[0], WIDE)
    np.testing.assert_array_equal(np.asarray(labels)[0], TRIMAP == 255)
    np.testing.assert_array_equal(np.asarray(unknown)[0], TRIMAP == 128)


def test_images_of_several_sizes_are_one_stack(own: str) -> None:
    (images, _, _), (labels, _, _) = read(own)
    assert images.shape == (2, 8, 9, 3)
    assert labels.shape == (2, 8, 9)
    np.testing.assert_array_equal(np.asarray(images[0])[:6], WIDE)
    np.testing.assert_array_equal(np.asarray(labels[1])[:, :5], LABELS)
    assert not np.asarray(images[1])[:, 5:].any()


def test_images_are_decoded_when_they_are_shown(own: str) -> None:
    layers = read(own)
    Path(own, "images", "b.png").unlink()
    np.testing.assert_array_equal(np.asarray(layers[0][0][0])[:6], WIDE)


def test_coco_opens_with_all_its_objects_and_its_crowds_are_not_known(tmp_path: Path) -> None:
    pytest.importorskip("pycocotools")
    root = str(written(coco(), tmp_path, as_zip=True))
    (images, _, _), (labels, _, _), (unknown, _, _) = read(root)
    assert images.shape == (1, 6, 8, 3)
    expected = np.zeros((6, 8), int)
    expected[3:, 4:], expected[1:3, 1:4] = 1, 2
    np.testing.assert_array_equal(np.asarray(labels)[0], expected)
    np.testing.assert_array_equal(np.asarray(unknown)[0], expected == 0)


def test_pixels_that_hardly_any_image_does_not_know_stay_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "N_LOOKED_AT", 1)
    files = {f"data_GT/{n}.png": encoded(WIDE) for n in "ab"}
    files |= {"boundary_GT/a.bmp": encoded(TRIMAP * np.uint8(TRIMAP != 128), "BMP")}
    files |= {"boundary_GT/b.bmp": encoded(TRIMAP, "BMP")}
    (_, _, _), (labels, _, _) = read(str(written(files, tmp_path, as_zip=False)))
    np.testing.assert_array_equal(np.asarray(labels)[1] == -1, TRIMAP == 128)


def wide(tmp_path: Path, labels: dict[str, np.ndarray]) -> str:
    files = {f"images/{name}.png": encoded(WIDE) for name in labels}
    for name, array in labels.items():
        stream = io.BytesIO()
        tifffile.imwrite(stream, array)
        files[f"labels/{name}.tif"] = stream.getvalue()
    return str(written(files, tmp_path, as_zip=False))


def test_labels_of_thirty_two_bits_stay_what_they_are(tmp_path: Path) -> None:
    labels = np.where(TRIMAP > 0, np.uint32(2**32 - 1), np.uint32(0))
    (_, _, _), (found, _, _) = read(wide(tmp_path, {"a": labels}))
    np.testing.assert_array_equal(np.asarray(found)[0], labels)


def test_labels_that_do_not_fit_with_the_others_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "N_LOOKED_AT", 1)
    large = np.where(TRIMAP > 0, np.uint32(2**32 - 1), np.uint32(0))
    (_, _, _), (found, _, _) = read(wide(tmp_path, {"a": TRIMAP // 128, "b": large}))
    assert np.asarray(found[0]).max() == 1
    with pytest.raises(ValueError, match="labels up to 2147483647 in image 1 of .*got 4294967295"):
        np.asarray(found[1])


def test_ordinary_images_are_left_alone(tmp_path: Path) -> None:
    Image.fromarray(WIDE).save(tmp_path / "a.png")
    assert get_reader(str(tmp_path)) is None
    assert get_reader([str(tmp_path / "a.png")]) is None
    assert get_reader(str(tmp_path / "a.png")) is None
    with pytest.raises(ValueError, match="laid out as a data set"):
        read(str(tmp_path))


@pytest.fixture
def installed():
    """Make napari know the plugin, which it may have found by itself."""
    manifest = PluginManifest.from_file(Path(napari_faseg.__file__).with_name("napari.yaml"))
    manager = PluginManager.instance()
    is_known = manifest.name in {known.name for known in manager.iter_manifests()}
    if not is_known:
        manager.register(manifest)
    yield
    if not is_known:
        manager.unregister(manifest.name)


def test_napari_opens_it_by_the_name_of_the_plugin(grabcut: str, viewer, installed) -> None:
    viewer.open(grabcut, plugin="napari-faseg")
    assert [layer.name for layer in viewer.layers][:2] == ["pictures", "pictures: objects"]


def test_the_objects_of_an_index_are_those_that_it_names(tmp_path: Path) -> None:
    files = {"images/b.png": encoded(TALL), "labels/b.png": encoded(LABELS)}
    row = {"image": "images/b.png", "mask": "labels/b.png", "id": [7, 3]}
    files["index.json"] = json.dumps([row]).encode()
    (_, _, _), (labels, _, _) = read(str(written(files, tmp_path, as_zip=False)))
    np.testing.assert_array_equal(np.asarray(labels)[0], 3 * (LABELS > 0))
