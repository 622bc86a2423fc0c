"""Results of an evaluation that was interrupted: a line for each object, safe once written."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from napari_faseg._durable import naming, replace_file
from napari_faseg.evaluation.curves import ObjectResult
from napari_faseg.interaction import Click

BEGIN = b'{"key": "'  # of every line


class PartialResults:
    """A file that grows by one line with each object, so that a run can go on where it ended.

    Several runs may have ended with the same file; each has its own lines.

    Parameters
    ----------
    path : Path
        The file; it need not exist.

    Raises
    ------
    ValueError
        If there is a file that holds something else.
    OSError
        If the file cannot be read and written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own: set[str] = set()
        if path.exists():
            path.open("ab").close()  # or the first object would tell that it cannot be written
            if not _are_ours(self._lines()):
                raise ValueError(
                    f"expected partial results of `faseg evaluate` in {path}, got something else"
                )

    def read(self, key: str) -> dict[int, ObjectResult]:
        """Return the results of one run by the index of the object.

        Parameters
        ----------
        key : str
            Whatever makes the run what it is: other weights or rules have another key.

        Lines that were cut off or damaged are left out.
        """
        self._own.add(key)
        return {result.index: result for known, result in self._entries() if known == key}

    def add(self, key: str, result: ObjectResult) -> None:
        """Append the result of one object; it is on the disk when this returns."""
        self._own.add(key)
        line = json.dumps({"key": key, "result": asdict(result)})
        with naming(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + line if self._is_cut_off() else line)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Delete the results that were read or added here, for their runs are complete.

        The file goes with them, unless it holds the results of other runs.
        """
        if any(key not in self._own for key, _ in self._entries()):
            kept = [line for line in self._lines() if line and _key_of(line) not in self._own]
            content = b"\n".join(kept) + b"\n"
            replace_file(self.path, lambda part: part.write_bytes(content))
        else:
            self.path.unlink(missing_ok=True)

    def _entries(self) -> Iterator[tuple[str, ObjectResult]]:
        for line in self._lines():
            entry = _parsed(line)
            if entry is not None:
                yield entry

    def _lines(self) -> list[bytes]:
        return self.path.read_bytes().split(b"\n") if self.path.exists() else []

    def _is_cut_off(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"


def result_from_dict(values: dict[str, object]) -> ObjectResult:
    """Make a result of what `dataclasses.asdict` made of it, after JSON.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a value is missing or of another kind.
    """
    clicks = tuple(Click(**click) for click in values["clicks"])  # type: ignore[attr-defined]
    ious = tuple(float(value) for value in values["ious"])  # type: ignore[attr-defined]
    if not (clicks and ious and isinstance(values["index"], int)):
        raise ValueError("expected at least one click on an object that has an index")
    return ObjectResult(**{**values, "clicks": clicks, "ious": ious})  # type: ignore[arg-type]


def _parsed(line: bytes) -> tuple[str, ObjectResult] | None:
    try:
        entry = json.loads(line)
        return str(entry["key"]), result_from_dict(entry["result"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _key_of(line: bytes) -> str | None:
    entry = _parsed(line)
    return None if entry is None else entry[0]


def _are_ours(lines: list[bytes]) -> bool:
    """Return whether lines hold a result, or the beginning of one that was cut off, or nothing."""
    last = lines[-1]
    is_cut_off = last.startswith(BEGIN) or BEGIN.startswith(last)
    has_nothing_else = not any(lines[:-1])
    return (has_nothing_else and is_cut_off) or any(_parsed(line) is not None for line in lines)
