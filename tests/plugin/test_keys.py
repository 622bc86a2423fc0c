import numpy as np
import pytest
from napari.layers import Labels

from napari_faseg.plugin import keys
from tests.plugin.gestures import press_key


@pytest.fixture
def pressed():
    return []


def test_a_borrowed_key_does_its_work_and_comes_back(viewer, pressed):
    borrowed = keys.BorrowedKeys()
    borrowed.bind(viewer, keys.SWAP, lambda: pressed.append("ours"))
    press_key(viewer, keys.SWAP)
    borrowed.give_back()
    assert pressed == ["ours"]
    assert keys.SWAP not in viewer.keymap


def test_a_key_that_a_person_had_bound_is_that_again_afterwards(viewer, pressed):
    viewer.bind_key("T", lambda _: pressed.append("theirs"))
    borrowed = keys.BorrowedKeys()
    borrowed.bind(viewer, keys.SWAP, lambda: pressed.append("ours"))
    borrowed.give_back()
    press_key(viewer, keys.SWAP)
    assert pressed == ["theirs"]


def test_a_key_that_somebody_else_took_meanwhile_stays_theirs(viewer, pressed):
    borrowed = keys.BorrowedKeys()
    borrowed.bind(viewer, keys.SWAP, lambda: pressed.append("ours"))
    viewer.bind_key("T", lambda _: pressed.append("theirs"), overwrite=True)
    borrowed.give_back()
    press_key(viewer, keys.SWAP)
    assert pressed == ["theirs"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_who_borrow_a_key_give_it_back_in_any_order(viewer, pressed, order):
    viewer.bind_key("T", lambda _: pressed.append("theirs"))
    borrowers = keys.BorrowedKeys(), keys.BorrowedKeys()
    for borrowed in borrowers:
        borrowed.bind(viewer, keys.SWAP, lambda: pressed.append("ours"))
    borrowers[order[0]].give_back()
    press_key(viewer, keys.SWAP)
    borrowers[order[1]].give_back()
    press_key(viewer, keys.SWAP)
    assert pressed == ["ours", "theirs"]


def test_enter_completes_a_polygon_that_a_person_is_drawing(monkeypatch, pressed):
    monkeypatch.setitem(Labels.class_keymap, keys.FINISH, lambda _: pressed.append("polygon"))
    layer = Labels(np.zeros((2, 2), int))
    keys.BorrowedKeys().bind(layer, keys.FINISH, lambda: pressed.append("finish"))
    layer.mode = "polygon"
    press_key(layer, keys.FINISH)
    layer.mode = "paint"
    press_key(layer, keys.FINISH)
    assert pressed == ["polygon", "finish"]


def test_enter_undo_redo_and_swap_work_on_every_layer_of_a_session(viewer, annotator):
    for provider in (*annotator.prompts.layers, annotator.painter.layer, viewer):
        annotator.prompts.positive.add((10, 10))
        press_key(provider, keys.FINISH)
        assert (annotator.painter.layer.data == 1).any()
        press_key(provider, keys.UNDO)
        assert len(annotator.prompts.clicks()) == 1
        press_key(provider, keys.REDO)
        assert annotator.prompts.clicks() == ()
        press_key(provider, keys.UNDO)
        press_key(provider, keys.UNDO)
        press_key(provider, keys.SWAP)
        assert viewer.layers.selection.active in annotator.prompts.layers


def test_space_and_the_letters_of_napari_are_not_touched(viewer, annotator):
    taken = {str(key) for key in viewer.keymap}
    assert taken == {"Enter", "Ctrl+Z", "Ctrl+Shift+Z", "T", "R", "N", "Shift+N"}


def test_the_end_of_a_session_gives_all_keys_back(viewer, image, annotator):
    layers = (*annotator.prompts.layers, annotator.painter.layer)
    annotator.close()
    assert [dict(provider.keymap) for provider in (*layers, viewer)] == [{}] * 4


def test_clicks_cannot_be_pasted(annotator):
    press_key(annotator.prompts.positive, keys.PASTE)
    assert annotator.prompts.clicks() == ()
