"""What happens where the memory of the processor runs out, at one stage after the other.

    python benchmarks/out_of_memory.py
    python benchmarks/out_of_memory.py --step 5 --json memory.json

Each time a process of its own opens a photograph of 1024 x 1024 in the real annotator with the
packaged weights, and may then take so many MB more of the system and no more: the less they are,
the earlier an allocation fails, while the image is taken over, encoded, seen once more or clicked
on again. Two clicks are made, the limit is lifted, another two are made, and everything is closed.

The exit code is 1 where a process ends otherwise than by itself; where the start or a click ends
neither in a mask nor in a sentence about memory, or a click after the limit in no mask; where more
than one sentence comes at once; or where more than 5 % more memory is in tensors in the end than
before the image came. Linux.
"""

import argparse
import faulthandler
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import skimage.data
import skimage.transform
import torch
from napari.components import ViewerModel
from napari.layers import Image
from napari.utils.notifications import notification_manager

from napari_faseg.interaction.sparing import SparingPredictor
from napari_faseg.plugin.annotator import start

SIDE = 1024
PLACES = ((600, 460), (150, 460), (420, 300), (900, 200))  # of clicks
N_SCARCE = 2  # of them come while there is little memory
SIGN = "memory"  # in every sentence about it
MOST_LEFT = 1.05
PATIENCE = 120.0  # seconds, after which a process counts as hung and says where it is
MEGA = 2**20


def main() -> None:
    """Take the memory away again and again, print and write what came of it; or be one of those."""
    options = parse_options()
    if options.one is not None:
        print(json.dumps(work(options.one)))
        return
    margins = range(options.least, options.most + 1, options.step)
    found = []
    for margin in margins:
        found.append(limited(margin))
        print(json.dumps(found[-1]), flush=True)
    bad = [one for one in found if not is_good(one)]
    n_masks = sum(bool(one.get("masks", [False])[0]) for one in found)
    print(f"{len(found)} limits, {n_masks} with a mask at the first click, {len(bad)} bad")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2), encoding="utf-8")
    sys.exit(int(bool(bad)))


def parse_options() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--least", type=int, default=10, help="MB that may be taken")
    parser.add_argument("--most", type=int, default=500, help="the same")
    parser.add_argument("--step", type=int, default=10, help="the same")
    parser.add_argument("--json", type=Path, help="file to write as well")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)  # the MB of a process
    return parser.parse_args()


def limited(margin: int) -> dict[str, Any]:
    """Return what a process with so many MB to take has found."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", __file__, "--one", str(margin)],
            env={**os.environ, "NAPARI_FASEG_SESSIONS": folder, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
    if done.returncode != 0:
        return {"margin": margin, "code": done.returncode, "said": done.stderr[:2000]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def is_good(one: dict[str, Any]) -> bool:
    """Whether a process has done what it should."""
    if "code" in one:
        return False
    spoken = all(SIGN in text for texts in one["told"] for text in texts)
    clicks = zip(one["masks"], one["told"][1:], strict=True)
    answered = all(has_mask or texts for has_mask, texts in clicks if has_mask is not None)
    answered = answered and (one["masks"][0] is not None or bool(one["told"][0]))
    once = all(len(texts) <= 1 for texts in one["told"])
    return (
        spoken and answered and once and all(one["masks"][N_SCARCE:]) and one["left"] <= MOST_LEFT
    )


def work(margin: int) -> dict[str, Any]:
    """Click while there is little memory, and then on."""
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    torch.set_num_threads(1)
    predictor, viewer = SparingPredictor.from_weights(device="cpu"), ViewerModel()
    small = viewer.add_image(skimage.data.astronaut()[:64, :64], rgb=True)
    large = skimage.transform.resize(skimage.data.astronaut(), (SIDE, SIDE))
    image = viewer.add_image(np.rint(255 * large).astype(np.uint8), rgb=True)
    click_once(viewer, small, predictor)  # what is loaded once is loaded
    before, free = bytes_in_tensors(), resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken() + margin * MEGA, free[1]))
    annotator = start(viewer, image, predictor, resume=False)
    masks, told = [], [new_sentences()]
    for n, place in enumerate(PLACES):
        if n == N_SCARCE:
            resource.setrlimit(resource.RLIMIT_AS, free)
            if not annotator.is_open:
                annotator = start(viewer, image, predictor, resume=False)
        if annotator.is_open:
            annotator.prompts.positive.add(place)
        has_mask = bool(annotator.painter.layer.data[place])
        masks.append(has_mask if annotator.is_open else None)
        told.append(new_sentences())
    annotator.close()
    click_once(viewer, small, predictor)
    left = round(bytes_in_tensors() / before, 3)
    return {"margin": margin, "masks": masks, "told": told, "left": left}


def click_once(viewer: ViewerModel, image: Image, predictor: SparingPredictor) -> None:
    """Begin on an image, click and end, which leaves the image alone in the predictor."""
    annotator = start(viewer, image, predictor, resume=False)
    annotator.prompts.positive.add((30, 30))
    annotator.close()
    viewer.layers.remove(annotator.painter.layer)


def new_sentences() -> list[str]:
    """Return what a person has been told since the last time."""
    told = [notification.message for notification in notification_manager.records]
    notification_manager.records.clear()
    return told


def taken() -> int:
    """Return how many bytes of addresses this process has."""
    return psutil.Process().memory_info().vms


def bytes_in_tensors() -> int:
    """Return how large the memory of all tensors is that are alive."""
    gc.collect()
    alive = (each for each in gc.get_objects() if isinstance(each, torch.Tensor))
    storages = {each.untyped_storage().data_ptr(): each.untyped_storage() for each in alive}
    return sum(storage.nbytes() for storage in storages.values())


if __name__ == "__main__":
    main()
