"""Sessions in a window that are recorded, resumed, and go on where the disk fails."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_faseg._durable import Disk
from napari_faseg.interaction.session_folder import CLOSED, read_session
from napari_faseg.plugin.annotator import Annotator, start
from napari_faseg.plugin.session_keeper import SessionKeeper
from tests.fakes import DiscPredictor
from tests.plugin.conftest import SHAPE

TOLD = (
    "Your work cannot be written to the disk now ({}): you can go on, and the next "
    "action tries it again."
)


def begin(
    *,
    resume: bool | None = True,
    image: np.ndarray | None = None,
    objects: np.ndarray | None = None,
    name: str = "image",
    path: Path | None = None,
) -> Annotator:
    """Start in a new viewer, as another process would."""
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros(SHAPE, np.uint8) if image is None else image, name=name)
    if path is not None:
        layer._set_source(layer.source.model_copy(update={"path": str(path)}))
    labels = None if objects is None else viewer.add_labels(objects)
    return start(viewer, layer, DiscPredictor(radius=3), objects=labels, resume=resume)


def folders(own_sessions: Path) -> list[Path]:
    return sorted(own_sessions.glob("*.faseg")) if own_sessions.exists() else []


def work(annotator: Annotator) -> None:
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    annotator.prompts.positive.add((30, 30))
    annotator.prompts.negative.add((30, 32))


def test_objects_clicks_and_mask_are_back_when_an_image_is_opened_again() -> None:
    first = begin()
    work(first)
    labels, clicks = first.painter.layer.data.copy(), first.prompts.clicks()
    first.close()
    second = begin()
    assert np.array_equal(second.painter.layer.data, labels)
    assert second.prompts.clicks() == clicks
    second.finish()
    second.reopen(1)
    assert [click.pixel for click in second.prompts.clicks()] == [(10, 10)]
    second.close()


def test_what_is_resumed_is_told_as_news_and_not_as_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, list[str]] = {"info": [], "warning": []}
    for kind, sentences in told.items():
        monkeypatch.setattr(f"napari_faseg.plugin.annotator.show_{kind}", sentences.append)
    first = begin()
    work(first)
    first.close()
    second = begin()
    (news,) = told["info"]
    assert news.startswith("Resumed 1 object from image-")
    assert second._stack.front.shown.recording == news
    second.prompts.positive.add((20, 20))
    assert second._stack.front.shown.recording == ""
    assert told == {"info": [news], "warning": []}
    second.close()


def test_clicks_that_go_on_without_a_finished_object_are_told_as_such() -> None:
    first = begin()
    first.prompts.positive.add((10, 10))
    first.close()
    second = begin()
    told = second._stack.front.shown.recording
    assert told.startswith("Resumed the clicks of an object in progress from image-")
    second.close()


def test_work_in_a_window_that_was_killed_is_resumed(own_sessions: Path) -> None:
    first = begin()
    work(first)
    first._jobs._keeper._recording._lock.close()  # as the system does when a process ends
    second = begin()
    assert len(second.prompts.clicks()) == 2
    assert "was not closed; what it holds is whole" in second._stack.front.shown.recording
    second.close()


def test_another_session_can_be_begun_and_the_first_one_stays(own_sessions: Path) -> None:
    first = begin()
    work(first)
    first.close()
    [place] = folders(own_sessions)
    kept = read_session(place).state.labels
    second = begin(resume=False)
    assert not second.painter.layer.data.any()
    second.prompts.positive.add((20, 20))
    second.finish()
    second.close()
    assert len(folders(own_sessions)) == 2
    assert np.array_equal(read_session(place).state.labels, kept)
    third = begin()
    assert third.painter.layer.data[20, 20] == 1, "the newest goes on"
    assert third.painter.layer.data[10, 10] == 0
    third.close()


def test_masks_are_not_laid_on_another_image_of_the_same_name(own_sessions: Path) -> None:
    first = begin()
    work(first)
    first.close()
    second = begin(image=np.ones(SHAPE, np.uint8))
    assert not second.painter.layer.data.any()
    second.prompts.positive.add((20, 20))
    second.close()
    assert len(folders(own_sessions)) == 2


def told_at_start(annotator: Annotator) -> str:
    return annotator._stack.front.shown.recording


def test_an_image_that_was_replaced_begins_anew_and_that_is_told() -> None:
    first = begin()
    work(first)
    first.close()
    second = begin(name="image-of-today")
    assert second.painter.layer.data.any(), "the same pixels under another name"
    second.close()
    place = second._stack.front.shown.folder
    third = begin(path=Path(place), image=np.ones(SHAPE, np.uint8))
    assert not third.painter.layer.data.any()
    assert told_at_start(third) == (
        f"The session in {Path(place).name} is of an image with other pixels: it stays as it is. "
        "What you do here is recorded in a folder of its own."
    )
    third.close()


def test_planes_with_the_same_pixels_do_not_get_the_objects_of_each_other(
    own_sessions: Path,
) -> None:
    first = begin(image=np.zeros((3, *SHAPE), np.uint8))
    first.prompts.positive.add((1, 10, 10))
    first.finish()
    first.close()
    [place] = folders(own_sessions)
    assert ".plane-1-" in place.name
    second = begin(image=np.zeros((3, *SHAPE), np.uint8), name="renamed")
    assert second.painter.layer.data[1, 10, 10] == 1
    second._viewer.dims.set_point(0, 2)
    assert not second.painter.layer.data[2].any()
    assert told_at_start(second) == ""
    second.close()
    flat = begin()
    assert not flat.painter.layer.data.any()
    flat.close()


@pytest.mark.parametrize("is_empty", [True, False])
def test_planes_that_cross_do_not_take_each_other_for_an_image_with_the_same_or_other_pixels(
    tmp_path: Path, is_empty: bool
) -> None:
    cube = np.arange(20**3, dtype=np.uint16).reshape(20, 20, 20) * (not is_empty)
    first = begin(image=cube, path=tmp_path / "cube.tif")
    first._viewer.dims.set_point(0, 0)
    first.prompts.positive.add((0, 10, 10))
    first.finish()
    first.close()
    second = begin(image=cube, path=tmp_path / "cube.tif")
    second._viewer.dims.order = (2, 0, 1)
    second._viewer.dims.set_point(2, 0)
    assert second._plane.axes == (0, 1)
    assert not second.painter.layer.data[:, :, 0].any()
    assert told_at_start(second) == ""
    second.close()


def test_a_session_that_cannot_be_read_is_told_and_left_alone(own_sessions: Path) -> None:
    first = begin()
    work(first)
    first.close()
    [place] = folders(own_sessions)
    for path in place.iterdir():
        path.write_bytes(b"damaged")
    kept = {path.name: path.read_bytes() for path in place.iterdir()}
    second = begin()
    assert f"The session in {place.name} cannot be read: it stays as it is." in told_at_start(
        second
    )
    work(second)
    second.close()
    assert {path.name: path.read_bytes() for path in place.iterdir()} == kept
    assert len(folders(own_sessions)) == 2


def test_a_session_that_was_opened_goes_on_even_if_there_is_a_newer_one(own_sessions: Path) -> None:
    for x, resume in ((10, True), (40, False)):
        annotator = begin(resume=resume)
        annotator.prompts.positive.add((10, x))
        annotator.finish()
        annotator.close()
    older, newer = sorted(folders(own_sessions), key=lambda place: len(place.name))
    shown = {place: begin(path=place) for place in (older, newer)}
    for place, annotator in shown.items():
        labels = annotator.painter.layer.data
        assert (labels[10, 10], labels[10, 40]) == ((1, 0) if place == older else (0, 1))
        annotator.close()
    newest = begin()
    assert told_at_start(newest) == (
        f"Resumed 1 object from {newer.name}. Other work on this image is in {older.name}."
    )
    newest.close()


def test_a_second_window_on_the_same_image_records_to_a_folder_of_its_own(
    own_sessions: Path,
) -> None:
    first = begin()
    first.prompts.positive.add((10, 10))
    second = begin()
    [place] = folders(own_sessions)
    assert told_at_start(second) == (
        f"The session in {place.name} is in use by another window: it stays as it is. "
        "What you do here is recorded in a folder of its own."
    )
    second.prompts.positive.add((20, 20))
    first.prompts.positive.add((12, 12))
    for annotator in (first, second):
        annotator.finish()
        annotator.close()
    one, other = (read_session(place).state for place in folders(own_sessions))
    assert {one.n_objects, other.n_objects} == {1}
    assert not np.array_equal(one.labels, other.labels)
    third = begin()
    assert f"Other work on this image is in {place.name}." in told_at_start(third)
    third.close()


def test_objects_of_a_chosen_layer_are_not_replaced_by_recorded_ones(own_sessions: Path) -> None:
    first = begin()
    work(first)
    first.close()
    mine = np.zeros(SHAPE, np.int32)
    mine[:5, :5] = 9
    second = begin(objects=mine.copy())
    assert np.array_equal(second.painter.layer.data, mine)
    second.prompts.positive.add((20, 20))
    second.close()
    mine[second.painter.layer.data == second.painter.label] = 0
    third = begin(objects=mine.copy())
    assert "Resumed 1 object" in third._stack.front.shown.recording
    assert len(third.prompts.clicks()) == 1
    third.close()


def test_a_session_says_that_it_was_looked_at_less_sharply_from_some_click_on(
    viewer: ViewerModel, own_sessions: Path
) -> None:
    predictor = DiscPredictor(radius=3)
    predictor.about = {"max_side": 1024}
    image = viewer.add_image(np.zeros(SHAPE, np.uint8), name="image")
    annotator = start(viewer, image, predictor, resume=True)
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    predictor.about = {"max_side": 320}
    annotator.undo()
    annotator.redo()
    annotator.close()
    [folder] = folders(own_sessions)
    stored = read_session(folder)
    assert stored.about.facts["predictor"]["max_side"] == 320
    assert [before["max_side"] for before in stored.about.facts["earlier_predictors"]] == [1024]
    assert list(stored.state.finished) == [1]
    assert stored.is_closed
    assert stored.warnings == ()


def test_looking_at_an_image_leaves_no_folder_behind(own_sessions: Path) -> None:
    begin().close()
    assert folders(own_sessions) == []


def test_nothing_is_recorded_unless_it_is_asked_for(own_sessions: Path) -> None:
    annotator = begin(resume=None)
    work(annotator)
    annotator.close()
    assert folders(own_sessions) == []


def test_a_disk_that_fails_is_told_once_and_the_work_goes_on(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    annotator = begin()

    def fail(self: Disk, handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync", fail)
        work(annotator)
    assert len(annotator.prompts.clicks()) == 2
    assert annotator.painter.layer.data[10, 10] == 1
    assert told == [TOLD.format(f"No space left on device: {own_sessions}")]
    annotator.prompts.positive.add((20, 20))
    [place] = folders(own_sessions)
    stored = read_session(place).state
    assert stored.n_objects == 1
    assert len(stored.clicks) == 3
    annotator.close()


@pytest.mark.parametrize("n_before", [0, 1])
def test_a_session_that_ends_before_the_disk_has_room_again_says_that_it_is_not_recorded(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch, n_before: int
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    monkeypatch.setattr("napari_faseg.plugin.actions.show_warning", told.append)
    annotator = begin()
    for _ in range(n_before):
        annotator.prompts.positive.add((10, 10))
        annotator.finish()

    def fail(self: Disk, handle: int, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "write", fail)
        annotator.prompts.positive.add((30, 30))
        annotator.finish()
        annotator.close()
    assert told == [
        TOLD.format(f"No space left on device: {own_sessions}"),
        "Not all of your work could be written to the disk: save image objects.",
    ]


def test_what_a_disk_did_not_take_is_written_at_the_end_if_there_is_room_again(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotator = begin()

    def fail(self: Disk, handle: int, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "write", fail)
        work(annotator)
    assert folders(own_sessions) == []
    annotator.close()
    [place] = folders(own_sessions)
    assert read_session(place).state.n_objects == 1


@pytest.mark.parametrize("n_before", [0, 1])
def test_a_disk_that_takes_no_new_files_is_told_once_whatever_they_are_called(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch, n_before: int
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    annotator = begin()
    for _ in range(n_before):
        annotator.prompts.positive.add((10, 10))
        annotator.finish()

    def refuse(self: Disk, path: Path) -> int:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    def fail(self: Disk, handle: int, content: bytes) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "create", refuse)
        patch.setattr(Disk, "write", fail)
        for column in range(5, 30, 5):
            annotator.prompts.positive.add((20, column))
    assert told == [TOLD.format(f"Read-only file system: {own_sessions}")]
    annotator.finish()
    [place] = folders(own_sessions)
    assert read_session(place).state.n_objects == n_before + 1
    annotator.close()


@pytest.mark.skipif(os.name != "posix", reason="what is open cannot be moved there")
def test_where_the_disk_of_a_session_goes_and_comes_back_all_is_kept(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    annotator = begin()
    annotator.prompts.positive.add((10, 10))
    annotator.finish()
    [place] = folders(own_sessions)
    shutil.move(place, own_sessions / "unplugged")
    annotator.prompts.positive.add((30, 30))
    annotator.finish()
    assert told.pop() == f"{place.name} is gone: all is recorded in {place} now."
    shutil.move(place, own_sessions / "shadowed")
    shutil.move(own_sessions / "unplugged", place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    annotator.prompts.positive.add((20, 20))
    annotator.finish()
    annotator.close()
    [_, new] = sorted(folders(own_sessions), key=lambda found: len(found.name))
    sentence = f"{place.name} is another one than before: all is recorded in {new} now."
    assert told == [sentence]
    assert read_session(new).state.n_objects == 3
    assert read_session(new).warnings == ()
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


@pytest.mark.parametrize("step", ["changes_between", "snapshot_content"])
def test_memory_that_runs_out_is_told_as_a_full_disk_is(
    step: str, own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    annotator = begin()
    annotator.prompts.positive.add((30, 10))
    annotator.finish()

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(f"napari_faseg.interaction.recording.{step}", fail)
        patch.setattr("napari_faseg.interaction.recording.OBJECTS_PER_SNAPSHOT", 1)
        work(annotator)
    assert len(annotator.prompts.clicks()) == 2
    assert annotator.painter.layer.data[10, 10] == 2
    assert told == [TOLD.format("there is not enough memory")]
    annotator.prompts.positive.add((20, 20))
    [place] = folders(own_sessions)
    stored = read_session(place).state
    assert stored.n_objects == 2
    assert len(stored.clicks) == 3
    annotator.close()


def test_a_session_is_closed_and_says_so_where_there_is_no_memory_for_its_strokes(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotator = begin()
    work(annotator)
    keeper = annotator._jobs._keeper

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("napari_faseg.plugin.session_keeper.frozen", fail)
        assert not keeper.close(np.ones(SHAPE, np.int32))
    [place] = folders(own_sessions)
    assert (place / CLOSED).exists()
    annotator.close()


@pytest.mark.skipif(os.name != "posix", reason="what is open cannot be removed there")
def test_where_the_folder_of_a_session_was_removed_all_of_it_is_recorded_anew(
    own_sessions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    annotator = begin()
    work(annotator)
    [place] = folders(own_sessions)
    shutil.rmtree(place)
    annotator.prompts.positive.add((20, 20))
    assert told == [f"{place.name} is gone: all is recorded in {place} now."]
    annotator.finish()
    assert len(told) == 1
    assert read_session(place).state.n_objects == 2
    shutil.rmtree(place)
    annotator.close()
    stored = read_session(place).state
    assert [len(stored.finished[label].clicks) for label in (1, 2)] == [1, 3]


def test_where_nothing_can_be_written_a_session_goes_on_unrecorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_faseg.plugin.annotator.show_warning", told.append)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NAPARI_FASEG_SESSIONS", str(tmp_path / "file"))
    annotator = begin()
    work(annotator)
    annotator.close()
    assert annotator.painter.layer.data[10, 10] == 1
    assert told == [TOLD.format(f"File exists: {tmp_path / 'file'}")]


def test_a_window_that_is_closed_while_it_opens_records_nothing(own_sessions: Path) -> None:
    keeper = SessionKeeper(None, resume=True)  # type: ignore[arg-type]  # it is never looked at
    keeper.close()
    keeper.begin(None, DiscPredictor(), None)  # type: ignore[arg-type]
    assert folders(own_sessions) == []
