"""Between arrays and tensors, of an image and of its mirror image, on a device."""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of a name; "auto" is the first of CUDA, MPS and the CPU that there is.

    Raises
    ------
    ValueError
        If torch knows no such device, or cannot compute on it here.
    """
    if name != "auto":
        return _named(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _named(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f'expected a device such as "auto" or "cpu", got {name!r}') from error
    try:
        torch.zeros(1, device=device).cpu()  # a build of torch without it says so in its own way
    except torch.OutOfMemoryError:
        return device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"expected a device that torch can use, got {name!r}: {reason}") from error
    return device


def now(device: torch.device) -> float:
    """Return the time in seconds once a device has done what it was asked to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    return time.perf_counter()


def planes(array: NDArray[np.float32]) -> Tensor:
    """Turn an (h, w) or (h, w, c) array into a (1, c, h, w) tensor."""
    if not array.flags.writeable:  # torch has no read-only tensors; nobody writes to this one
        array = array.copy()
    tensor = torch.from_numpy(array)
    tensor = tensor[:, :, None] if tensor.ndim == 2 else tensor  # (h, w, c)
    return tensor.permute(2, 0, 1)[None]  # (1, c, h, w)


def with_mirrored(tensor: Tensor) -> Tensor:
    """Return a (1, c, h, w) tensor and its mirror image as a batch of two."""
    return torch.cat([tensor, tensor.flip(-1)])


def with_mirrored_clicks(rows: Tensor, width: int) -> Tensor:
    """Return (1, n, 3) clicks in a window of a width and in its mirror image, (2, n, 3)."""
    mirrored = rows.clone()
    mirrored[:, :, 1] = width - rows[:, :, 1] - 1
    return torch.cat([rows, mirrored])


def mean_of_mirrored(logits: Tensor) -> Tensor:
    """Return (1, 1, h, w) logits: the mean of an image's and its mirror image's, (2, 1, h, w)."""
    return 0.5 * (logits[:1] + logits[1:].flip(-1))
