from .attention import FeatureAwareAttention
from .faseg import FASegNet
from .hosts import (
    Host,
    HostOptions,
    HostOutput,
    as_host,
    build_host,
    host_from_module,
    host_names,
    register_host,
)
from .library import (
    WeightsInfo,
    available_weights,
    delete_weights,
    export_weights,
    new_weights_path,
    weight_names,
    weights_facts,
    weights_sha256,
)
from .plugging import plug_in
from .presets import Preset
from .refinement import RefinementNet
from .state import Features
from .weights import add_weights, load_model, read_card, save_model

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
    "add_weights",
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
