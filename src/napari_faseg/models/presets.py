"""The two readings of the paper, as values; nothing else tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from napari_faseg.models.kinds import AttentionKind, DistanceKind

LARGER_THAN_NOTHING = (
    "output_stride",
    "decoder_channels",
    "width",
    "channels",
    "embedding",
    "refine_width",
    "out_channels",
    "attention_stride",
)


@dataclass(frozen=True)
class Preset:
    """Sizes and choices of a :class:`~napari_faseg.models.FASegNet`.

    Attributes
    ----------
    encoder, output_stride, decoder_channels
        Of the host, where the host is given by name.
    width
        Channels of the multi-scale maps SF_s and IF.
    channels
        Channels of the fused map IF_s of each scale.
    embedding, regions, distance
        Feature distance: embedding size, region sides, and its form.
    attention
        Click-guided (``"click"``), full (``"dense"``) or no attention.
    refine_width, out_channels
        Hidden and output channels of the refinement network.
    previous_mask
        Whether refinement also sees the previous mask and two maps of click disks.
    disk_radius
        Radius of the click disks in pixels of the encoded image.
    clicks_win
        Whether every clicked pixel ends with its own sign, when not training.
    attention_stride
        Pixels per cell of the grid that attention works on, a multiple of 4.
    coarse_refine_width
        Channels of the refinement layers that work at half the resolution; 0 for the six layers
        of the paper, all at full resolution.
    detail
        Whether refinement also sees the two finest feature levels of the host.
    nearness
        Distance from a click in pixels at which two further maps, of how near the next positive
        and negative click is, fall to one half; 0 for no such maps.

    Raises
    ------
    ValueError
        If a value cannot work; the message names it.
    """

    encoder: str
    output_stride: int
    decoder_channels: int
    width: int
    channels: int
    embedding: int
    regions: tuple[int, ...]
    distance: DistanceKind
    attention: AttentionKind
    refine_width: int
    out_channels: int
    previous_mask: bool
    disk_radius: float = 5.0
    clicks_win: bool = True
    attention_stride: int = 4
    coarse_refine_width: int = 0
    detail: bool = False
    nearness: float = 0.0

    def __post_init__(self) -> None:
        for name, kinds in (("distance", DistanceKind), ("attention", AttentionKind)):
            value, choices = getattr(self, name), get_args(kinds)
            if value not in choices:
                raise ValueError(f"expected {name} among {', '.join(choices)}, got {value!r}")
        for name in LARGER_THAN_NOTHING:
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"expected {name} above 0, got {value}")


DEFAULT = Preset(
    encoder="tu-tf_efficientnet_lite1",
    output_stride=16,
    decoder_channels=64,
    width=48,
    channels=24,
    embedding=12,
    regions=(1,),
    distance="trainable",
    attention="click",
    refine_width=24,
    out_channels=1,
    previous_mask=True,
    attention_stride=8,
    coarse_refine_width=32,
    detail=True,
    nearness=32.0,
)

PAPER = Preset(
    encoder="resnet101",
    output_stride=8,
    decoder_channels=256,
    width=64,
    channels=64,
    embedding=64,
    regions=(1, 3, 5),
    distance="trainable",
    attention="dense",
    refine_width=64,
    out_channels=3,
    previous_mask=False,
    clicks_win=False,
    attention_stride=8,
)

PRESETS = {"default": DEFAULT, "paper": PAPER}


def find_preset(preset: str | Preset) -> Preset:
    """Return the preset of that name, or the preset itself."""
    if isinstance(preset, Preset):
        return preset
    if preset not in PRESETS:
        raise ValueError(f"expected a preset among {sorted(PRESETS)}, got {preset!r}")
    return PRESETS[preset]
