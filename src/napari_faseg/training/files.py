"""The files of a training run."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from napari_faseg._durable import DISK
from napari_faseg.evaluation.run_lock import held

WEIGHTS_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class RunFiles:
    """Where a run keeps what it makes, all beside the weights that it will end with.

    Parameters
    ----------
    output
        The weights, which are written when the run is over; ends in ``.safetensors``.

    Raises
    ------
    ValueError
        If it ends otherwise.
    FileNotFoundError
        If its folder does not exist.
    """

    output: Path

    def __post_init__(self) -> None:
        if self.output.suffix != WEIGHTS_SUFFIX:
            raise ValueError(f"expected a file that ends in {WEIGHTS_SUFFIX}, got {self.output}")
        if not self.output.parent.is_dir():
            raise FileNotFoundError(f"expected a file in an existing folder, got {self.output}")

    @property
    def checkpoint(self) -> Path:
        """The state of the run, while it lasts."""
        return self.output.with_suffix(f".run{WEIGHTS_SUFFIX}")

    @property
    def best(self) -> Path:
        """The best weights so far, while the run lasts."""
        return self.output.with_suffix(f".best{WEIGHTS_SUFFIX}")

    @property
    def table(self) -> Path:
        """The course of the run as a table."""
        return self.output.with_suffix(".csv")

    @property
    def picture(self) -> Path:
        """The course of the run as a picture."""
        return self.output.with_suffix(".png")

    @property
    def lock(self) -> Path:
        """Is there while a run has the files for itself."""
        return self.output.with_suffix(".run.lock")

    @property
    def board(self) -> Path:
        """The folder of TensorBoard."""
        return self.output.with_suffix(".tensorboard")

    def refuse_to_overwrite(self, *, resume: bool) -> None:
        """Refuse to begin where something is already, or to begin anew a run that is not over.

        Raises
        ------
        FileExistsError
            If there is; the message says what.
        """
        if self.output.exists():
            raise FileExistsError(f"{self.output} exists already: choose another name, or move it")
        there = [path for path in (self.best, self.table, self.picture) if path.exists()]
        if self.checkpoint.exists():
            if not resume:
                left = ", ".join(str(path) for path in (self.checkpoint, *there))
                raise FileExistsError(
                    f"{self.checkpoint} is left from another run: resume it, or move away {left}"
                )
            if self.table in there:  # a run has written it before the picture
                return
            there = [path for path in there if path == self.picture]
        if there:
            raise FileExistsError(
                f"{there[0]} exists already and would be overwritten: choose another name, "
                f"or move away {', '.join(str(path) for path in there)}"
            )

    def put_result(self) -> None:
        """Make the best weights so far the output.

        Raises
        ------
        FileExistsError
            If somebody has put a file there since the run began; it stays.
        """
        try:
            os.link(self.best, self.output)
        except OSError:  # not every file system has links
            if self.output.exists():
                raise FileExistsError(
                    f"{self.output} is there since the run began, and is not overwritten: "
                    f"the new weights are {self.best}; move either and resume the run"
                ) from None
            self.best.replace(self.output)
        else:
            self.best.unlink()
        DISK.sync_folder(self.output.parent)


class RunHold:
    """Keeps other runs away from the files of a run; the system lets go where the process ends.

    It is a context manager, at whose end it lets go.

    Parameters
    ----------
    files
        Of the run.
    is_needed
        False in those of several processes that write nothing.
    """

    def __init__(self, files: RunFiles, *, is_needed: bool) -> None:
        self._files = files
        self._is_needed = is_needed
        self._locks = ExitStack()
        self._is_held = False

    def take(self) -> None:
        """Hold the files, where this does not do so already.

        Raises
        ------
        ValueError
            If another run holds them.
        """
        if self._is_needed and not self._is_held:
            self._locks.enter_context(held(self._files.lock))
            self._is_held = True

    def release(self) -> None:
        """Let go of the files."""
        self._is_held = False
        self._locks.close()

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.release()
