from . import training_job

__all__ = ["training_job"]
