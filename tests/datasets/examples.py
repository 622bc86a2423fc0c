"""Every benchmark in its true layout, as small as can be: file names with their contents."""

import io
import json

import numpy as np
import scipy.io
import tifffile

from tests.datasets.trees import encoded

IMAGE = np.random.default_rng(0).integers(0, 255, (6, 8, 3)).astype(np.uint8)
TRIMAP = np.zeros((6, 8), np.uint8)
TRIMAP[1:4, 2:5], TRIMAP[4, 2:5], TRIMAP[5, 0] = 255, 128, 64
OBJECTS = np.zeros((6, 8), np.uint8)
OBJECTS[1:3, 1:3], OBJECTS[4:, 4:], OBJECTS[0], OBJECTS[3, :2] = 1, 2, 255, 220
COLOURED = np.stack([np.zeros_like(TRIMAP), (TRIMAP == 255) * np.uint8(3), TRIMAP * 0], axis=-1)
JPG, PNG = encoded(IMAGE, "JPEG"), encoded(IMAGE)
LARGER = np.random.default_rng(0).integers(0, 255, (12, 16, 3)).astype(np.uint8)
SPARSE_OBJECTS = np.zeros((12, 16), np.uint8)
SPARSE_OBJECTS[1:4, 1:4] = 1
SPARSE_OBJECTS[[4, 11], [4, 15]] = 2  # two pixels in a box of 96


def grabcut() -> dict[str, bytes]:
    return {
        "data_GT/banana1.bmp": encoded(IMAGE, "BMP"),
        "data_GT/21077.jpg": JPG,
        "boundary_GT/banana1.bmp": encoded(np.stack([TRIMAP] * 3, axis=-1), "BMP"),
        "boundary_GT/21077.bmp": encoded(TRIMAP, "BMP"),
    }


def berkeley() -> dict[str, bytes]:
    stems = ("3096", "101085#1", "101085#2")
    images = {f"images/{stem}.jpg": JPG for stem in stems}
    return images | {f"masks/{stem}.png": encoded(TRIMAP) for stem in stems}


def frames() -> dict[str, bytes]:
    return {"DAVIS/img/a.jpg": JPG, "DAVIS/gt/a.png": encoded(COLOURED)}


def davis() -> dict[str, bytes]:
    return {
        "JPEGImages/480p/bear/00000.jpg": JPG,
        "JPEGImages/480p/swan/00000.jpg": JPG,
        "Annotations/480p/bear/00000.png": encoded(OBJECTS),
        "Annotations/480p/swan/00000.png": encoded(TRIMAP),
    }


def voc() -> dict[str, bytes]:
    return {
        "VOCdevkit/VOC2012/JPEGImages/2007_000033.jpg": JPG,
        "VOCdevkit/VOC2012/JPEGImages/2007_000042.jpg": JPG,
        "VOCdevkit/VOC2012/SegmentationObject/2007_000033.png": encoded(OBJECTS),
        "VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt": b"2007_000033\n",
    }


def coco() -> dict[str, bytes]:
    boxes = [(1, 1, 3, 2), (4, 3, 4, 3), (0, 0, 8, 6)]
    annotations = {
        "images": [{"id": 7, "file_name": "000007.jpg", "height": 6, "width": 8}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {
                "id": 10 + i,
                "image_id": 7,
                "category_id": 1,
                "iscrowd": int(i == 2),
                "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                "area": w * h,
                "bbox": [x, y, w, h],
            }
            for i, (x, y, w, h) in enumerate(boxes)
        ],
    }
    return {
        "annotations/instances_val2017.json": json.dumps(annotations).encode(),
        "val2017/000007.jpg": JPG,
    }


def mat(labels: np.ndarray = SPARSE_OBJECTS, field: str = "Segmentation") -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"GTinst": {field: labels, "Categories": [[3], [5]]}})
    return stream.getvalue()


def sbd() -> dict[str, bytes]:
    return {
        "benchmark_RELEASE/dataset/img/2008_000002.jpg": encoded(LARGER, "JPEG"),
        "benchmark_RELEASE/dataset/inst/2008_000002.mat": mat(),
        "benchmark_RELEASE/dataset/val.txt": b"2008_000002\n",
        "benchmark_RELEASE/dataset/train.txt": b"2008_000002\n",
    }


def microscopy() -> dict[str, bytes]:
    image, masks = io.BytesIO(), io.BytesIO()
    planes = np.random.default_rng(0).integers(0, 4000, (2, 12, 16)).astype(np.uint16)
    tifffile.imwrite(image, planes, planarconfig="separate", photometric="minisblack")
    tifffile.imwrite(masks, SPARSE_OBJECTS.astype(np.uint16), compression="zlib")
    return {"images/a.tif": image.getvalue(), "labels/a.tiff": masks.getvalue()}


def indexed() -> dict[str, bytes]:
    rows = [
        {"image": "images/a.jpg", "mask": "masks/a.png", "id": 1},
        {"image": "images/a.jpg", "mask": "masks/a.png", "id": [1, 2]},
        {"image": "images/b.png", "mask": "masks/b.png", "id": None},
    ]
    return {
        "images/a.jpg": JPG,
        "images/b.png": PNG,
        "masks/a.png": encoded(OBJECTS),
        "masks/b.png": encoded(255 * (OBJECTS == 2).astype(np.uint8)),
        "index.json": json.dumps(rows).encode(),
    }
