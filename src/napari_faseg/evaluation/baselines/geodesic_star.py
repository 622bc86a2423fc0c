"""Geodesic star convexity (Gulshan et al. 2010) on the graph cut."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.graph import MCP_Geometric

from napari_faseg.evaluation.baselines.graph_cut import NEVER, GraphCut
from napari_faseg.evaluation.baselines.seeds import OBJECT, Seeds

GRADIENT = 0.7  # share of the image's gradient, against plain distance, in the length of a path


class GeodesicStar(GraphCut):
    """The graph cut among objects that are star convex from the seeds.

    Every pixel of the object is reached from a positive seed along the geodesically shortest path
    without leaving the object.

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
        """Compute contrast weights, and what a step costs on each pixel."""
        super().prepare(rgb)
        steepness = ndimage.gaussian_gradient_magnitude(rgb.mean(axis=2), 1.0)
        mean = float(steepness.mean()) or 1.0
        self._steps = (1 - GRADIENT) + GRADIENT * steepness / mean

    def constrain(self, graph: Any, nodes: NDArray[np.integer], seeds: Seeds) -> None:
        """Tie each pixel to the one before it on its path: no object with the one only."""
        pixels, before = predecessors(self._steps, np.argwhere(seeds == OBJECT))
        children, parents = nodes.ravel()[pixels], nodes.ravel()[before]
        tied, free = np.full(len(pixels), NEVER), np.zeros(len(pixels))
        graph.add_edges(children, parents, tied, free)


def predecessors(
    steps: NDArray[np.floating], starts: NDArray[np.integer]
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Follow the shortest paths from starting pixels to all others.

    Parameters
    ----------
    steps : (h, w)
        What a step on each pixel costs, above 0.
    starts : (n, 2)
        Rows and columns.

    Returns
    -------
    pixels, before : (m,) integers
        Flat indices of the pixels that are no start, and of the pixel before each on its path.
    """
    paths = MCP_Geometric(steps)
    _, steps_back = paths.find_costs([tuple(start) for start in starts])
    rows, columns = np.nonzero(steps_back >= 0)
    offsets = np.asarray(paths.offsets)[steps_back[rows, columns]]
    before = np.ravel_multi_index((rows - offsets[:, 0], columns - offsets[:, 1]), steps.shape)
    return np.ravel_multi_index((rows, columns), steps.shape), before
