from types import SimpleNamespace

import napari.settings
import pytest
from app_model.types import KeyBinding
from npe2 import PluginManifest

from napari_faseg.plugin import shortcuts
from napari_faseg.plugin.annotator import start
from napari_faseg.plugin.shortcuts import DEFAULTS, chosen_shortcuts, help_lines
from tests.fakes import DiscPredictor


@pytest.fixture
def prefer(monkeypatch):
    """Let napari's Preferences say something about some keys."""

    def prefer(**texts):
        page = SimpleNamespace(keys=SimpleNamespace(**texts))
        monkeypatch.setattr(napari.settings, "get_plugin_settings", lambda _: page, raising=False)

    return prefer


def test_the_manifest_has_the_same_keys_as_the_code():
    manifest = PluginManifest.from_distribution("napari-faseg")
    properties = manifest.contributions.configurations["keys"].properties
    assert {name: each.default for name, each in properties.items()} == {
        name: shortcut.text for name, shortcut in DEFAULTS.items()
    }


def test_without_a_choice_the_keys_are_ours(prefer):
    prefer()
    assert chosen_shortcuts() == (dict(DEFAULTS), [])


def test_a_napari_without_such_preferences_has_our_keys(monkeypatch):
    monkeypatch.delattr(napari.settings, "get_plugin_settings", raising=False)
    assert chosen_shortcuts() == (dict(DEFAULTS), [])


def test_a_plugin_that_napari_does_not_know_has_our_keys(monkeypatch):
    def unknown(name):
        raise KeyError(name)

    monkeypatch.setattr(napari.settings, "get_plugin_settings", unknown, raising=False)
    assert chosen_shortcuts() == (dict(DEFAULTS), [])


def test_a_chosen_key_does_the_work_and_the_old_one_does_not(prefer, viewer, image):
    prefer(finish="Ctrl+Shift+F", swap="Y")
    annotator = start(viewer, image, DiscPredictor())
    annotator.prompts.positive.add((10, 10))
    assert {str(key) for key in viewer.keymap} == {
        "Ctrl+Shift+F",
        "Ctrl+Z",
        "Ctrl+Shift+Z",
        *"RN",
        "Y",
        "Shift+N",
    }
    viewer.keymap[KeyBinding.from_str("Ctrl+Shift+F")](viewer)
    assert annotator.prompts.clicks() == ()
    annotator.close()
    assert dict(viewer.keymap) == {}


@pytest.mark.parametrize(
    ("texts", "reasons"),
    [
        ({"finish": "Banana"}, ["'Banana' is no key, so Enter stays: see Preferences."]),
        ({"finish": " "}, ["'' is no key, so Enter stays: see Preferences."]),
        ({"swap": "R"}, ["'R' is the key of another action, so T stays: see Preferences."]),
    ],
)
def test_a_choice_that_cannot_be_used_is_told_and_the_key_stays(prefer, texts, reasons):
    prefer(**texts)
    assert chosen_shortcuts() == (dict(DEFAULTS), reasons)


def test_the_list_of_keys_shows_the_chosen_ones(prefer):
    prefer(finish="F")
    lines = help_lines(chosen_shortcuts()[0])
    assert "F: finish the object, begin the next" in lines
    assert len(lines) == 4 + len(DEFAULTS)


def test_the_page_is_read_from_napari_where_it_has_one(request):
    if not hasattr(napari.settings, "get_plugin_settings"):
        pytest.skip("this napari has no preferences for plugins")
    request.getfixturevalue("plugin_settings")
    request.getfixturevalue("npe2pm").register(PluginManifest.from_distribution("napari-faseg"))
    page = getattr(napari.settings.get_plugin_settings(shortcuts.PLUGIN), shortcuts.PAGE)
    page.reopen = "Y"
    assert chosen_shortcuts()[0]["reopen"].text == "Y"
