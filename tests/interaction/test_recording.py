"""What a recording writes and when: snapshots, their numbers, the files it holds open."""

from contextlib import suppress
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from napari_faseg.interaction import ClickSession
from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.journal import Journal, Lines, as_line
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import read_session
from tests.fakes import DiscPredictor
from tests.interaction.fake_disk import FOLDER, FakeDisk
from tests.interaction.places import A, B, C, disc
from tests.interaction.workload import ABOUT, IMAGE, kept, new_session


@pytest.fixture
def disk() -> FakeDisk:
    return FakeDisk()


@pytest.fixture
def recorded(disk: FakeDisk) -> ClickSession:
    session = new_session()
    session.recorder = Recording(FOLDER, ABOUT, session.state, storage=disk)
    return session


def finish_and_delete(session: ClickSession) -> None:
    session.add_click(A)
    session.delete(session.commit())


def snapshots(disk: FakeDisk) -> list[str]:
    return [name for name in disk.names(FOLDER) if name.endswith(".snapshot")]


def test_there_is_a_snapshot_at_the_beginning_and_after_every_thirty_objects(
    recorded: ClickSession, disk: FakeDisk
) -> None:
    for n_finished in range(1, 91):
        finish_and_delete(recorded)
        newest = 1 + n_finished // 30
        assert snapshots(disk)[-1] == f"{newest:04}.snapshot"


def test_a_journal_of_more_than_16_mebibytes_ends_in_a_snapshot(
    recorded: ClickSession, disk: FakeDisk
) -> None:
    recorded.add_click(A)
    recorded.commit()
    recorded.classify(1, "x" * (2**24 - 10_000))
    assert len(snapshots(disk)) == 1
    recorded.classify(1, "y" * 20_000)
    assert len(snapshots(disk)) == 2
    assert kept(read_session(FOLDER, disk).state) == kept(recorded.state)


def test_every_object_is_packed_once_however_many_snapshots_there_are(
    recorded: ClickSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 1)
    packed = []
    pack = recording_module.object_to_dict
    monkeypatch.setattr(
        recording_module, "object_to_dict", lambda found: packed.append(found.label) or pack(found)
    )
    for click in (A, B, C):
        recorded.add_click(click)
        recorded.commit()
    assert packed == [1, 2, 3]


def test_an_object_that_was_corrected_is_in_the_next_snapshot_as_it_is_now(
    recorded: ClickSession, disk: FakeDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 1)
    recorded.add_click(A)
    recorded.commit()
    recorded.reopen(1)
    recorded.add_click(C)
    recorded.commit()
    newest = disk.read(FOLDER / disk.names(FOLDER)[-2])
    assert len(newest.splitlines()) == 1, "the journal has a first line; all else is in snapshots"
    stored = read_session(FOLDER, disk).state
    assert stored.finished[1].clicks == (A, C)
    assert stored.finished[1].area == recorded.objects[0].area


def test_whatever_fails_no_file_stays_open(disk: FakeDisk) -> None:
    whole = FakeDisk()
    Recording(FOLDER, ABOUT, new_session().state, storage=whole).close()
    assert not whole.open
    for failing in range(whole.n_operations):
        disk = FakeDisk()
        disk.fails_at = {failing}
        with suppress(OSError):
            Recording(FOLDER, ABOUT, new_session().state, storage=disk).close()
        assert not disk.open, f"when the {whole.operations[failing]} number {failing} fails"


def test_no_file_stays_open_where_memory_runs_out_for_a_snapshot(
    disk: FakeDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("napari_faseg.interaction.recording.snapshot_content", fail)
    with pytest.raises(MemoryError):
        Recording(FOLDER, ABOUT, new_session().state, storage=disk)
    assert not disk.open


def test_a_journal_knows_how_long_its_file_is(disk: FakeDisk) -> None:
    journal = Journal(FOLDER / "0001.journal", {"first": 1}, disk)
    assert journal.n_bytes == len(disk.read(FOLDER / "0001.journal"))
    journal.append({"second": "ä"})
    assert journal.n_bytes == len(disk.read(FOLDER / "0001.journal"))


def test_numbers_that_json_does_not_know_are_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_line({"threshold": float("nan")})


def test_what_was_read_cannot_be_changed() -> None:
    lines = Lines.of(as_line({"n": 1}))
    with pytest.raises(FrozenInstanceError):
        lines.n_damaged = 0  # type: ignore[misc]


def test_an_answer_to_another_contrast_is_written_down(disk: FakeDisk) -> None:
    predictor = DiscPredictor(2)
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    session.recorder = Recording(FOLDER, ABOUT, session.state, storage=disk)
    session.add_click(A)
    predictor.radius = 3  # it sees the image in another way now
    session.answer_again()
    np.testing.assert_array_equal(read_session(FOLDER, disk).state.mask, disc(A))
