import pytest
import torch

from napari_faseg.training.augment import AUGMENTATIONS, augmented


def scene() -> tuple[torch.Tensor, torch.Tensor]:
    """A bright square on a dark ground, its mask, and a mask of everything."""
    mask = torch.zeros(2, 48, 64, dtype=torch.uint8)
    mask[0, 10:30, 20:50] = 1
    mask[1] = 1
    image = torch.full((3, 48, 64), 20, dtype=torch.uint8)
    image[:, mask[0] > 0] = 220
    return image, mask


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_masks_stay_on_their_objects(name: str) -> None:
    image, masks = scene()
    torch.manual_seed(0)
    for _ in range(20):
        changed, moved = augmented(name, image, masks)
        assert changed.shape == image.shape
        assert (changed.dtype, moved.dtype) == (torch.uint8, torch.uint8)
        inside, known = moved[0] > 0, moved[1] > 0
        grey = changed.float().mean(0)
        assert grey[inside].mean() > grey[known & ~inside].mean() + 30
        assert set(moved.unique().tolist()) <= {0, 1}


@pytest.mark.parametrize("name", ["paper", "microscopy"])
def test_what_is_turned_in_from_outside_is_in_no_mask(name: str) -> None:
    torch.manual_seed(1)
    known = [augmented(name, *scene())[1][1].float().mean().item() for _ in range(10)]
    assert min(known) < 0.95
    assert min(known) > 0.4


def test_photos_change_their_colours_only() -> None:
    torch.manual_seed(0)
    image, masks = scene()
    changed = [augmented("photo", image, masks) for _ in range(10)]
    assert all(torch.equal(moved, masks) for _, moved in changed)
    assert any(not torch.equal(colours, image) for colours, _ in changed)


def test_random_numbers_are_those_of_torch() -> None:
    image, masks = scene()
    results = []
    for _ in range(2):
        torch.manual_seed(7)
        results.append(augmented("microscopy", image, masks)[0])
    assert torch.equal(*results)
