"""The command line: `faseg segment | models | demo | evaluate`, one short file per command."""

from napari_faseg.cli.app import app

__all__ = ["app"]
