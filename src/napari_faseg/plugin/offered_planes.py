"""The finished objects of planes that were worked on earlier, before anybody looks there."""

from collections.abc import Callable
from dataclasses import dataclass

from napari_faseg.interaction.arrays import Labels
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.image_source import ImageSource
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.runner import Runner
from napari_faseg.plugin.session_places import recorded_views
from napari_faseg.plugin.session_resuming import labels_to_resume


@dataclass(frozen=True, eq=False)
class Offer:
    """What a plane will be resumed with.

    Parameters
    ----------
    plane : Plane
    name : str
        What it is called; see `ImageSource.plane_name`.
    labels : (h, w) int32
        Its finished objects; none where there is no session that can be resumed.
    folder : str
        Of the session.
    """

    plane: Plane
    name: str
    labels: Labels | None
    folder: str


class OfferedPlanes:
    """Reads the sessions of all planes of an image in the background, one after the other.

    Clicks come in between: nobody waits for more than one of them. A session is read only where the
    pixels of the plane are those that it is about.

    Parameters
    ----------
    overlay : Overlay
        Knows the image.
    runner : Runner
    take : callable
        Is called with the offer of each plane that has one.
    """

    def __init__(self, overlay: Overlay, runner: Runner, take: Callable[[Offer], None]) -> None:
        self._overlay, self._runner, self._take = overlay, runner, take
        self._waiting: list[Plane] = []

    def look_for(self, plane: Plane, choice: ImageChoice) -> None:
        """Look for the sessions of all planes but one, which is in front."""
        self._choice = choice
        source = ImageSource(self._overlay, plane, choice)
        work, done = lambda: recorded_views(source), lambda views: self._begin(views, plane)
        self._runner.beside(work, done, _skip)

    def _begin(self, views: list[RecordedView], front: Plane) -> None:
        channel_axis, sizes = self._choice.channel_axis, self._overlay.shape
        planes = [_plane(view, sizes) for view in views if view.channel_axis == channel_axis]
        others = [plane for plane in planes if plane is not None and plane != front]
        # Planes of the last two axes come first: those that cross them know of their objects.
        self._waiting = sorted(
            others, key=lambda plane: plane.axes[0] + plane.axes[1], reverse=True
        )
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            plane = self._waiting.pop(0)
            source = ImageSource(self._overlay, plane, self._choice)
            self._runner.beside(lambda: _offer(source, plane), self._on_offer, self._on_failed)

    def _on_offer(self, offer: Offer) -> None:
        if offer.labels is not None and offer.labels.any():
            self._take(offer)
        self._go_on()

    def _on_failed(self, _reason: str) -> None:
        self._go_on()  # whoever goes there is told


def _offer(source: ImageSource, plane: Plane) -> Offer:
    source.read()
    found = labels_to_resume(source)
    folder, labels = ("", None) if found is None else (str(found[0]), found[1])
    return Offer(plane, source.plane_name, labels, folder)


def _plane(view: RecordedView, sizes: tuple[int, ...]) -> Plane | None:
    """Return the plane of labels that a view is of; None where those of these sizes lack it."""
    view = view.of_labels()
    fits = len(view.index) == len(sizes)
    if not fits or any(at >= size for at, size in zip(view.index, sizes, strict=True)):
        return None
    return Plane(view.axes, view.index, (sizes[view.axes[0]], sizes[view.axes[1]]))


def _skip(_reason: str) -> None:
    """Offer nothing: the session of a plane is found when the plane is looked at."""
