"""The kinds of distance and of attention that there are; a preset chooses one of each."""

from typing import Literal

DistanceKind = Literal["trainable", "euclidean"]
AttentionKind = Literal["click", "dense", "none"]
