"""Maps of objects in .mat files, read by a process of their own.

A damaged .mat file can crash or hang the library that reads it; then only that process ends, and
the caller gets a sentence.
"""

import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_faseg.datasets.mat_process import LENGTH

SCRIPT = Path(__file__).with_name("mat_process.py")
TIMEOUT = 30.0  # seconds for one file


class MatReader:
    """Reads the labels of one .mat file after the other. It may be used in several threads.

    Parameters
    ----------
    timeout : float
        Seconds after which a file counts as damaged.
    """

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __call__(self, content: bytes, name: str) -> NDArray[np.integer]:
        """Return the (h, w) labels `GTinst.Segmentation` of a .mat file.

        Parameters
        ----------
        content : bytes
        name : str
            Of the file, for the errors.

        Raises
        ------
        ValueError
            If it cannot be read, or has no such field.
        """
        with self._lock, ThreadPoolExecutor(1) as thread:
            reply = thread.submit(self._ask, content)
            try:
                labels = reply.result(self._timeout)
            except TooSlow:
                self.close()
                raise ValueError(
                    f"cannot read {name}: not done in {self._timeout:g} seconds"
                ) from None
            except OSError as error:
                self.close()
                raise ValueError(f"cannot read {name}: it is damaged") from error
        if labels[:1] == b"!":
            raise ValueError(f"cannot read {name}: {labels[1:].decode()}")
        array: NDArray[np.integer] = np.load(io.BytesIO(labels), allow_pickle=False)
        return array

    def close(self) -> None:
        """End the process; the next file starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, object]:
        return {"_timeout": self._timeout}

    def __setstate__(self, state: dict[str, float]) -> None:
        self.__init__(state["_timeout"])  # type: ignore[misc]

    def _ask(self, content: bytes) -> bytes:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise BrokenPipeError("the helper process has no pipes")
        process.stdin.write(LENGTH.pack(len(content)) + content)
        process.stdin.flush()
        head = process.stdout.read(LENGTH.size)
        if len(head) < LENGTH.size:
            raise BrokenPipeError("the helper process has ended")
        return process.stdout.read(LENGTH.unpack(head)[0])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(SCRIPT)],  # -P: its folder is not a place for modules
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process
