import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_faseg._durable import Disk
from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.changes import apply_changes
from napari_faseg.interaction.session_folder import read_session
from napari_faseg.interaction.state import SessionState
from tests.fakes import DiscPredictor
from tests.interaction.places import SHAPE, A, B, C, disc
from tests.interaction.workload import kept


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cells.faseg"


@pytest.fixture
def again() -> ClickSession:
    """The session of another process, on the same image."""
    session = ClickSession(DiscPredictor())
    session.set_image(np.zeros(SHAPE, np.uint8))
    return session


def with_an_object_and_a_click(session: ClickSession) -> None:
    session.replay([A, B])
    session.commit()
    session.add_click(C)


def test_a_saved_session_is_loaded_with_its_objects_and_the_one_in_progress(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    with_an_object_and_a_click(session)
    session.save(folder)
    again.load(folder)
    assert kept(again.state) == kept(session.state)
    assert again.clicks == (C,)
    assert not again.can_undo


def test_a_loaded_object_is_reopened_with_its_clicks(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    with_an_object_and_a_click(session)
    session.save(folder)
    again.load(folder)
    again.reset()
    again.reopen(1)
    assert again.clicks == (A, B)
    np.testing.assert_array_equal(again.mask, disc(A, B))
    again.add_click(C)
    assert again.commit() == 1
    np.testing.assert_array_equal(again.labels == 1, disc(A, B, C))


def test_a_foreign_object_that_is_being_corrected_is_loaded_with_its_mask(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    session.set_labels(3 * disc(A))
    session.reopen(3)
    session.save(folder)
    again.load(folder)
    np.testing.assert_array_equal(again.mask, disc(A))
    assert again.next_label == 3
    again.reset()
    np.testing.assert_array_equal(again.labels, 3 * disc(A))


def test_saving_again_replaces_what_was_saved(session: ClickSession, folder: Path) -> None:
    session.save(folder)
    with_an_object_and_a_click(session)
    session.save(folder)
    stored = read_session(folder)
    assert kept(stored.state) == kept(session.state)
    assert stored.warnings == ()


def test_a_recorded_session_is_on_the_disk_after_each_action(
    session: ClickSession, folder: Path
) -> None:
    session.record(folder)
    session.add_click(A)
    assert read_session(folder).state.clicks == (A,)
    session.commit()
    np.testing.assert_array_equal(read_session(folder).state.labels, disc(A))
    session.close()
    session.add_click(C)
    assert read_session(folder).state.clicks == ()


def test_a_session_goes_on_where_a_killed_one_ended(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    session.record(folder)
    with_an_object_and_a_click(session)
    session.recorder._lock.close()  # as the system does when a process ends
    with pytest.warns(UserWarning, match="was not closed; what it holds is whole: 3 actions"):
        again.record(folder, resume=True)
    assert kept(again.state) == kept(session.state)
    again.commit()
    again.close()
    assert read_session(folder).state.n_objects == 2


def test_a_second_window_can_read_but_not_write(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    session.record(folder)
    session.add_click(A)
    with pytest.raises(RuntimeError, match="in use by process .*: it can be read here"):
        again.record(folder, resume=True)
    with pytest.raises(RuntimeError, match="in use by process"):
        again.save(folder)
    with pytest.warns(UserWarning, match="was not closed"):
        again.load(folder)
    assert again.clicks == (A,)
    session.add_click(B)
    assert read_session(folder).state.clicks == (A, B)
    session.close()
    again.record(folder, resume=True)
    assert again.clicks == (A, B)
    again.close()


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (np.ones(SHAPE, np.uint8), r"another one of shape \(20, 30\) with other pixels"),
        (np.zeros(SHAPE, np.uint16), r"uint8 of shape \(20, 30\), got uint16"),
        (np.zeros((30, 20), np.uint8), r"got uint8 of shape \(30, 20\)"),
        (np.zeros((*SHAPE, 3), np.uint8), r"got uint8 of shape \(20, 30, 3\)"),
    ],
)
def test_masks_are_never_laid_on_another_image(
    other: np.ndarray, sentence: str, session: ClickSession, folder: Path, again: ClickSession
) -> None:
    with_an_object_and_a_click(session)
    session.save(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again.set_image(other)
    again.add_click(A)
    for act in (again.load, again.save, lambda path: again.record(path, resume=True)):
        with pytest.raises(ValueError, match=sentence):
            act(folder)
    assert again.clicks == (A,)
    assert not again.labels.any()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_with_a_session_is_not_begun_afresh(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    with_an_object_and_a_click(session)
    session.save(folder)
    with pytest.raises(FileExistsError, match="holds a session already"):
        again.record(folder)
    assert read_session(folder).state.n_objects == 1


def test_a_folder_or_file_of_somebody_else_is_left_alone(
    session: ClickSession, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for path in (tmp_path, tmp_path / "thesis.txt"):
        for act in (session.save, session.record):
            with pytest.raises(
                FileExistsError, match="expected a new folder or a recorded session"
            ):
                act(path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_without_a_session_is_refused(session: ClickSession, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "file"):
        for open_there in (session.load, read_session, lambda p: session.record(p, resume=True)):
            with pytest.raises(FileNotFoundError, match="expected the folder of a recorded"):
                open_there(path)


def test_a_damaged_session_is_loaded_with_a_warning(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    session.record(folder)
    with_an_object_and_a_click(session)
    session.close()
    journal = folder / "0001.journal"
    journal.write_bytes(journal.read_bytes()[:-10])
    with pytest.warns(UserWarning, match="is damaged .*cut off.*: 1 object could be read"):
        again.load(folder)
    np.testing.assert_array_equal(again.labels, disc(A, B))


def test_another_image_ends_the_recording(session: ClickSession, folder: Path) -> None:
    session.record(folder)
    session.add_click(A)
    session.set_image(np.ones(SHAPE))
    session.add_click(B)
    stored = read_session(folder)
    assert stored.state.clicks == (A,)
    assert stored.is_closed


def test_what_answered_the_clicks_is_written_down(session: ClickSession, folder: Path) -> None:
    session.save(folder)
    facts = read_session(folder).about.facts
    assert facts["predictor"]["kind"] == "DiscPredictor"
    assert set(facts["versions"]) == {"napari-faseg", "numpy", "torch"}
    assert facts["began"].startswith("20")


def test_a_session_without_an_image_has_nothing_to_save(tmp_path: Path) -> None:
    session = ClickSession(DiscPredictor())
    for act in (session.save, session.load, session.record):
        with pytest.raises(RuntimeError, match="set an image first"):
            act(tmp_path / "session")


def test_clicks_between_pixels_come_back_as_they_were(
    session: ClickSession, folder: Path, again: ClickSession
) -> None:
    click = Click(5 + 1 / 3, 7.1, positive=False)
    session.replay([A, click])
    session.save(folder)
    again.load(folder)
    assert again.clicks == (A, click)


def test_a_folder_in_which_a_session_could_not_be_begun_is_free_again(
    session: ClickSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Disk, handle: int) -> None:
        raise OSError("No space left on device")

    for act in (session.record, session.save):
        with monkeypatch.context() as patch:
            patch.setattr(Disk, "sync", fail)
            with pytest.raises(OSError, match="No space left"):
                act(folder)
        if os.name == "posix":
            assert not folder.exists()
    session.record(folder)
    session.close()


@pytest.mark.skipif(os.name != "posix", reason="what is open cannot be removed there")
def test_each_action_tells_that_the_folder_of_the_recording_was_removed(
    session: ClickSession, folder: Path
) -> None:
    session.record(folder)
    session.add_click(A)
    shutil.rmtree(folder)
    for click in (B, C):
        with pytest.raises(FileNotFoundError, match=folder.name):
            session.add_click(click)
    folder.mkdir()
    session.commit()
    session.close()
    assert read_session(folder).state.finished[1].clicks == (A, B, C)


def test_a_name_of_several_words_is_read_back_from_the_journal(
    session: ClickSession, folder: Path
) -> None:
    session.record(folder)
    session.replay([A])
    session.commit()
    session.classify(1, "red blood  cell")
    assert read_session(folder).state.classes == {1: "red blood  cell"}
    session.close()


def test_names_given_by_labels_of_a_table_of_floats_are_kept_with_all_others(
    session: ClickSession, folder: Path
) -> None:
    session.record(folder)
    for click in (A, C):
        session.replay([click])
        session.commit()
    for label, text in ((1, "a"), (np.float64(2), "b")):
        session.classify(label, text)  # type: ignore[arg-type]
    session.close()
    stored = read_session(folder)
    assert stored.state.classes == {1: "a", 2: "b"}
    assert stored.warnings == ()


def test_names_that_were_once_written_with_a_float_are_read() -> None:
    blank = SessionState.blank((20, 30), 0.5)
    changes = {"classes": {"1": "a", "3.0": "b"}}
    assert apply_changes(blank, changes).classes == {1: "a", 3: "b"}
    with pytest.raises(ValueError, match="expected a label that is a whole number, got 3.5"):
        apply_changes(blank, {"classes": {"3.5": "b"}})


def test_a_folder_keeps_two_snapshots_however_long_one_works(
    session: ClickSession, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 2)
    session.record(folder)
    sizes = set()
    for _ in range(12):
        session.replay([A])
        session.commit()
        session.delete(1)
        sizes.add(len(list(folder.glob("*.snapshot"))))
    session.close()
    assert sizes == {1, 2}
