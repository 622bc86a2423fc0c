import os
import stat
from pathlib import Path

import pytest

from napari_faseg._durable import replace_file


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
