"""Dilated convolutions in half precision on a CPU, whose gradients torch gets wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

DILATION = 5  # the place among the arguments of torch.conv2d


def sound_gradients(device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which gradients are right: what is computed in it may be dilated.

    Parameters
    ----------
    device
        Where it is computed, as precisely as the autocast says that is in force now.
    """
    is_rough = device.type == "cpu" and torch.is_autocast_enabled("cpu")
    return _PlaneByPlane() if is_rough else nullcontext()


class _PlaneByPlane(TorchFunctionMode):
    """Gives dilated convolutions their images channel after channel.

    Where the channels of a pixel lie together, oneDNN 3 reads beside the images for the gradient of
    such weights in bfloat16, from about 40 x 40 cells on: it is wrong, NaN, or the end of Python.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        named = kwargs or {}
        dilation = args[DILATION] if len(args) > DILATION else named.get("dilation", 1)
        if function is not torch.conv2d or dilation in (1, (1, 1)):
            return function(*args, **named)
        images, weight, *rest = args
        found = function(images.contiguous(), weight.contiguous(), *rest, **named)
        return found.contiguous(memory_format=torch.channels_last)
