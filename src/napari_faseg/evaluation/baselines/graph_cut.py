"""Interactive graph cuts (Boykov & Jolly 2001), with colour models and contrast weights."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_faseg._extra import import_extra
from napari_faseg.evaluation.baselines.colours import colour_costs
from napari_faseg.evaluation.baselines.seeds import BACKGROUND, OBJECT, SeededPredictor, Seeds
from napari_faseg.interaction.arrays import Mask, Probability

NEVER = 1e9  # capacity of an edge that is not to be cut
BOUNDARY = 50.0  # weight of the boundary against the colours, as in GrabCut (Rother et al. 2004)
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))  # half of the eight, as (row, column)


class GraphCut(SeededPredictor):
    """The cheapest object that holds the seeds: colours inside, contrast along the boundary.

    Parameters
    ----------
    radius : float
        Of the disc of seeds around each click, in pixels.

    Raises
    ------
    ImportError
        If PyMaxflow is not installed.
    """

    def prepare(self, rgb: NDArray[np.float32]) -> None:
        """Compute the contrast weights of all pairs of neighbours."""
        self._maxflow = import_extra("maxflow", "PyMaxflow")
        self._weights = list(contrast_weights(rgb))

    def grow(
        self,
        rgb: NDArray[np.float32],
        seeds: Seeds,
        previous: Probability | None,  # noqa: ARG002  the seeds say everything
    ) -> Mask:
        """Return the (h, w) object of the smallest cut."""
        graph = self._maxflow.Graph[float]()
        nodes = graph.add_grid_nodes(seeds.shape)
        for (down, right), weights in zip(NEIGHBOURS, self._weights, strict=True):
            structure = np.zeros((3, 3))
            structure[1 + down, 1 + right] = 1
            graph.add_grid_edges(nodes, weights, structure, symmetric=True)
        graph.add_grid_tedges(nodes, *terminal_costs(rgb, seeds))
        self.constrain(graph, nodes, seeds)
        graph.maxflow()
        is_background: Mask = graph.get_grid_segments(nodes)
        return ~is_background

    def constrain(self, graph: Any, nodes: NDArray[np.integer], seeds: Seeds) -> None:
        """Add further edges; none unless overridden."""


def contrast_weights(rgb: NDArray[np.float32]) -> Iterator[NDArray[np.floating]]:
    """Yield for each of `NEIGHBOURS` the (h, w) cost of a boundary between a pixel and it."""
    squared = [_squared_difference(rgb, *offset) for offset in NEIGHBOURS]
    mean = float(np.mean([s.mean() for s in squared])) or 1.0
    for s, offset in zip(squared, NEIGHBOURS, strict=True):
        yield BOUNDARY * np.exp(-s / (2 * mean)) / np.hypot(*offset)


def terminal_costs(
    rgb: NDArray[np.float32], seeds: Seeds
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return what it costs to call each pixel background, and object, both (h, w).

    Without negative seeds the colours of the whole image stand for those of the background.
    """
    is_object, is_background = seeds == OBJECT, seeds == BACKGROUND
    outside = is_background if is_background.any() else np.ones(seeds.shape, bool)
    as_object, as_background = colour_costs(rgb, is_object), colour_costs(rgb, outside)
    as_background[is_object], as_object[is_object] = NEVER, 0
    as_object[is_background], as_background[is_background] = NEVER, 0
    return as_background, as_object


def _squared_difference(rgb: NDArray[np.float32], down: int, right: int) -> NDArray[np.floating]:
    """Squared difference of colour between each pixel and a neighbour; itself at the border."""
    h, w = rgb.shape[:2]
    rows = np.minimum(np.arange(h) + down, h - 1)
    columns = np.clip(np.arange(w) + right, 0, w - 1)
    difference: NDArray[np.floating] = ((rgb - rgb[np.ix_(rows, columns)]) ** 2).sum(axis=2)
    return difference
