"""The network. Needs torch only, and could be lifted out as a package of its own."""

from napari_faseg.models.attention import FeatureAwareAttention
from napari_faseg.models.faseg import FASegNet
from napari_faseg.models.hosts import (
    Host,
    HostOptions,
    HostOutput,
    as_host,
    build_host,
    host_from_module,
    host_names,
    register_host,
)
from napari_faseg.models.library import (
    WeightsInfo,
    available_weights,
    delete_weights,
    export_weights,
    new_weights_path,
    weight_names,
    weights_facts,
    weights_sha256,
)
from napari_faseg.models.plugging import plug_in
from napari_faseg.models.presets import Preset
from napari_faseg.models.refinement import RefinementNet
from napari_faseg.models.state import Features
from napari_faseg.models.weights import load_model, read_card, save_model

__all__ = [
    "FASegNet",
    "FeatureAwareAttention",
    "Features",
    "Host",
    "HostOptions",
    "HostOutput",
    "Preset",
    "RefinementNet",
    "WeightsInfo",
    "as_host",
    "available_weights",
    "build_host",
    "delete_weights",
    "export_weights",
    "host_from_module",
    "host_names",
    "load_model",
    "new_weights_path",
    "plug_in",
    "read_card",
    "register_host",
    "save_model",
    "weight_names",
    "weights_facts",
    "weights_sha256",
]
