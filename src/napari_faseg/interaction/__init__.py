"""A person (or a robot) and a network, click by click: numpy in, numpy out.

`NetPredictor` imports torch, which takes seconds: who may not need it says
`interaction.NetPredictor` where it is needed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
