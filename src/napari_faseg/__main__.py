"""`python -m napari_faseg` is the command `faseg`."""

from napari_faseg.cli import app

if __name__ == "__main__":
    app(prog_name="faseg")
