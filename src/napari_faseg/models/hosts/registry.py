"""Hosts by name: a dict and a decorator, and what other packages bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TypeAlias, TypeVar, cast

from napari_faseg.models.hosts.base import Host

ENTRY_POINTS = "napari_faseg.hosts"
OUTPUT_STRIDES = (8, 16)


@dataclass(frozen=True)
class HostOptions:
    """What a host is asked to be; one that has no use for an option ignores it.

    Attributes
    ----------
    encoder
        Name of an encoder.
    output_stride
        Stride of the coarsest feature level, 8 or 16, of a host that can be dilated.
    decoder_channels
        Channels of the decoder at stride 4.
    encoder_weights
        Name of pretrained weights of the encoder; None for random ones.
    """

    encoder: str
    output_stride: int
    decoder_channels: int
    encoder_weights: str | None = None


Builder: TypeAlias = Callable[[HostOptions], Host]
AnyBuilder = TypeVar("AnyBuilder", bound=Builder)

_BUILDERS: dict[str, Builder] = {}


def register_host(name: str) -> Callable[[AnyBuilder], AnyBuilder]:
    """Make a host known by a name.

    Parameters
    ----------
    name
        What `FASegNet` and files of weights call it.

    Returns
    -------
    callable
        A decorator for a function that takes `HostOptions` and returns a `Host`.

    Raises
    ------
    ValueError
        If the name is taken.
    """
    if name in _BUILDERS:
        raise ValueError(f"a host called {name!r} is registered already")

    def register(builder: AnyBuilder) -> AnyBuilder:
        _BUILDERS[name] = builder
        return builder

    return register


def host_names() -> tuple[str, ...]:
    """Return the names that `build_host` knows, those that other packages bring included."""
    brought = (entry.name for entry in entry_points(group=ENTRY_POINTS))
    return tuple(sorted({*_BUILDERS, *brought}))


def build_host(
    architecture: str = "deeplabv3plus",
    encoder: str = "tu-tf_efficientnet_lite1",
    *,
    output_stride: int = 16,
    decoder_channels: int = 256,
    encoder_weights: str | None = None,
) -> Host:
    """Make a host by name.

    Parameters
    ----------
    architecture
        One of `host_names()`. A registered name wins over one that another package brings.
    encoder
        Any encoder of ``segmentation_models_pytorch`` that suits the architecture; the hosts of
        torchvision have their own.
    output_stride
        Stride of the coarsest feature level, 8 or 16, of a host that can be dilated.
    decoder_channels
        Channels of the decoder at stride 4.
    encoder_weights
        Name of pretrained encoder weights to download (``"imagenet"``), or None for random ones.

    Raises
    ------
    ValueError
        If the name or the output stride is not known, or the encoder does not suit.
    ImportError
        If the package that brings the host cannot be imported.
    TypeError
        If it brings something else.
    """
    if output_stride not in OUTPUT_STRIDES:
        raise ValueError(f"expected an output stride of 8 or 16, got {output_stride}")
    builder = _BUILDERS.get(architecture) or _brought(architecture)
    host = builder(HostOptions(encoder, output_stride, decoder_channels, encoder_weights))
    if not isinstance(host, Host):
        raise TypeError(f"expected {architecture!r} to make a Host, got {type(host).__name__}")
    return host


def _brought(name: str) -> Builder:
    """Return what the entry point of a name makes a host with."""
    found = tuple(entry_points(group=ENTRY_POINTS, name=name))
    if not found:
        raise ValueError(f"expected a host among {', '.join(host_names())}, got {name!r}")
    packages = ", ".join(sorted(entry.dist.name if entry.dist else "?" for entry in found))
    if len(found) > 1:
        raise ValueError(f"expected one package that brings the host {name!r}, got {packages}")
    try:
        return cast(Builder, found[0].load())
    except (ImportError, AttributeError) as error:
        raise ImportError(f"the host {name!r} of {packages} cannot be imported: {error}") from error
