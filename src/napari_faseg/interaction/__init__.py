"""A person (or a robot) and a network, click by click: numpy in, numpy out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
