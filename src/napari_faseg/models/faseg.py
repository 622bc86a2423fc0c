"""FASegNet: the host, the feature-aware attention and the refinement, put together."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from napari_faseg.models.attention import FeatureAwareAttention
from napari_faseg.models.folding import folded, with_folded_layers
from napari_faseg.models.fusion import MultiScaleFusion
from napari_faseg.models.hosts import Host, HostOutput, build_host
from napari_faseg.models.hosts.base import MOST_LEVELS, check_host
from napari_faseg.models.layers import STRIDE, on_grid, to_grid
from napari_faseg.models.memo import PrefixMemo
from napari_faseg.models.obedience import obey
from napari_faseg.models.padding import padded, padded_grid, previous_on_grid, to_pixels
from napari_faseg.models.places import cells_of, place_maps, squared_distances
from napari_faseg.models.presets import Preset, find_preset
from napari_faseg.models.reach import reach
from napari_faseg.models.refinement import RefinementNet, n_guide_channels
from napari_faseg.models.semantic import any_object, class_odds, coarse_for
from napari_faseg.models.state import ClickState, Features
from napari_faseg.models.validation import check_clicks, check_image


class FASegNet(nn.Module):
    """Interactive segmentation by feature-aware attention (Sun et al. 2022).

    Parameters
    ----------
    host
        Name of a host (``"deeplabv3plus"``, ``"unet"``, ``"fcn_resnet50"``, ...), see
        :func:`~napari_faseg.models.host_names`, or a :class:`~napari_faseg.models.Host`.
    preset
        ``"default"`` (what users get), ``"paper"`` (literal), or a
        :class:`~napari_faseg.models.presets.Preset`.
    frozen_host
        Whether the host stays as it is in any training.

    Attributes
    ----------
    host_name
        Name that the host was made by; None for a host that was passed in.
    is_for_inference
        Whether it is a faster copy, which cannot be trained or saved.
    is_reaching
        Whether clicks that are contradicted reach what looks like them; see :meth:`reaching`.
    """

    def __init__(
        self,
        host: str | Host = "deeplabv3plus",
        *,
        preset: str | Preset = "default",
        frozen_host: bool = False,
    ) -> None:
        super().__init__()
        p = self.preset = find_preset(preset)
        self.host_name = host if isinstance(host, str) else None
        if isinstance(host, str):
            host = build_host(
                host,
                p.encoder,
                output_stride=p.output_stride,
                decoder_channels=p.decoder_channels,
            )
        check_host(host)
        if not 1 <= len(host.feature_channels) <= MOST_LEVELS:
            n = len(host.feature_channels)
            raise ValueError(f"expected a host of 1 to {MOST_LEVELS} feature levels, got {n}")
        self.host, self.frozen_host = host, frozen_host
        self.is_for_inference = self.is_reaching = False
        if frozen_host:
            host.eval().requires_grad_(False)
        self.fusion = MultiScaleFusion(host.feature_channels, p.width, p.channels)
        self.attention = nn.ModuleList(_attention(p) for _ in host.feature_channels)
        n_extra = 1 + (4 if p.nearness else 2) if p.previous_mask else 0
        self.refinement = RefinementNet(
            host.decoder_channels + sum(host.feature_channels[: self._n_detail]),
            p.refine_width,
            n_guide_channels(len(host.feature_channels)) + n_extra,
            p.out_channels,
            p.coarse_refine_width,
        )

    def train(self, mode: bool = True) -> FASegNet:
        """Put the network into training mode, all but a host that is frozen."""
        super().train(mode)
        if self.frozen_host:
            self.host.eval()
        return self

    def for_inference(self) -> FASegNet:
        """Return a faster copy with the same answers, which cannot be trained or saved."""
        quick = copy.copy(self)
        quick._modules = dict(self._modules)
        quick.host, quick.is_for_inference = folded(self.host), True
        quick._modules["fusion"] = with_folded_layers(self.fusion)
        quick._modules["refinement"] = with_folded_layers(self.refinement)
        return quick.eval()

    def reaching(self) -> FASegNet:
        """Return a copy with the same layers in which clicks reach what looks like them.

        It differs from the second click on, where clicks win and one of them is contradicted: what
        looks like the clicked pixel around it follows, too.
        """
        further = copy.copy(self)
        further.is_reaching = True
        return further

    def encode(self, image: Tensor) -> Features:
        """Run the host once.

        Parameters
        ----------
        image
            ``(b, 3, h, w)`` float in [0, 1]; any h and w from 1.

        Raises
        ------
        ValueError
            If the image has another shape.
        """
        check_image(image)
        return self.prepare(self.run_host(image), (image.shape[-2], image.shape[-1]))

    def run_host(self, image: Tensor) -> HostOutput:
        """Run the host alone on ``(b, 3, h, w)`` images in [0, 1]."""
        output: HostOutput = self.host(padded(image))
        return output

    def prepare(self, output: HostOutput, size: tuple[int, int]) -> Features:
        """Prepare for clicks on images of a height and a width what the host said about them."""
        fused = self.fusion(output.features, padded_grid(size, self.preset.attention_stride))
        grid = padded_grid(size, STRIDE)
        seen = [output.decoder, *output.features[: self._n_detail]]
        logit, odds = to_grid(output.logit, grid), None
        if logit.shape[1] > 1:
            odds = class_odds(logit)
            logit = any_object(odds, self.host.background)
        return Features(
            size,
            tuple(a.prepare(f) for a, f in zip(self._attentions, fused, strict=True)),
            self.refinement.prepare(torch.cat([to_grid(x, grid) for x in seen], dim=1)),
            logit,
            odds,
        )

    def coarse(self, features: Features) -> Tensor:
        """Return I_C, the result without any click: ``(b, 1, h, w)`` logits.

        Of a host that knows classes: everything but its background.
        """
        return to_pixels(features.coarse, features.size)

    def segment(self, features: Features, clicks: Tensor, previous: Tensor | None = None) -> Tensor:
        """Segment what the clicks mean.

        Only clicks beyond a prefix seen before cost anything but the refinement. Of a host that
        knows classes, the refinement sees the one that is clicked on, once there is a positive
        click: that whose mean probability at positive clicks exceeds that at negative ones most.

        Parameters
        ----------
        features
            Of :meth:`encode`.
        clicks
            ``(b, n, 3)`` rows of y, x in pixels of the encoded image and sign: +1 positive,
            -1 negative, 0 padding. n may be 0. A click outside the image counts for nothing.
        previous
            ``(b, 1, h, w)`` previous mask as probabilities; None stands for zeros.

        Returns
        -------
        Tensor
            ``(b, 1, h, w)`` logits.

        Raises
        ------
        ValueError
            If the shapes do not fit the encoded images.
        """
        check_clicks(clicks, features.coarse.shape[0])
        state = self.replay(features, clicks)
        return self.refine(features, state, self.guide(features, state), previous)

    def start(self, features: Features) -> ClickState:
        """State without any click."""
        b, _, h, w = features.coarse.shape
        scales = tuple(a.start(s) for a, s in zip(self._attentions, features.scales, strict=True))
        far = features.coarse.new_full((b, 2, h, w), torch.inf)
        return ClickState(features.coarse.new_zeros(b, 0, 3), scales, far)

    def extend(self, features: Features, state: ClickState, click: Tensor) -> ClickState:
        """Add one ``(b, 3)`` click (y, x, sign) per image; sign 0 adds none.

        A click outside the encoded image, and one in a cell that already holds one of its sign,
        leave the attention as it is.
        """
        click = click.to(features.coarse)
        again = (state.clicks == click[:, None]).all(-1).any(1)
        counts = _inside(click, features.size) & ~again
        click = torch.cat([click[:, :2], click[:, 2:] * counts[:, None]], dim=1)
        cell = self._cells(features, click[:, None])[:, 0]
        known = self._cells(features, state.clicks)
        seen = (known == cell[:, None]).all(-1) & (state.clicks[..., 2] == click[:, None, 2])
        sign = click[:, 2] * ~seen.any(1)
        scales = tuple(
            a.extend(f, s, cell, sign)
            for a, f, s in zip(self._attentions, features.scales, state.scales, strict=True)
        )
        h, w = features.coarse.shape[-2:]
        return ClickState(
            torch.cat([state.clicks, click[:, None]], dim=1),
            scales,
            torch.minimum(state.squared, squared_distances(click, (h, w))),
        )

    def replay(self, features: Features, clicks: Tensor) -> ClickState:
        """State after ``(b, n, 3)`` clicks, continued from the longest known prefix of them."""
        memo = features.memo if not torch.is_grad_enabled() else PrefixMemo()
        rows = [tuple(row) for row in clicks.transpose(0, 1).flatten(1).tolist()]
        n_known, state = memo.longest(rows)
        if state is None:
            state = self.start(features)
        for i in range(n_known, len(rows)):
            state = self.extend(features, state, clicks[:, i])
            memo.keep(rows[: i + 1], state)
        return state

    def guide(self, features: Features, state: ClickState) -> Tensor:
        """Return I_G, ``(b, 2 · scales, h', w')`` guidance logits on the grid of the attention."""
        guidance = [
            a.guide(f, s)
            for a, f, s in zip(self._attentions, features.scales, state.scales, strict=True)
        ]
        return torch.cat(guidance, dim=1)

    def refine(
        self,
        features: Features,
        state: ClickState,
        guidance: Tensor,
        previous: Tensor | None = None,
    ) -> Tensor:
        """Logits ``(b, 1, h, w)`` from the guidance and the ``(b, 1, h, w)`` previous mask."""
        h, w = features.coarse.shape[-2:]
        maps = [torch.sigmoid(coarse_for(features, state.clicks)), on_grid(guidance, (h, w))]
        if self.preset.previous_mask:
            places = place_maps(state.squared, self.preset.disk_radius, self.preset.nearness)
            maps += [previous_on_grid(previous, features.size, features.coarse), *places]
        logits = self.refinement.refine(torch.cat(maps, dim=1), features.refine)
        if self.preset.clicks_win and not self.training:
            if self.is_reaching:
                logits = reach(logits, state.clicks, features.scales[0].embeddings)
            logits = obey(logits, state.clicks)
        return to_pixels(logits, features.size)

    @property
    def _attentions(self) -> list[FeatureAwareAttention]:
        return [a for a in self.attention if isinstance(a, FeatureAwareAttention)]

    @property
    def _n_detail(self) -> int:
        """How many of the finest feature levels the refinement sees."""
        return 2 if self.preset.detail else 0

    def _cells(self, features: Features, clicks: Tensor) -> Tensor:
        """Cells ``(b, n, 2)`` of ``(b, n, 3)`` clicks in the grid of the attention."""
        h, w = features.scales[0].features.shape[-2:]
        return cells_of(clicks, (h, w), self.preset.attention_stride)


def _attention(preset: Preset) -> FeatureAwareAttention:
    return FeatureAwareAttention(
        preset.channels,
        dim=preset.embedding,
        regions=preset.regions,
        distance=preset.distance,
        attention=preset.attention,
    )


def _inside(click: Tensor, size: tuple[int, int]) -> Tensor:
    """Whether ``(b, 3)`` clicks lie on a pixel of the image, whose centre is at integers."""
    last = torch.tensor(size, device=click.device) - 0.5
    return ((click[:, :2] >= -0.5) & (click[:, :2] <= last)).all(1)
