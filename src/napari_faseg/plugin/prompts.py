"""The two Points layers that hold the clicks: the points on screen are the clicks there are."""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from napari.layers import Points
from numpy.typing import NDArray
from psygnal import Signal

from napari_faseg.interaction.clicks import Click
from napari_faseg.plugin.click_layers import are_on, click_layers, features_of, number_of
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.held_click import HeldClick
from napari_faseg.plugin.overlay import Overlay

CHANGED = {"added", "removed", "changed"}  # napari announces each change before it makes it, too


@dataclass(frozen=True, eq=False)
class Coming:
    """A click that has been told of and is not drawn yet, and the point to draw, (n,)."""

    order: int
    click: Click
    plane: Plane
    point: NDArray[np.float64]


def _at_once(action: Callable[[], None]) -> None:
    action()


class Prompts:
    """Two new Points layers over an image, for positive and for negative clicks.

    Each point carries a number, its `order`: points that were placed later have larger ones,
    across both layers. It also carries which two axes were on screen when it was placed: where
    planes of a volume cross, it is a click on one of them.

    Parameters
    ----------
    overlay : Overlay
        Where they lie: over the image that is segmented.
    plane : Plane
        The plane of it that takes clicks.
    later : callable
        Takes what draws a point, and calls it when there is time for that; at once unless given.
        Where some of this waits already, more may be left out.

    Attributes
    ----------
    plane : Plane
        The same; it may change.
    """

    changed = Signal()

    def __init__(
        self,
        overlay: Overlay,
        plane: Plane,
        later: Callable[[Callable[[], None]], None] = _at_once,
    ) -> None:
        self.plane = plane
        self._later = later
        self.latest = 0
        """The `order` of the point that was placed last."""
        self._coming: Coming | None = None
        self._drawing: Coming | None = None  # the same, while napari adds it
        self._held: HeldClick | None = None
        self.positive, self.negative = click_layers(overlay, plane)
        for layer in self.layers:
            layer.events.data.connect(self._on_data)

    @property
    def layers(self) -> tuple[Points, Points]:
        """The layer of positive points and the layer of negative points."""
        return self.positive, self.negative

    def clicks(
        self, *, after: float = -inf, until: float = inf, plane: Plane | None = None
    ) -> tuple[Click, ...]:
        """Return the clicks that the points stand for, in the order in which they were placed.

        Points outside the image, on another plane of it, or at NaN are no clicks.

        Parameters
        ----------
        after, until : float
            Only points of an `order` above the one and not above the other.
        plane : Plane, optional
            Another plane than the one that takes clicks now.
        """
        plane, coming = plane or self.plane, self._coming
        is_coming = coming and plane == coming.plane and after < coming.order <= until
        found = [(float(coming.order), coming.click)] if coming and is_coming else []
        found += [
            (order, click)
            for layer in self.layers
            for order, point in self._points(layer, plane)
            if after < order <= until
            and (click := plane.to_click(point, positive=layer is self.positive))
        ]
        return tuple(click for _, click in sorted(found, key=lambda pair: pair[0]))

    def place(self, point: NDArray[np.float64], click: Click) -> None:
        """Place a point where a click was made, on the plane that takes clicks.

        Who listens to `changed` hears of the click before the point is there: to draw a point takes
        napari as long as a good part of the answer takes the network. The point is drawn later, so
        that a window is free between the two, but before that of the next click.

        Parameters
        ----------
        point : (n,) array
            In data coordinates of the image.
        click : Click
            What the point stands for.
        """
        try:
            self._draw()
        finally:  # an error there is no reason to lose this click
            self._announce(point, click)

    def replace(self, clicks: Iterable[Click], *, until: float, plane: Plane | None = None) -> None:
        """Let some clicks take the place of all points up to an `order`; later points stay.

        So do the points of other planes.

        Parameters
        ----------
        clicks : iterable of Click
            Oldest first.
        until : float
            The `order` of the last point that is replaced.
        plane : Plane, optional
            Another plane than the one that takes clicks now.
        """
        clicks, plane = tuple(clicks), plane or self.plane
        if clicks == self.clicks(until=until, plane=plane):
            return
        coming, held = self._coming, self._held
        if coming is not None and coming.order <= until and coming.plane == plane:
            self._coming = None  # it is among these clicks, or taken back
        if held is not None and held.order <= until and held.plane == plane:
            self._held = None  # likewise
        orders = [until - (len(clicks) - 1 - i) for i in range(len(clicks))]
        for layer in self.layers:
            chosen = [i for i, c in enumerate(clicks) if c.positive is (layer is self.positive)]
            known, on_axes = self._numbers(layer)
            stays = (known > until) | ~(are_on(layer, plane) & (on_axes == number_of(plane)))
            points = [plane.to_point(clicks[i]) for i in chosen] + list(layer.data[stays])
            order = [orders[i] for i in chosen] + list(known[stays])
            axes = [number_of(plane)] * len(chosen) + list(on_axes[stays])
            with layer.events.data.blocker(self._on_data):
                layer.selected_data = set()
                layer.data = np.reshape(points, (-1, layer.ndim))
                layer.features = features_of(order, axes)

    def order_at(self, distance: Callable[[Points, NDArray[np.float64]], float]) -> float | None:
        """Return the `order` of the click that is seen on the plane and nearest to a place.

        Parameters
        ----------
        distance : callable
            Returns how far the place is from an (n,) point of a layer; inf: too far.
        """
        self._draw()
        away = [
            (distance(layer, point), order)
            for layer in self.layers
            if layer.visible
            for order, point in self._points(layer, self.plane)
            if self.plane.to_click(point) is not None
        ]
        nearest, order = min(away, default=(inf, 0.0))
        return order if nearest < inf else None

    def hold(self, order: float) -> None:
        """Take hold of the click of an `order`, if there is one, until `let_go`."""
        holding = [layer for layer in self.layers if order in self._numbers(layer)[0]]
        self._held = HeldClick(holding[0], order, self.plane) if holding else None

    def carry(self, click: Click) -> None:
        """Draw the click that is held where another one would be; it still counts where it was."""
        if self._held is not None:
            self._held.carry(self._held.plane.to_point(click))

    def let_go(self, click: Click | None) -> None:
        """Move the click that is held to where another one would be, None: leave it where it was.

        It is also left there where another plane takes clicks by now.
        """
        held, self._held = self._held, None
        if held is not None:
            held.carry(held.point)
            if click is not None and held.plane == self.plane:
                held.put(held.plane.to_point(click))

    def remove(self, order: float) -> None:
        """Remove the click of an `order`."""
        for layer in self.layers:
            if order in (orders := self._numbers(layer)[0]):
                layer.selected_data = set(np.flatnonzero(orders == order).tolist())
                layer.remove_selected()

    def close(self, left: Container[Points] | None = None) -> None:
        """Leave the layers to the person, with all clicks drawn.

        Parameters
        ----------
        left : container of Points, optional
            Nothing is drawn any more in a layer that is not among these.
        """
        coming = self._coming
        if coming is not None and left is not None and self._layer_of(coming) not in left:
            self._coming = None
        try:
            self._draw()
        finally:
            for layer in self.layers:
                layer.events.data.disconnect(self._on_data)

    def _on_data(self, event: Any) -> None:
        action = str(event.action)
        if action not in CHANGED:
            return
        if action == "added":
            drawn, self._drawing = self._drawing, None
            self._number(event.source, list(event.data_indices), drawn)
            if drawn is not None:
                self._coming = None
                return  # all have heard of it
        self.changed.emit()

    def _announce(self, point: NDArray[np.float64], click: Click) -> None:
        self.latest += 1
        self._coming = Coming(self.latest, click, self.plane, point)
        try:
            self.changed.emit()
        except BaseException:
            self._coming = None
            raise
        if self._coming is not None:
            self._later(self._draw)

    def _draw(self) -> None:
        """Draw the point of the click that is coming, if one is."""
        coming = self._coming
        if coming is None or self._drawing is not None:
            return
        self._drawing, layer = coming, self._layer_of(coming)
        try:
            layer.add(coming.point)
            layer.selected_data = set()  # else a layer linked to it gives this one its own numbers
        finally:
            self._drawing = None
            if self._coming is coming:  # it could not be drawn
                self._coming = None

    def _layer_of(self, coming: Coming) -> Points:
        return self.positive if coming.click.positive else self.negative

    def _points(self, layer: Points, plane: Plane) -> Iterator[tuple[float, NDArray[np.float64]]]:
        """Yield the `order` of each point of a layer on a plane, and where it counts, (n,)."""
        held = self._held if self._held is not None and self._held.layer is layer else None
        for order, axes, point in zip(*self._numbers(layer), layer.data, strict=True):
            if axes == number_of(plane) and np.isfinite(point).all():
                yield order, held.point if held is not None and held.order == order else point

    def _numbers(self, layer: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the order of n points and the axes of their planes, (n,) each.

        Where somebody has put other features into their place, the points are numbered anew, just
        before the latest click.
        """
        table = layer.features
        if not {"order", "axes"} <= set(table.columns):
            n = len(table)
            order = self.latest - 1 + np.arange(1, n + 1) / (n + 1)
            new = features_of(order, np.full(n, number_of(self.plane)))
            layer.features = {**table, **new}
            table = layer.features
        return table["order"].to_numpy(), table["axes"].to_numpy()

    def _number(self, layer: Points, rows: list[int], drawn: Coming | None) -> None:
        """Give new points the next numbers, or that of the click that was drawn."""
        first, plane = (drawn.order, drawn.plane) if drawn else (self.latest + 1, self.plane)
        self.latest += 0 if drawn else len(rows)
        # In the table itself: napari is about to tell that features have changed, and to assign
        # them would make it compute all colours and sizes once more.
        self._numbers(layer)
        table = layer.features
        table.iloc[rows, table.columns.get_loc("order")] = first + np.arange(float(len(rows)))
        table.iloc[rows, table.columns.get_loc("axes")] = float(number_of(plane))
