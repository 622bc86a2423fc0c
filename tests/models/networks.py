"""Small networks for tests: real parts, few channels, random weights."""

from dataclasses import replace

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from napari_faseg.models import FASegNet, Host, HostOutput, Preset
from napari_faseg.models.presets import DEFAULT


class TinyHost(Host):
    """Five plain convolutions as a host."""

    def __init__(self) -> None:
        super().__init__()
        self.feature_channels = (3, 4, 5, 6, 7)
        self.decoder_channels = 6
        channels = (3, *self.feature_channels)
        self.encoder = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1)
            for a, b in zip(channels, self.feature_channels, strict=False)
        )
        self.head = nn.Conv2d(6, 1, 1)

    def forward(self, image: Tensor) -> HostOutput:
        features, x = [], image
        for layer in self.encoder:
            x = torch.tanh(layer(x))
            features.append(x)
        return HostOutput(tuple(features), features[3], self.head(features[3]))


class SmallUnet(nn.Module):
    """Two levels down and up again, as many write it; other things beside, to be refused."""

    def __init__(self, colours: int = 3, classes: int = 1) -> None:
        super().__init__()
        self.down1 = nn.Sequential(nn.Conv2d(colours, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.ReLU())
        self.down2 = nn.Sequential(nn.Conv2d(4, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.ReLU())
        self.pooled = nn.Flatten()
        self.never = nn.Identity()
        self.up = nn.ConvTranspose2d(6, 4, 2, 2)
        self.head = nn.Conv2d(8, classes, 1)
        self.last = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        fine = self.down1(x)
        coarse = self.down2(fine)
        self.pooled(coarse)
        return self.last(self.head(torch.cat([fine, self.up(coarse)], 1)))


def tiny_preset(**changes: object) -> Preset:
    """Return the default preset with few channels and a small encoder of the same family."""
    few = {"encoder": "tu-mobilenetv3_small_050", "width": 6, "channels": 4, "embedding": 3}
    return replace(DEFAULT, **{**few, "refine_width": 5, **changes})  # type: ignore[arg-type]


def tiny_network(**changes: object) -> FASegNet:
    """Return a network whose every part matters, in evaluation mode."""
    torch.manual_seed(0)
    net = FASegNet(TinyHost(), preset=tiny_preset(**changes))
    for attention in net.attention:
        if attention.kind != "none":
            nn.init.constant_(attention.gamma, 0.7)
        nn.init.uniform_(attention.distance.bias, -0.2, 0.2)
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean, -0.3, 0.3)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
    return net.eval()


HEIGHT, WIDTH = 45, 70


def image(seed: int = 0, batch: int = 1, size: tuple[int, int] = (HEIGHT, WIDTH)) -> Tensor:
    """Return random images."""
    return torch.rand(batch, 3, *size, generator=torch.Generator().manual_seed(seed))


def enlarged(logits: Tensor) -> Tensor:
    """Return logits of the grid at every pixel."""
    return nn.functional.interpolate(logits, scale_factor=4, mode="bilinear")


def click_lists(min_size: int = 0, max_size: int = 7) -> st.SearchStrategy[Tensor]:
    """Return a strategy of ``(1, n, 3)`` clicks inside the image."""
    click = st.tuples(
        st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.sampled_from([1, -1])
    )
    lists = st.lists(click, min_size=min_size, max_size=max_size)
    return lists.map(lambda rows: torch.tensor(rows, dtype=torch.float32).reshape(1, -1, 3))


def separate_clicks() -> st.SearchStrategy[Tensor]:
    """Return a strategy of ``(1, n, 3)`` clicks 12 pixels apart and more, in 64 x 80 pixels.

    Nobody clicks both signs on one spot.
    """
    click = st.tuples(
        st.integers(0, 4), st.integers(0, 5), st.integers(0, 3), st.sampled_from([1, -1])
    )
    lists = st.lists(click, min_size=1, max_size=12, unique_by=lambda c: c[:2])
    return lists.map(
        lambda some: torch.tensor([[[15.0 * r + d, 15.0 * c + d, s] for r, c, d, s in some]])
    )
