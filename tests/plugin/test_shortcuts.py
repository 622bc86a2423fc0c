from types import SimpleNamespace

import napari.settings
import pytest
from app_model.types import KeyBinding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


@pytest.mark.parametrize(
    "texts",
    [
        {"finish": "R", "reopen": "X"},
        {"finish": "R", "reopen": "Enter"},
        {"carry_on": "Shift+N", "carry_back": "N"},
        {"undo": "Ctrl+Shift+Z", "redo": "Ctrl+Z"},
        {"finish": "R", "reopen": "N", "carry_on": "Enter"},
    ],
)
def test_a_key_that_another_action_has_given_up_can_be_chosen(prefer, texts):
    prefer(**texts)
    chosen, reasons = chosen_shortcuts()
    assert reasons == []
    assert {name: chosen[name].text for name in texts} == texts


def test_who_has_chosen_the_key_that_another_falls_back_to_falls_back_too(prefer):
    prefer(finish="Banana", reopen="Enter", carry_on="R")
    assert chosen_shortcuts() == (
        dict(DEFAULTS),
        [
            "'Banana' is no key, so Enter stays: see Preferences.",
            "'Enter' is the key of another action, so R stays: see Preferences.",
            "'R' is the key of another action, so N stays: see Preferences.",
        ],
    )


def test_the_first_of_two_actions_with_one_new_key_has_it(prefer):
    prefer(reopen="Y", swap="y")
    chosen, reasons = chosen_shortcuts()
    assert (chosen["reopen"].text, chosen["swap"].text) == ("Y", "T")
    assert reasons == ["'y' is the key of another action, so T stays: see Preferences."]


KEYS = [*(each.text for each in DEFAULTS.values()), "F", "Ctrl+Y"]
ANY = st.dictionaries(
    st.sampled_from(list(DEFAULTS)), st.sampled_from([*KEYS, "enter", "Banana", ""])
)
EXCHANGED = st.permutations(KEYS).map(lambda keys: dict(zip(DEFAULTS, keys, strict=False)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY | EXCHANGED)
def test_whatever_is_chosen_each_action_has_a_key_of_its_own(prefer, texts):
    prefer(**texts)
    chosen, reasons = chosen_shortcuts()
    bindings = [shortcut.binding for shortcut in chosen.values()]
    assert len(set(bindings)) == len(DEFAULTS)
    texts = {name: each.text for name, each in DEFAULTS.items()} | texts
    fallen = [name for name, shortcut in chosen.items() if shortcut.text != texts[name]]
    assert len(reasons) == len(fallen)
    assert all(chosen[name] == DEFAULTS[name] for name in fallen)
    keys = [str(KeyBinding.from_str(text)) for text in texts.values()]
    if "" not in keys and len(set(keys)) == len(keys):
        assert fallen == [], "nobody is in the way of anybody"


def test_a_chosen_key_does_nothing_else_on_the_clicks(prefer, viewer, image):
    prefer(swap="Backspace", reopen="Ctrl+V")
    annotator = start(viewer, image, DiscPredictor())
    annotator.prompts.positive.add((10, 10))
    annotator.prompts.positive.keymap[KeyBinding.from_str("Backspace")](annotator.prompts.positive)
    assert annotator.buttons.swapped
    assert len(annotator.prompts.clicks()) == 1
    annotator.close()
    assert dict(annotator.prompts.positive.keymap) == {}


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
