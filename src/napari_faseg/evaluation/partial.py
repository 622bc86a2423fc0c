"""Results of an evaluation that was interrupted: a line for each object, safe once written."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from napari_faseg.evaluation.curves import ObjectResult
from napari_faseg.interaction import Click


class PartialResults:
    """A file that grows by one line with each object, so that a run can go on where it ended.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, key: str) -> dict[int, ObjectResult]:
        """Return the results of one run by the index of the object.

        Parameters
        ----------
        key : str
            Whatever makes the run what it is: other weights or rules have another key.

        A last line that was cut off is left out.
        """
        if not self.path.exists():
            return {}
        found = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                if entry["key"] == key:
                    result = result_from_dict(entry["result"])
                    found[result.index] = result
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def add(self, key: str, result: ObjectResult) -> None:
        """Append the result of one object; it is on the disk when this returns."""
        line = json.dumps({"key": key, "result": asdict(result)})
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + line if self._is_cut_off() else line)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Delete the file: the run is complete."""
        self.path.unlink(missing_ok=True)

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
    KeyError, TypeError
        If a value is missing or of another kind.
    """
    clicks = tuple(Click(**click) for click in values["clicks"])  # type: ignore[attr-defined]
    ious = tuple(float(value) for value in values["ious"])  # type: ignore[attr-defined]
    return ObjectResult(**{**values, "clicks": clicks, "ious": ious})  # type: ignore[arg-type]
