import numpy as np
import pytest

from napari_faseg.interaction import image_identity
from napari_faseg.interaction.image_identity import ImageIdentity

IMAGE = np.arange(60, dtype=np.uint16).reshape(6, 10)


def test_the_same_pixels_are_the_same_image_however_they_lie_in_memory() -> None:
    for same in (IMAGE.copy(), np.asfortranarray(IMAGE), IMAGE.astype(">u2"), IMAGE[::-1][::-1]):
        assert ImageIdentity.of(same) == ImageIdentity.of(IMAGE)


@pytest.mark.parametrize(
    "other",
    [IMAGE + 1, IMAGE.T, IMAGE[::-1], IMAGE.astype(np.int16), IMAGE[:, :, None], IMAGE[:5]],
)
def test_any_other_pixels_are_another_image(other: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected the image that this session is about"):
        ImageIdentity.of(IMAGE).check(ImageIdentity.of(other))


def test_every_pixel_of_a_usual_image_counts() -> None:
    for at in np.ndindex(IMAGE.shape):
        other = IMAGE.copy()
        other[at] += 1
        assert ImageIdentity.of(other) != ImageIdentity.of(IMAGE)


def test_rows_at_equal_distances_of_a_huge_image_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_identity, "SAMPLE_BYTES", 50)
    other = IMAGE.copy()
    other[3] += 1
    assert ImageIdentity.of(other) != ImageIdentity.of(IMAGE)
    other = IMAGE.copy()
    other[4] += 1
    assert ImageIdentity.of(other) == ImageIdentity.of(IMAGE)


def test_an_identity_comes_back_from_json() -> None:
    identity = ImageIdentity.of(IMAGE)
    assert ImageIdentity.from_dict(identity.to_dict()) == identity


@pytest.mark.parametrize("shape", [(), (3,), (0, 4), (2, 2, 2, 2)])
def test_what_is_no_image_has_no_identity(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected the shape of an image"):
        ImageIdentity.from_dict({"shape": shape, "dtype": "uint8", "sha256": ""})


def test_an_image_of_one_row_has_an_identity() -> None:
    identity = ImageIdentity.of(IMAGE[:1])
    assert ImageIdentity.from_dict(identity.to_dict()) == identity
