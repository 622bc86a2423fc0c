"""A damaged session never opens with fewer objects in silence, and its files are kept aside.

`FASEG_MUTATIONS=10000` damages it so many times instead of a few.
"""

import os
from collections.abc import Callable

import numpy as np
import pytest

from napari_faseg.interaction import recording as recording_module
from napari_faseg.interaction.recording import Recording
from napari_faseg.interaction.session_folder import StoredSession, is_session, read_session
from napari_faseg.interaction.session_opening import go_on
from tests.interaction.fake_disk import FOLDER, Content, FakeDisk
from tests.interaction.workload import ABOUT, kept, new_session, random_click

N_MUTATIONS = int(os.environ.get("FASEG_MUTATIONS", "600"))
N_OBJECTS = 20


@pytest.fixture(scope="module")
def original() -> Content:
    """The files of a session that was closed: two snapshots, and the journal after each."""
    disk, rng = FakeDisk(), np.random.default_rng(5)
    session = new_session()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording_module, "OBJECTS_PER_SNAPSHOT", 8)
        session.recorder = Recording(FOLDER, ABOUT, session.state, storage=disk)
        while session.state.n_objects < N_OBJECTS:
            session.add_click(random_click(rng))
            session.commit()
        session.add_click(random_click(rng))
        session.close()
    return disk.after_kill()


def read(content: Content) -> StoredSession:
    return read_session(FOLDER, FakeDisk(content))


def flip_a_bit(text: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(text)))
    return text[:at] + bytes([text[at] ^ 1 << int(rng.integers(8))]) + text[at + 1 :]


def cut_off(text: bytes, rng: np.random.Generator) -> bytes:
    return text[: int(rng.integers(len(text)))]


def cut_off_lines(text: bytes, rng: np.random.Generator) -> bytes:
    lines = text.splitlines(keepends=True)
    return b"".join(lines[: int(rng.integers(len(lines)))])


def lose_a_line(text: bytes, rng: np.random.Generator) -> bytes:
    lines = text.splitlines(keepends=True)
    del lines[int(rng.integers(len(lines)))]
    return b"".join(lines)


def repeat_a_line(text: bytes, rng: np.random.Generator) -> bytes:
    lines = text.splitlines(keepends=True)
    at = int(rng.integers(len(lines)))
    return b"".join(lines[: at + 1] + lines[at:])


def swap_lines(text: bytes, rng: np.random.Generator) -> bytes:
    lines = text.splitlines(keepends=True)
    first, second = rng.integers(len(lines), size=2)
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def zero_a_block(text: bytes, rng: np.random.Generator) -> bytes:
    first, last = sorted(rng.integers(len(text) + 1, size=2))
    return text[:first] + bytes(int(last - first)) + text[last:]


def lose_a_block(text: bytes, rng: np.random.Generator) -> bytes:
    first, last = sorted(rng.integers(len(text) + 1, size=2))
    return text[:first] + text[last:]


def insert_noise(text: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(text) + 1))
    return text[:at] + rng.bytes(int(rng.integers(1, 60))) + text[at:]


def empty(text: bytes, rng: np.random.Generator) -> bytes:
    return b""


DAMAGES: tuple[Callable[[bytes, np.random.Generator], bytes], ...] = (
    flip_a_bit,
    cut_off,
    cut_off_lines,
    lose_a_line,
    repeat_a_line,
    swap_lines,
    zero_a_block,
    lose_a_block,
    insert_noise,
    empty,
)


def damaged(content: Content, rng: np.random.Generator) -> Content:
    """Damage one file, or a few; sometimes lose a whole one."""
    content = dict(content)
    for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
        name = str(rng.choice(sorted(content)))
        if rng.random() < 0.1 and len(content) > 1:
            del content[name]
        elif content[name]:
            content[name] = DAMAGES[int(rng.integers(len(DAMAGES)))](content[name], rng)
    return content


def test_no_damage_takes_objects_away_in_silence_and_all_of_it_is_kept_aside(
    original: Content,
) -> None:
    whole = read(original)
    assert (whole.state.n_objects, whole.warnings) == (N_OBJECTS, ())
    rng, n_told, n_refused = np.random.default_rng(0), 0, 0
    for _ in range(N_MUTATIONS):
        content = damaged(original, rng)
        disk = FakeDisk(content)
        if not is_session(FOLDER, disk):
            continue
        try:
            stored = read_session(FOLDER, disk)
        except ValueError:
            n_refused += 1
            assert disk.after_kill() == content
            continue
        if kept(stored.state) != kept(whole.state):
            assert stored.warnings, "silently different"
            n_told += 1
        go_on(FOLDER, ABOUT, storage=disk)[0].close()
        assert kept(read_session(FOLDER, disk).state) == kept(stored.state)
        if stored.damage:
            now = disk.after_kill()
            for name, text in content.items():
                if name != "closed":
                    assert now[f"{name}.damaged"] == text
    assert n_told > N_MUTATIONS / 10
    assert n_refused < N_MUTATIONS / 10


def test_a_damaged_snapshot_costs_nothing_while_the_one_before_is_whole(original: Content) -> None:
    newest = max(name for name in original if name.endswith(".snapshot"))
    for text in (b"", original[newest][:-3], original[newest].replace(b"label", b"lobel")):
        stored = read({**original, newest: text})
        assert kept(stored.state) == kept(read(original).state)
        assert stored.warnings == (
            f"The recorded session is damaged ({newest} is damaged): 20 objects could be read.",
        )


def test_when_all_snapshots_are_lost_the_newest_that_has_a_beginning_gives_what_is_left(
    original: Content,
) -> None:
    snapshots = [name for name in original if name.endswith(".snapshot")]
    cut = {name: original[name][:-40] for name in snapshots}
    stored = read({**original, **cut})
    assert stored.state.n_objects == N_OBJECTS
    assert "damaged" in stored.warnings[0]


def test_a_damaged_line_in_a_journal_costs_what_it_held_and_nothing_else(original: Content) -> None:
    newest = max(name for name in original if name.endswith(".journal"))
    lines = original[newest].splitlines(keepends=True)
    commits = [i for i, line in enumerate(lines) if b'"commit"' in line]
    lines[commits[0]] = lines[commits[0]].replace(b"commit", b"cammit")
    stored = read({**original, newest: b"".join(lines)})
    whole = read(original).state
    [lost] = set(whole.finished) - set(stored.state.finished)
    others = whole.labels != lost
    assert np.array_equal(stored.state.labels[others], whole.labels[others])
    assert f"1 damaged line in {newest}" in stored.warnings[0]


def test_a_folder_of_which_nothing_can_be_read_is_refused_and_left_alone(original: Content) -> None:
    content = dict.fromkeys(original, b"noise")
    disk = FakeDisk(content)
    with pytest.raises(ValueError, match="nothing of the session in session can be read"):
        go_on(FOLDER, ABOUT, storage=disk)
    assert disk.after_kill() == content


def test_a_session_of_a_later_version_is_refused_and_left_alone(
    original: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_faseg.interaction.snapshot.FORMAT", 0)
    disk = FakeDisk(original)
    with pytest.raises(ValueError, match="a later version of napari-faseg wrote it"):
        go_on(FOLDER, ABOUT, storage=disk)
    assert disk.after_kill() == original
