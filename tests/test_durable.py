import contextlib
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from napari_faseg import _durable
from napari_faseg._durable import Disk, patiently, put_file, replace_file


def test_a_file_is_replaced_by_what_was_written(tmp_path: Path) -> None:
    target = tmp_path / "labels.tif"
    target.write_text("old")
    replace_file(target, lambda part: part.write_text("new"))
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_stays_when_writing_fails(tmp_path: Path) -> None:
    target = tmp_path / "labels.tif"
    target.write_text("old")

    def fail(part: Path) -> None:
        part.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        replace_file(target, fail)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_file_and_folder_reach_the_disk_in_that_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(stat.S_ISDIR(os.fstat(fd).st_mode)))
    replace_file(tmp_path / "a.txt", lambda part: part.write_text("new"))
    assert synced == ([False, True] if os.name == "posix" else [False])


def test_the_writer_sees_a_path_of_the_same_format(tmp_path: Path) -> None:
    seen = []
    replace_file(tmp_path / "a.tif", lambda part: seen.append(part.suffix) or part.touch())
    assert seen == [".tif"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_permissions_follow_the_user_and_not_the_temporary_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "a.txt", lambda part: part.write_text("new"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_a_file_is_put_in_place_whole(tmp_path: Path) -> None:
    put_file(tmp_path / "a", b"old")
    put_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.parametrize("what_fails", ["write", "sync", "replace"])
def test_what_was_there_stays_when_it_cannot_be_replaced(
    what_fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OSError("disk full")

    put_file(tmp_path / "a", b"old")
    monkeypatch.setattr(Disk, what_fails, fail)
    with pytest.raises(OSError, match="disk full"):
        put_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_new_folder_is_there_to_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(Disk, "sync_folder", lambda self, folder: synced.append(folder))
    Disk().make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert synced == [tmp_path, tmp_path / "a"]


def test_a_rename_that_is_forbidden_for_a_moment_is_tried_again() -> None:
    refusals = iter([PermissionError(), PermissionError()])

    def rename() -> None:
        for refusal in refusals:
            raise refusal

    patiently(rename, seconds=3)
    assert next(refusals, None) is None


def test_a_rename_that_stays_forbidden_is_told() -> None:
    tries: list[None] = []

    def rename() -> None:
        tries.append(None)
        raise PermissionError("in use")

    with pytest.raises(PermissionError, match="in use"):
        patiently(rename, seconds=0.12)
    assert len(tries) > 1
    with pytest.raises(PermissionError):
        patiently(rename, seconds=0)


@pytest.mark.skipif(os.name != "posix", reason="there is no such call elsewhere")
def test_a_mac_is_asked_to_empty_the_memory_of_the_drive_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    mac = SimpleNamespace(F_FULLFSYNC=51, fcntl=lambda handle, command: asked.append(command))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(_durable, "fcntl", mac, raising=False)
    put_file(tmp_path / "a", b"text")
    assert asked == [51, 51]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Linux knows what is open")
def test_nothing_is_left_open(tmp_path: Path) -> None:
    def open_here() -> list[str]:
        """What this process has open in the folder, the folder itself and removed files too."""
        targets = []
        for handle in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):  # closed since it was listed
                targets.append(str(handle.readlink()))
        return [target for target in targets if target.startswith(str(tmp_path))]

    with (tmp_path / "c").open("w"):
        assert open_here() == [str(tmp_path / "c")]
    for _ in range(10):
        put_file(tmp_path / "a", b"text")
        replace_file(tmp_path / "b", lambda part: part.write_text("text"))
    assert open_here() == []


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_the_users_default_for_permissions_stays(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "a.txt", lambda part: part.write_text("new"))
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "labels.tif"
    path.write_text("old")
    path.chmod(0o640)
    replace_file(path, lambda part: part.write_text("new"))
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_is_write_protected_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.tif"
    path.write_text("old")
    monkeypatch.setattr(_durable.os, "access", lambda place, mode: False)  # root may do anything
    with pytest.raises(PermissionError, match=r"write-protected: .*labels\.tif"):
        replace_file(path, lambda part: part.write_text("new"))
    assert path.read_text() == "old"


@pytest.mark.skipif(os.name != "posix", reason="links need a permission there")
def test_where_a_link_is_written_to_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "far" / "labels.tif", tmp_path / "labels.tif"
    target.parent.mkdir()
    link.symlink_to(target)
    for text in ("new", "newer"):  # it need not be there before
        replace_file(link, lambda part, text=text: part.write_text(text))  # type: ignore[misc]
        assert target.read_text() == text
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["nowhere/labels.tif", "folder"])
def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match=name) as told:
        replace_file(tmp_path / name, lambda part: part.write_text("new"))
    assert told.value.filename == str(tmp_path / name)
    assert told.value.filename2 is None
