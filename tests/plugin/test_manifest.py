from pathlib import Path

import pytest
from npe2 import PluginManifest

import napari_faseg

MANIFEST = Path(napari_faseg.__file__).with_name("napari.yaml")


@pytest.fixture
def manifest():
    manifest = PluginManifest.from_file(MANIFEST)
    manifest.validate_imports()
    return manifest


def test_every_command_of_the_manifest_can_be_imported(manifest):
    assert manifest.name == "napari-faseg"


def test_the_widget_is_in_the_menus_where_people_look_for_it(manifest):
    menus = manifest.contributions.menus
    for menu in ("napari/layers/segment", "napari/layers/annotate"):
        assert [item.command for item in menus[menu]] == ["napari-faseg.segment"]


def test_a_recorded_session_is_opened_from_the_menu_of_files(manifest):
    items = manifest.contributions.menus["napari/file/io_utilities"]
    assert [item.command for item in items] == ["napari-faseg.open"]


def test_the_command_palette_offers_nothing_that_needs_a_path(manifest):
    found = manifest.contributions
    called_with_path = [each.command for each in (*found.readers, *found.writers)]
    for command in found.commands:
        assert (command.enablement == "False") == (command.id in called_with_path), command.id


def test_there_are_images_to_try_it_on(manifest):
    assert [sample.key for sample in manifest.contributions.sample_data] == [
        "cat",
        "coffee",
        "coins",
    ]


def test_only_folders_and_archives_are_offered_to_the_reader(manifest):
    [reader] = manifest.contributions.readers
    assert reader.filename_patterns == ["*.zip"]
    assert reader.accepts_directories
