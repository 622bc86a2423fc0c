"""Host networks: whatever segments without clicks and lets us read its features.

A host turns an image into one to five feature levels, the map of its decoder and a foreground
logit, or class logits (the coarse result I_C of Sun et al. 2022). It never sees a click, so one
pass serves every click on that image.
"""

from napari_faseg.models.hosts import smp_by_name, torchvision  # noqa: F401  register themselves
from napari_faseg.models.hosts.adapt import as_host
from napari_faseg.models.hosts.base import Host, HostOutput
from napari_faseg.models.hosts.module import host_from_module
from napari_faseg.models.hosts.registry import HostOptions, build_host, host_names, register_host

__all__ = [
    "Host",
    "HostOptions",
    "HostOutput",
    "as_host",
    "build_host",
    "host_from_module",
    "host_names",
    "register_host",
]
