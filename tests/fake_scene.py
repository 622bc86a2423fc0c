"""A network of a few lines that finds discs, with the interface of a real one."""

import torch
from torch import Tensor, nn


class SceneFeatures:
    """What `SceneNet` encodes: the window itself."""

    def __init__(self, image: Tensor) -> None:
        self.image = image

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[2], self.image.shape[3]


class SceneNet(nn.Module):
    """A network without weights that answers with the distance to the clicks.

    It is the fake network of the benchmark protocol: its logit grows towards positive clicks,
    with the previous probability and with the red channel.

    Parameters
    ----------
    reach : float
        Distance in pixels beyond which a side without clicks counts.
    empty_at : int or None
        With exactly so many clicks it finds nothing.

    Attributes
    ----------
    encoded : list of tuple of int
        Shape of each image that was encoded.
    """

    def __init__(self, reach: float = 45, *, empty_at: int | None = None) -> None:
        super().__init__()
        self.reach = reach
        self.empty_at = empty_at
        self.encoded: list[tuple[int, ...]] = []

    def encode(self, image: Tensor) -> SceneFeatures:
        self.encoded.append(tuple(image.shape))
        return SceneFeatures(image.double())

    def segment(
        self, features: SceneFeatures, clicks: Tensor, previous: Tensor | None = None
    ) -> Tensor:
        image = features.image
        before = torch.zeros_like(image[:, :1]) if previous is None else previous.double()
        near = self._distance(clicks, 1, features.size)
        far = self._distance(clicks, -1, features.size)
        logits = (far - near) / (0.21 * self.reach) + 0.37 * (before - 0.5) + 0.01371
        logits = (logits + 0.3 * (image[:, :1] - 0.5)).clamp(-9, 9)
        is_empty = self.empty_at is not None and clicks.shape[1] == self.empty_at
        return torch.full_like(logits, -5) if is_empty else logits

    def coarse(self, features: SceneFeatures) -> Tensor:
        return 4 * (features.image[:, :1] - 0.5)

    def _distance(self, clicks: Tensor, sign: int, size: tuple[int, int]) -> Tensor:
        y = torch.arange(size[0], dtype=torch.float64)[:, None]
        x = torch.arange(size[1], dtype=torch.float64)[None, :]
        maps = []
        for rows in clicks.double():
            squared = torch.full(size, self.reach**2, dtype=torch.float64)
            of_sign = rows[rows[:, 2] == sign]
            if len(of_sign) > 0:
                squared = torch.stack([(y - r) ** 2 + (x - c) ** 2 for r, c, _ in of_sign]).amin(0)
            maps.append(squared.sqrt())
        return torch.stack(maps)[:, None]
