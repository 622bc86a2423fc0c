import os
from pathlib import Path

import pytest

from napari_faseg.models import (
    FASegNet,
    add_weights,
    available_weights,
    delete_weights,
    export_weights,
    load_model,
    new_weights_path,
    save_model,
)
from tests.models.networks import tiny_preset


@pytest.fixture(scope="module")
def net() -> FASegNet:
    return FASegNet(preset=tiny_preset())


def names() -> list[str]:
    return [info.name for info in available_weights()]


def test_own_weights_are_known_by_their_name_after_the_packaged_ones(net: FASegNet) -> None:
    assert names() == ["default"]
    save_model(net, new_weights_path("my nuclei"))
    assert names() == ["default", "my nuclei"]
    own = available_weights()[1]
    assert own.is_own
    assert len(own.sha256) == 64
    assert load_model("my nuclei").preset == tiny_preset()


def test_own_weights_are_deleted_and_packaged_ones_are_not(net: FASegNet) -> None:
    path = new_weights_path("mine")
    save_model(net, path)
    path.with_suffix(".csv").write_text("step")
    delete_weights("mine")
    assert names() == ["default"]
    assert list(path.parent.iterdir()) == []  # the name is free again
    with pytest.raises(ValueError, match=r"expected own weights \(there are none\), got 'default'"):
        delete_weights("default")


def test_weights_are_exported_and_nothing_is_overwritten(net: FASegNet, tmp_path: Path) -> None:
    save_model(net, new_weights_path("mine"))
    export_weights("mine", tmp_path / "copy.safetensors")
    assert load_model(tmp_path / "copy.safetensors").preset == tiny_preset()
    with pytest.raises(FileExistsError, match="exists already"):
        export_weights("mine", tmp_path / "copy.safetensors")
    with pytest.raises(ValueError, match="expected weights among default, mine, got 'yours'"):
        export_weights("yours", tmp_path / "other.safetensors")


def test_a_file_of_weights_is_added_under_its_own_or_another_name(
    net: FASegNet, tmp_path: Path
) -> None:
    save_model(net, tmp_path / "nuclei.safetensors")
    add_weights(tmp_path / "nuclei.safetensors")
    add_weights(tmp_path / "nuclei.safetensors", "cells")
    assert names() == ["default", "cells", "nuclei"]
    assert load_model("cells").preset == tiny_preset()
    with pytest.raises(ValueError, match="'nuclei' already: choose another name"):
        add_weights(tmp_path / "nuclei.safetensors")


def test_what_is_no_file_of_weights_is_not_added(tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"mine\.safetensors"):
        add_weights(tmp_path / "mine.safetensors")
    with pytest.raises(FileNotFoundError, match="expected a file of weights, got 'gone'"):
        add_weights("gone")
    assert names() == ["default"]


@pytest.mark.parametrize("name", ["", "../mine", "a/b", ".hidden", "x" * 64, "a\nb"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a name of letters"):
        new_weights_path(name)


@pytest.mark.parametrize("name", ["cells.best", "cells.run"])
def test_a_name_under_which_no_weights_would_be_listed_is_refused(
    name: str, net: FASegNet, tmp_path: Path, own_weights: Path
) -> None:
    message = f"does not end in .run or .best, .* got '{name}': choose another name"
    with pytest.raises(ValueError, match=message):
        new_weights_path(name)
    save_model(net, tmp_path / f"{name}.safetensors")
    with pytest.raises(ValueError, match=message):
        add_weights(tmp_path / f"{name}.safetensors")
    assert not list(own_weights.glob("*"))
    add_weights(tmp_path / f"{name}.safetensors", f"{name}.1")
    assert names() == ["default", f"{name}.1"]


def test_a_name_that_is_taken_is_refused(net: FASegNet) -> None:
    save_model(net, new_weights_path("mine"))
    for taken in ("mine", "default"):
        with pytest.raises(ValueError, match="already: choose another name"):
            new_weights_path(taken)


def test_what_a_run_keeps_while_it_lasts_is_not_offered(net: FASegNet, own_weights: Path) -> None:
    new_weights_path("mine")
    for ending in ("run", "best"):
        save_model(net, own_weights / f"mine.{ending}.safetensors")
    assert names() == ["default"]


@pytest.mark.skipif(os.name != "posix", reason="links need a permission there")
def test_what_is_no_file_among_own_weights_is_left_out(
    net: FASegNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_FASEG_WEIGHTS", str(tmp_path))
    path = new_weights_path("mine")
    save_model(net, path)
    path.with_name("broken.safetensors").symlink_to(path.with_name("nowhere"))
    path.with_name("folder.safetensors").mkdir()
    assert names() == ["default", "mine"]
