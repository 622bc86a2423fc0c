"""The files of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
