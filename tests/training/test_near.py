"""Windows at the border of an object that is nearly found, as closer looks at a late click are."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning_fabric import Fabric

from napari_faseg.models import FASegNet
from napari_faseg.training import sequence
from napari_faseg.training.batches import make_batch
from napari_faseg.training.config import TrainConfig
from napari_faseg.training.drafts import draft_of
from napari_faseg.training.pool import Pool
from napari_faseg.training.scenes import draw_scene
from tests.training.archives import pool_of

TINY = TrainConfig(sizes=(96,), batch_pixels=8 * 96 * 96, composites=True, centred=0.0)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return pool_of(tmp_path_factory.mktemp("pool"))


def disc(size: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - size // 2
    return y**2 + x**2 < radius**2


@given(seed=st.integers(0, 2**32 - 1), radius=st.integers(10, 30))
def test_a_draft_is_wrong_within_reach_of_the_border_alone(seed: int, radius: int) -> None:
    wanted = disc(96, radius)
    draft = draft_of(wanted, np.random.default_rng(seed))
    assert draft.shape == wanted.shape
    assert draft.dtype == np.uint8
    assert not (draft[~disc(96, radius + 96 * 0.6)] > 127).any()


def test_most_drafts_have_something_to_put_right() -> None:
    wanted, rng = disc(96, 25), np.random.default_rng(0)
    drafts = [draft_of(wanted, rng) > 127 for _ in range(50)]
    overlaps = [(draft & wanted).sum() / (draft | wanted).sum() for draft in drafts]
    assert np.mean([overlap < 0.97 for overlap in overlaps]) > 0.7
    assert np.median(overlaps) > 0.6


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_without_a_border_has_no_faults(value: bool) -> None:
    mask = np.full((32, 32), value)
    assert (draft_of(mask, np.random.default_rng(0)) == 255 * value).all()


def test_near_scenes_enlarge_the_border_of_an_object(pool: Pool) -> None:
    near, around = (
        [draw_scene(pool, np.random.default_rng(i), 96, 1, near=share) for i in range(40)]
        for share in (1.0, 0.0)
    )
    assert all(scene.is_near and scene.whole.all() for scene in near)
    assert not any(scene.is_near for scene in around)

    def cut_off(scene: object) -> bool:
        mask = scene.targets[0]  # type: ignore[attr-defined]
        return bool(mask[[0, -1]].any() or mask[:, [0, -1]].any())

    assert np.mean([cut_off(s) for s in near]) > np.mean([cut_off(s) for s in around]) + 0.2


def test_a_batch_begins_with_drafts_where_a_scene_is_near_alone(pool: Pool) -> None:
    assert make_batch(pool, TINY, 0).drafts is None
    some = make_batch(pool, replace(TINY, near=0.5), 0)
    assert some.drafts is not None
    assert some.drafts.shape == some.targets.shape
    drawn = some.drafts.flatten(1).any(1)
    assert drawn.any()
    assert not drawn.all()


def test_the_first_click_is_on_what_is_wrong_of_the_draft(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(TINY, near=1.0, targets=1, batch_pixels=2 * 96 * 96, head_start=0.0)
    batch = make_batch(pool, config, 3)
    begun_with = []

    def spy(probability: torch.Tensor | None, *given: object, **named: object) -> torch.Tensor:
        begun_with.append(probability)
        return simulate(probability, *given, **named)  # type: ignore[arg-type]

    simulate = sequence.simulate_clicks
    monkeypatch.setattr(sequence, "simulate_clicks", spy)
    found = sequence.click_sequence(FASegNet().train(), batch, config, 0, Fabric(accelerator="cpu"))
    assert batch.drafts is not None
    assert torch.equal(begun_with[0], batch.drafts.float() / 255)
    assert torch.isfinite(found.loss)
