"""Reads .mat files for another process, which lives on when a damaged file kills this one.

Run as a script. Each question on stdin is eight bytes of length and a .mat file; each answer on
stdout is eight bytes of length and a .npy file with the (h, w) labels, or, where the first byte is
"!", a sentence on what is wrong.
"""

import io
import struct
import sys
from contextlib import suppress
from typing import BinaryIO

import numpy as np
import scipy.io

if sys.platform != "win32":
    import resource

LENGTH = struct.Struct("<q")
MOST_MEMORY = 4 * 2**30  # bytes of addresses


def limit_memory() -> None:
    """Let a file that claims to be huge fail instead of taking the machine down."""
    if sys.platform != "win32":
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def labels_of(content: bytes) -> bytes:
    """Return the field GTinst.Segmentation of a .mat file as the bytes of a .npy file."""
    try:
        found = scipy.io.loadmat(io.BytesIO(content), struct_as_record=False, squeeze_me=True)
        labels = np.asarray(found["GTinst"].Segmentation)
        if labels.ndim != 2 or labels.dtype.kind not in "bui":
            raise ValueError(f"GTinst.Segmentation has shape {labels.shape} of {labels.dtype}")
        stream = io.BytesIO()
        np.save(stream, labels, allow_pickle=False)
        return stream.getvalue()
    except KeyError as error:
        return f"!there is no field {error}".encode()
    except AttributeError:
        return b"!there is no field GTinst.Segmentation"
    except Exception as error:  # noqa: BLE001  a damaged file fails in any way
        return f"!{type(error).__name__}: {error}".splitlines()[0].encode()


def answer(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the other side closes."""
    while len(head := questions.read(LENGTH.size)) == LENGTH.size:
        reply = labels_of(questions.read(LENGTH.unpack(head)[0]))
        answers.write(LENGTH.pack(len(reply)) + reply)
        answers.flush()


if __name__ == "__main__":
    limit_memory()
    answer(sys.stdin.buffer, sys.stdout.buffer)
