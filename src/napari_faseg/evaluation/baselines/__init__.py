"""Methods without a network, for comparison. They need the extra `benchmark`."""

from collections.abc import Callable

from napari_faseg.evaluation.baselines.geodesic_star import GeodesicStar
from napari_faseg.evaluation.baselines.grabcut import GrabCut
from napari_faseg.evaluation.baselines.graph_cut import GraphCut
from napari_faseg.evaluation.baselines.random_walker import RandomWalker
from napari_faseg.evaluation.baselines.seeds import SeededPredictor

BASELINES: dict[str, Callable[..., SeededPredictor]] = {
    "graph_cut": GraphCut,
    "random_walker": RandomWalker,
    "geodesic_star": GeodesicStar,
    "grabcut": GrabCut,
}

__all__ = ["BASELINES", "GeodesicStar", "GrabCut", "GraphCut", "RandomWalker"]
