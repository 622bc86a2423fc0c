"""How good, how many clicks, how fast: the benchmark protocol and its numbers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
