"""What there is to choose from, for who does not want to wait for torch to know it."""

from typing import Literal, TypeAlias

SourceKind: TypeAlias = Literal["salient", "instances", "parts"]
Precision: TypeAlias = Literal["auto", "32-true", "bf16-mixed"]
IMAGENET, NOTHING = "imagenet", "nothing"  # to begin with, in place of weights
