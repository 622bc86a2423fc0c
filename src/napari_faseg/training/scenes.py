"""Training scenes: a window of a photo, with objects of other photos pasted into it.

Photographs with one salient object teach a network to find that object and to ignore clicks.
Composites break this: what is wanted can be any of the objects, what is left of the one below,
several together, a part, or everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from napari_faseg.training.pool import Photo, Pool
from napari_faseg.training.scene_boxes import ChooseBox, box_around, box_at_border

Mask = NDArray[np.bool_]
N_PASTED = (0.3, 0.45, 0.25)  # probabilities of 0, 1 and 2 pasted objects
MAX_ENLARGED = 2.0  # of a pasted object
TWIN = 0.25  # share of pasted objects that are the wanted one once more
MIN_SHARE, MAX_SHARE = 0.003, 0.95  # of the window, that a target covers
TOGETHER = 0.15  # share of targets that are two objects
COMPLEMENT = 0.02  # share of targets that are everything but the object
COMPONENT = 0.2  # share of salient objects of which only one connected component is wanted
MOST_TRIES = 1000  # scenes without an object to ask for; then there will be none
MERGED = 0.1  # share of labelled objects that are wanted together with another one


@dataclass(frozen=True)
class _Object:
    """What may be wanted of a photo; not ``whole`` if one click cannot tell that it is meant."""

    mask: Mask
    whole: bool


@dataclass(frozen=True)
class Scene:
    """One training example.

    Attributes
    ----------
    image
        ``(s, s, 3)`` uint8.
    targets
        ``(n, s, s)`` bool, the objects that are wanted, one after the other.
    whole
        ``(n,)`` bool, whether one click in the target says what is wanted: a whole object, rather
        than a part, several objects or everything else.
    objects
        ``(s, s)`` bool, the union of all annotated objects.
    unknown
        ``(s, s)`` bool, where nobody knows whether there is one.
    is_near
        Whether it is a window at the border of an object that is nearly found.
    """

    image: NDArray[np.uint8]
    targets: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    objects: Mask
    unknown: Mask
    is_near: bool = False


def draw_scene(
    pool: Pool,
    rng: np.random.Generator,
    size: int,
    n_targets: int = 2,
    *,
    composites: bool = True,
    centred: float = 0.4,
    near: float = 0.0,
) -> Scene:
    """Return a random scene of ``size`` x ``size`` pixels with targets of some extent.

    Parameters
    ----------
    pool
        Photos to draw from.
    rng
        Source of randomness.
    size
        Side in pixels.
    n_targets
        Objects that are wanted, one after the other.
    composites
        Whether scenes are windows with objects of other photos, and parts or several objects can
        be wanted; otherwise a scene is a whole photo and an annotated object is wanted.
    centred
        Share of composites that are windows around the object, as zoomed-in views are.
    near
        Share of composites that are windows at the border of the object.

    Raises
    ------
    ValueError
        If the objects of the photos are too small to be asked for.
    """
    for _ in range(MOST_TRIES):
        if composites:
            scene = _draw_composite(pool, rng, size, n_targets, centred, near)
        else:
            scene = _draw_plain(pool.draw(rng), rng, size, n_targets)
        if scene is not None:
            return scene
    raise ValueError(
        f"expected objects that cover {MIN_SHARE:.1%} of a training window or more, "
        f"got none in {MOST_TRIES} windows: enlarge the images"
    )


def _draw_composite(
    pool: Pool,
    rng: np.random.Generator,
    size: int,
    n_targets: int,
    centred: float,
    near: float,
) -> Scene | None:
    """Return a window with objects of other photos; None where no object is large enough."""
    is_near = near > 0 and rng.random() < near
    choose_box = box_at_border if is_near else partial(box_around, centred=centred)
    image, layers, objects, unknown = _compose(pool, rng, size, choose_box)
    targets = _pick_targets(layers, rng, n_targets)
    if targets is None:
        return None
    masks, whole = targets
    return Scene(image, masks, whole | is_near, objects, unknown, is_near)


def _draw_plain(photo: Photo, rng: np.random.Generator, size: int, n_targets: int) -> Scene | None:
    """Return a whole photo, squeezed to a square, and some of its objects, if these are seen."""
    ids = np.unique(photo.labels)
    ids = ids[ids > 0]
    chosen = np.resize(rng.permutation(ids), n_targets)
    box, how = (0, 0, photo.labels.shape[1], photo.labels.shape[0]), Image.Resampling.NEAREST
    masks = [*(photo.labels == i for i in chosen), photo.labels > 0, photo.labels < 0]
    *targets, objects, unknown = (
        _crop(mask.astype(np.uint8), box, size, how, flip=False) > 0 for mask in masks
    )
    if not all(target.any() for target in targets):
        return None
    image = _crop(photo.image, box, size, Image.Resampling.BILINEAR, flip=False)
    whole = np.full(n_targets, photo.kind != "parts")
    return Scene(image, np.stack(targets), whole, objects, unknown)


def _compose(
    pool: Pool, rng: np.random.Generator, size: int, choose_box: ChooseBox
) -> tuple[NDArray[np.uint8], list[_Object], Mask, Mask]:
    """Cut a window and paste objects into it.

    Returns the image, its visible objects, the union of all objects, and what is not known.
    """
    photo = pool.draw(rng)
    wanted = _pick_object(photo, rng)
    second = _pick_object(photo, rng)
    given = [wanted.mask, second.mask, photo.labels > 0, photo.labels < 0]
    image, (*masks, objects, unknown) = _window(photo.image, given, rng, size, choose_box)
    whole = [wanted.whole, second.whole]
    for _ in range(rng.choice(len(N_PASTED), p=N_PASTED)):
        twin = photo if rng.random() < TWIN else pool.draw(rng)
        cut = wanted if twin is photo else _pick_object(twin, rng)
        image, pasted = _paste(image, twin.image, cut.mask, rng)
        masks = [mask & ~pasted for mask in masks] + [pasted]
        whole.append(True)  # alone in its new place
        objects, unknown = objects | pasted, unknown & ~pasted
    layers = [_Object(mask, plain) for mask, plain in zip(masks, whole, strict=True)]
    return image, layers, objects, unknown


def _pick_object(photo: Photo, rng: np.random.Generator) -> _Object:
    """Return a random object of a photo."""
    labels = photo.labels
    if photo.kind == "salient":
        mask = labels > 0
        part = _component(mask, rng) if rng.random() < COMPONENT else mask
        return _Object(part, whole=part is mask)
    if photo.kind == "parts" and rng.random() < 0.5:
        return _Object(labels > 0, whole=True)
    ids = np.unique(labels)
    ids = ids[ids > 0]
    if len(ids) == 0:
        return _Object(np.zeros(labels.shape, dtype=bool), whole=False)
    n_merged = 2 if rng.random() < MERGED else 1
    chosen = rng.choice(ids, size=min(n_merged, len(ids)), replace=False)
    return _Object(np.isin(labels, chosen), whole=photo.kind == "instances" and len(chosen) == 1)


def _component(mask: Mask, rng: np.random.Generator) -> Mask:
    """Return a random connected component among those that are not tiny."""
    parts, n = ndimage.label(mask)
    areas = np.bincount(parts.ravel(), minlength=n + 1)[1:]
    large = np.flatnonzero(areas > 0.1 * areas.sum()) + 1 if n else np.array([], dtype=int)
    return parts == rng.choice(large) if len(large) > 1 else mask


def _window(
    photo: NDArray[np.uint8],
    masks: list[Mask],
    rng: np.random.Generator,
    size: int,
    choose_box: ChooseBox,
) -> tuple[NDArray[np.uint8], list[Mask]]:
    """Cut a window at the first mask and bring it to ``size``; mirrored half of the time."""
    box = choose_box(masks[0], rng)
    flip = rng.random() < 0.5
    image = _crop(photo, box, size, Image.Resampling.BILINEAR, flip)
    how = Image.Resampling.NEAREST
    return image, [_crop(mask.astype(np.uint8), box, size, how, flip) > 0 for mask in masks]


def _crop(
    array: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    size: int,
    how: Image.Resampling,
    flip: bool,
) -> NDArray[np.uint8]:
    """Crop a box (left, top, right, bottom) and bring it to ``size``, mirrored or not."""
    cropped = Image.fromarray(array).crop(box).resize((size, size), how, reducing_gap=2.0)
    result = np.asarray(cropped)
    return result[:, ::-1] if flip else result


def _paste(
    image: NDArray[np.uint8], other: NDArray[np.uint8], mask: Mask, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Mask]:
    """Paste the masked object of another image somewhere; return the new image and its mask."""
    size = image.shape[0]
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) < 8 or len(columns) < 8:
        return image, np.zeros(image.shape[:2], dtype=bool)
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    scale = size * rng.uniform(0.25, 0.8) / max(box[2] - box[0], box[3] - box[1])
    scale = min(scale, MAX_ENLARGED)
    to = (max(4, round((box[2] - box[0]) * scale)), max(4, round((box[3] - box[1]) * scale)))
    colours = Image.fromarray(other).crop(box).resize(to, Image.Resampling.BILINEAR)
    alpha = Image.fromarray(mask.astype(np.uint8) * 255).crop(box).resize(to)
    if rng.random() < 0.5:
        flip = Image.Transpose.FLIP_LEFT_RIGHT
        colours, alpha = colours.transpose(flip), alpha.transpose(flip)
    at = (int(rng.integers(-to[0] // 3, size - to[0] // 2)),
          int(rng.integers(-to[1] // 3, size - to[1] // 2)))  # fmt: skip
    seam = alpha.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    canvas = Image.fromarray(image)
    canvas.paste(colours, at, seam)
    covered = Image.new("L", (size, size))
    covered.paste(alpha, at)
    return np.asarray(canvas), np.asarray(covered) > 127


def _pick_targets(
    layers: list[_Object], rng: np.random.Generator, n_targets: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Choose what is wanted: visible objects, some together, or all that is not the object.

    Returns the masks and which of them are whole objects; None where no object is large enough.
    """
    large = [layer for layer in layers if MIN_SHARE <= layer.mask.mean() <= MAX_SHARE]
    if not large:
        return None
    order = np.resize(rng.permutation(len(large)), n_targets)
    targets, whole = [], []
    for i in order:
        target, plain = large[i].mask, large[i].whole
        if rng.random() < TOGETHER:
            j = int(rng.integers(len(large)))
            target, plain = target | large[j].mask, plain and i == j
        if rng.random() < COMPLEMENT:
            target, plain = ~target, False
        targets.append(target)
        whole.append(plain)
    return np.stack(targets), np.array(whole)
