"""Take the pictures of the window, all of them or those that are named.

    xvfb-run -a -s "-screen 0 1600x1000x24" python -m docs.screenshots.take_all
    xvfb-run -a -s "-screen 0 1600x1000x24" python -m docs.screenshots.take_all napari stack

They are taken of the real thing: the widgets of the manifest, the packaged weights, and clicks and
keys of the mouse and the keyboard. Recorded sessions and preferences are not those of this user.
"""

import os
import sys
from collections.abc import Callable, Mapping
from tempfile import TemporaryDirectory

from docs.screenshots import clicks, keeping, objects_known

PARTS: Mapping[str, Callable[[], None]] = {
    part.__name__: part
    for part in (
        clicks.napari,
        clicks.negative_click,
        clicks.threshold,
        clicks.probability,
        clicks.objects,
        clicks.merged,
        clicks.transformed,
        clicks.stack,
        clicks.carried,
        clicks.light,
        keeping.resumed,
        keeping.preferences,
        objects_known.evaluation,
        objects_known.training,
    )
}


def main() -> None:
    """Take the pictures that the command line names."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - PARTS.keys():
        sys.exit(f"expected some of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    for name in names:
        with TemporaryDirectory() as folder:
            os.environ["NAPARI_FASEG_SESSIONS"] = folder
            os.environ["NAPARI_FASEG_WEIGHTS"] = folder
            PARTS[name]()


if __name__ == "__main__":
    main()
