"""Any network as a host: its layers are read while it runs, by their names."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

import torch
from torch import Tensor, nn

from napari_faseg.models.hosts.base import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    MOST_LEVELS,
    N_COLOURS,
    Host,
    HostOutput,
    Normalisation,
    check_background,
    check_numbers,
)

PROBE = 64  # side in pixels of the image that a network is tried with
WHOLE = "the network"  # what is returned by the network itself


def host_from_module(
    network: nn.Module,
    features: Sequence[str],
    *,
    decoder: str | None = None,
    output: str | None = None,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    background: int | None = 0,
    encoder: str = "",
) -> Host:
    """Make a host of any network that takes images of any size.

    It is tried with a small image at once. Of a layer that runs several times, the last result
    counts.

    Parameters
    ----------
    network
        Takes ``(b, 3, h, w)`` or ``(b, 1, h, w)`` images; it becomes a part of the host.
    features
        Names of one to five layers, fine to coarse, as ``network.named_modules()`` lists them, that
        give ``(b, c_i, h_i, w_i)`` maps: F_0 to F_4 of the paper.
    decoder
        Layer that gives the map I_F, as a rule the last before the logits; the last of the
        features unless given.
    output
        Layer that gives the logits, ``(b, 1, h', w')`` of the foreground or ``(b, k, h', w')`` of
        k classes; what the network returns unless given. Name the layer before a sigmoid or
        softmax, if there is one.
    mean, std
        Normalisation that the network expects, for images in [0, 1]: three numbers each, or one
        for a network that takes grey images.
    background
        Which of several classes is no object; None: each of them is one.
    encoder
        Part that is pretrained, which training may leave as it is or treat with more care than the
        rest; the whole network unless given.

    Raises
    ------
    ValueError
        If a layer is unknown or gives no such map, there are too many levels, the network takes no
        such images or is not of 32-bit floats, or a std is not above 0.
    TypeError
        If the features are one name.
    """
    if isinstance(features, str):
        raise TypeError(f"expected a list of names of layers as features, got {features!r}")
    names = (decoder, output, encoder)
    return ModuleHost(network, features, *names, Normalisation(mean, std), background)


class ModuleHost(Host):
    """A network whose layers are read while it runs; see `host_from_module`."""

    def __init__(
        self,
        network: nn.Module,
        features: Sequence[str],
        decoder: str | None,
        output: str | None,
        encoder: str,
        normalise: Normalisation,
        background: int | None,
    ) -> None:
        super().__init__()
        check_numbers(network)
        self.network, self.background = network, background
        self.normalise = normalise.to(next(network.parameters(), torch.empty(0)).device)
        self._features = tuple(features)
        if not 1 <= len(self._features) <= MOST_LEVELS:
            raise ValueError(f"expected 1 to {MOST_LEVELS} feature layers, got {len(features)}")
        self._decoder = decoder or self._features[-1]
        self._output = output or WHOLE
        self._encoder = encoder
        for name in (*self._tapped, encoder):
            _refuse_unknown(network, name)
        tried = self._tried()
        self.feature_channels = tuple(level.shape[1] for level in tried.features)
        self.decoder_channels = tried.decoder.shape[1]
        self._refuse_impossible(tried)

    @property
    def encoder(self) -> nn.Module:  # type: ignore[override]
        """The part that is pretrained."""
        return self.network.get_submodule(self._encoder)

    def forward(self, image: Tensor) -> HostOutput:
        """Run the network on ``(b, 3, h, w)`` images in [0, 1], h and w multiples of 64."""
        with _read(self.network, self._tapped) as seen:
            returned = self.network(self.normalise(image))
        if self._output == WHOLE:
            seen[WHOLE] = returned
        maps = {name: _map(name, seen) for name in (*self._tapped, self._output)}
        levels = tuple(maps[name] for name in self._features)
        return HostOutput(levels, maps[self._decoder], maps[self._output])

    @property
    def _tapped(self) -> tuple[str, ...]:
        """Names of all layers that are read, each once."""
        names = (*self._features, self._decoder, self._output)
        return tuple(name for name in dict.fromkeys(names) if name != WHOLE)

    def _tried(self) -> HostOutput:
        """Run a copy on a small grey image; the network's own mode and statistics stay."""
        quick = copy.deepcopy(self).eval()
        known = next(self.network.parameters(), torch.empty(0))
        try:
            with torch.inference_mode():
                tried: HostOutput = quick(known.new_full((1, N_COLOURS, PROBE, PROBE), 0.5))
        except ValueError:  # a sentence already
            raise
        except Exception as error:
            # Every network has its own way to say that it cannot, an assertion too.
            n, said = quick.normalise.mean.shape[1], str(error).splitlines()
            raise ValueError(
                f"expected a network for images of shape (1, {n}, {PROBE}, {PROBE}), as many "
                f"channels as mean has numbers, got {said[0] if said else type(error).__name__}"
            ) from error
        return tried

    def _refuse_impossible(self, tried: HostOutput) -> None:
        sides = [level.shape[-1] for level in tried.features]
        if sides != sorted(sides, reverse=True):
            raise ValueError(f"expected feature layers from fine to coarse, got widths {sides}")
        check_background(self.background, tried.logit.shape[1])


@contextmanager
def _read(network: nn.Module, names: Sequence[str]) -> Iterator[dict[str, object]]:
    """Give a dict that is filled with what the layers of these names give while it is open."""
    seen: dict[str, object] = {}

    def reader(name: str) -> Callable[[nn.Module, object, object], None]:
        def read(_layer: nn.Module, _given: object, result: object) -> None:
            seen[name] = result

        return read

    hooks = [network.get_submodule(n).register_forward_hook(reader(n)) for n in names]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _map(name: str, seen: dict[str, object]) -> Tensor:
    """Return what a layer gave, if it is a map."""
    if name not in seen:
        raise ValueError(f"expected a (b, c, h, w) map from {name!r}, which never ran")
    result = seen[name]
    if not isinstance(result, Tensor):
        advice = ": name the layer of the logits as output" if name == WHOLE else ""
        got = type(result).__name__ + advice
    elif result.ndim != 4:
        got = f"shape {tuple(result.shape)}"
    elif not result.is_floating_point():
        got = f"whole numbers, {result.dtype}"
    else:
        return result
    raise ValueError(f"expected a (b, c, h, w) map from {name!r}, got {got}")


def _refuse_unknown(network: nn.Module, name: str) -> None:
    names = [known for known, _ in network.named_modules()]  # "" is the network itself
    if name in names:
        return
    near = get_close_matches(name, names, cutoff=0.4) or names[1:6]
    raise ValueError(
        f"expected a layer of {type(network).__name__}, got {name!r}; near: {', '.join(near)}"
    )
