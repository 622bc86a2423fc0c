"""The network. Needs torch only, and could be lifted out as a package of its own."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
