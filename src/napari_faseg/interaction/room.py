"""Whether there is memory for what the network is about to do, asked before it begins.

torch says so where an allocation of its own fails, and the work goes on with less. Inside oneDNN,
which does its convolutions on a CPU, some that fail end the process instead. So all that is needed
is asked for in one piece first, and given back: what is freed is there for the next who asks. The
machine code that oneDNN writes for a convolution does not lie where tensors do, so that some more
room is asked for beside them.
"""

import mmap

import torch

ENCODING = 320  # bytes for each pixel that the packaged network encodes; 256 to 260 in its tensors
ANSWERING = 64  # bytes for each pixel of an answer; 51 in its tensors
SPARE = 16 << 20  # bytes beside those for what oneDNN prepares, and as many for its code


def make_room(device: torch.device, n_pixels: int, per_pixel: int) -> None:
    """Take memory for work on so many pixels, and give it back; other devices are not asked.

    Raises
    ------
    MemoryError, RuntimeError
        If there is not so much; the latter is torch's own, as where an allocation of a tensor
        fails.
    """
    if device.type != "cpu":
        return
    try:
        code = mmap.mmap(-1, SPARE)
    except OSError as error:
        raise MemoryError(f"there is no memory for the network: {error}") from None
    with code:
        torch.empty(n_pixels * per_pixel + SPARE, dtype=torch.uint8)
