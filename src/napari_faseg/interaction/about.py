"""What a recorded session is about: the image, and who answered the clicks, with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Self

from napari_faseg.interaction.image_identity import ImageIdentity

FORMAT = 1
PACKAGES = ("napari-faseg", "numpy", "torch")


@dataclass(frozen=True)
class About:
    """The facts of a session that its actions do not change.

    Parameters
    ----------
    image : ImageIdentity
        What the masks lie on.
    facts : mapping
        Everything else, as JSON knows it: `predictor`, `versions` and `began`, and what a caller
        adds, such as `source`, the path of the image.
    """

    image: ImageIdentity
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.image.shape[0], self.image.shape[1]

    @classmethod
    def now(cls, image: ImageIdentity, predictor: object, **facts: Any) -> Self:
        """Return what a session that begins now is about."""
        return cls(
            image,
            {
                "predictor": about_predictor(predictor),
                "versions": {package: version(package) for package in PACKAGES},
                "began": time_now(),
                **facts,
            },
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what `to_dict` made; ValueError, TypeError or KeyError if it did not."""
        return cls(ImageIdentity.from_dict(values["image"]), dict(values["facts"]))

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"image": self.image.to_dict(), "facts": dict(self.facts)}


def about_predictor(predictor: object) -> dict[str, Any]:
    """Return the kind of a predictor, and what it says of itself: its `about`, if it has one."""
    return {"kind": type(predictor).__name__, **getattr(predictor, "about", {})}


def time_now() -> str:
    """Return the time of day everywhere, such as 2026-05-04T13:02:01+00:00."""
    return datetime.now(UTC).isoformat(timespec="seconds")
