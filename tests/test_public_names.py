"""The public names are there, and cost nothing before they are used."""

import os
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


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "10000 -"),
        ({"GOMP_SPINCOUNT": "5"}, "5 -"),
        ({"OMP_WAIT_POLICY": "active"}, "- active"),
    ],
)
def test_torch_waits_briefly_unless_somebody_has_said_how_it_waits(given, expected) -> None:
    names = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    code = f"import os, napari_faseg; print(*(os.environ.get(name, '-') for name in {names}))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert found.stdout.strip() == expected


def test_a_name_that_there_is_not_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        getattr(napari_faseg, "nothing_of_that_name")  # noqa: B009
