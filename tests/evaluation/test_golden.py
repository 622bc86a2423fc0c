"""The numbers that a correct implementation of the benchmark protocol reproduces."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_faseg.evaluation import next_click, robot
from napari_faseg.evaluation.metrics import iou
from napari_faseg.interaction import ClickSession, NetPredictor
from napari_faseg.interaction.windows import ZoomIn
from tests.fake_scene import SceneNet

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))


def scene(height: int, width: int) -> NDArray[np.uint8]:
    """A red ramp to the right, a green one downwards and a blue pattern."""
    y, x = np.mgrid[:height, :width]
    channels = [x * 255 // (width - 1), y * 255 // (height - 1), (7 * x + 13 * y) % 256]
    return np.stack(channels, axis=-1).astype(np.uint8)


def truth(height: int, width: int, *, ignore: bool) -> NDArray[np.int8]:
    """A disc with a bar to the right and a hole, 1 on the object and -1 where ignored."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - 0.5 * height, x - 0.45 * width)
    is_bar = np.abs(y - 0.62 * height) < 0.09 * height
    is_bar &= (x > 0.4 * width) & (x < 0.85 * width)
    is_object = ((distance < 0.27 * height) | is_bar) & ~(distance < 0.07 * height)
    labels = is_object.astype(np.int8)
    if ignore:
        labels[np.abs(x - int(0.78 * width)) <= 3] = -1
    return labels


def predictor(case: dict[str, Any], name: str) -> NetPredictor:
    net = SceneNet(case["sig"], empty_at=3 if name.startswith("quirk") else None)
    plain = {"connected": False, "obedient": False, "steady": False}
    options: dict[str, Any] = {"device": "cpu", "flip": case["flip"], **plain}
    if case["zoom"] is None:
        return NetPredictor(net, mode="once", **options)
    target = case["zoom"]["target_size"]
    zoom = ZoomIn(
        target if isinstance(target, int) else tuple(target),
        n_skipped=case["zoom"].get("skip_clicks", 1),
    )
    return NetPredictor(net, mode="zoom", zoom=zoom, **options)


@pytest.mark.parametrize("transform", ["OpenCV", "SciPy"])
@pytest.mark.parametrize("name", GOLDEN)
def test_clicks_areas_and_ious_are_those_of_the_reference(
    name: str, transform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if transform == "OpenCV":
        pytest.importorskip("cv2")
    else:
        monkeypatch.setattr(robot, "cv2", None)
    case = GOLDEN[name]
    labels = truth(case["H"], case["W"], ignore=case["ignore"])
    assert ((labels == 1).sum(), (labels == -1).sum()) == (case["gt_area"], case["ign_area"])
    session = ClickSession(predictor(case, name), threshold=0.49)
    session.set_image(scene(case["H"], case["W"]))
    for positive, row, column, area, expected_iou in case["steps"]:
        click = next_click(session.mask, labels, clicked=session.clicks)
        assert click is not None
        assert (click.positive, click.y, click.x) == (bool(positive), row, column)
        session.add_click(click)
        assert session.mask.sum() == area
        assert iou(session.mask, labels) == pytest.approx(expected_iou, abs=1e-6)
