"""The public names are there, and cost nothing before they are used."""

import subprocess
import sys

import pytest

import napari_faseg
from napari_faseg import evaluation, interaction, models, training


@pytest.mark.parametrize("room", [napari_faseg, evaluation, interaction, models, training])
def test_every_public_name_can_be_used(room) -> None:
    for name in room.__all__:
        assert getattr(room, name) is not None
    assert set(room.__all__) - {"__version__"} <= set(dir(room))


def test_the_package_is_imported_without_torch() -> None:
    code = "import sys, napari_faseg; print('torch' in sys.modules, callable(napari_faseg.fit))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert found.stdout.strip() == "False True"


def test_a_name_that_there_is_not_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        getattr(napari_faseg, "nothing_of_that_name")  # noqa: B009
