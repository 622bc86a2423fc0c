"""Images and label maps, decoded once into flat files that are mapped into memory."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_faseg._durable import replace_file

SourceKind = Literal["salient", "instances", "parts"]


@dataclass(frozen=True)
class Source:
    """A zip file of ``NAME.webp`` images with ``NAME.png`` label maps.

    Attributes
    ----------
    path
        The zip file.
    kind
        ``"salient"``: one mask an image; its large connected components are objects too.
        ``"instances"``: every label is an object. ``"parts"``: labels are parts of one whole.
    weight
        How often it is drawn, relative to the others.
    """

    path: Path
    kind: SourceKind
    weight: float = 1.0


@dataclass(frozen=True)
class Photo:
    """One image ``(h, w, 3)`` uint8 with its ``(h, w)`` uint16 labels; 0 is background."""

    image: NDArray[np.uint8]
    labels: NDArray[np.uint16]
    kind: SourceKind


class Pool:
    """Photos of several sources, drawn at random by the weights of the sources.

    Parameters
    ----------
    sources
        Zip files to read.
    folder
        Where the decoded files are kept; they are made when they are not there.
    """

    def __init__(self, sources: Sequence[Source], folder: Path) -> None:
        self.sources = tuple(sources)
        self._parts = [_mapped(source, folder) for source in sources]
        weights = np.array([s.weight for s in sources], dtype=float)
        self._shares = weights / weights.sum()

    def __len__(self) -> int:
        return sum(len(index) for _, _, index, _ in self._parts)

    @property
    def fingerprint(self) -> str:
        """What tells these photos, and how often each is drawn, from others."""
        facts = [
            [source.kind, source.weight, part[3]]
            for source, part in zip(self.sources, self._parts, strict=True)
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def draw(self, rng: np.random.Generator) -> Photo:
        """Return a random photo."""
        k = int(rng.choice(len(self.sources), p=self._shares))
        images, labels, index, _ = self._parts[k]
        start, h, w = (int(v) for v in index[rng.integers(len(index))])
        image = images[3 * start : 3 * (start + h * w)].reshape(h, w, 3)
        label = labels[start : start + h * w].reshape(h, w)
        return Photo(np.asarray(image), np.asarray(label), self.sources[k].kind)


def _mapped(
    source: Source, folder: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint16], NDArray[np.int64], str]:
    """Map the decoded files of one source, decoding them first where these are not they."""
    stem = folder / source.path.stem
    index_path = stem.with_suffix(".json")
    known = json.loads(index_path.read_text()) if index_path.exists() else {}
    content = _hashed(source.path)
    if known.get("archive") != content:
        folder.mkdir(parents=True, exist_ok=True)
        index_path.unlink(missing_ok=True)  # until the new files are whole
        known = {"archive": content, "index": _decode(source.path, stem)}
        text = json.dumps(known)
        replace_file(index_path, lambda part: part.write_text(text))
    index = np.array(known["index"], dtype=np.int64)
    images = np.memmap(stem.with_suffix(".rgb"), dtype=np.uint8, mode="r")
    labels = np.memmap(stem.with_suffix(".labels"), dtype=np.uint16, mode="r")
    return images, labels, index, content


def _hashed(archive_path: Path) -> str:
    """Return a hash of the names and checksums of all files of an archive."""
    found = hashlib.sha256()
    with zipfile.ZipFile(archive_path) as archive:
        for member in archive.infolist():
            found.update(f"{member.filename} {member.CRC}\n".encode())
    return found.hexdigest()


def _decode(path: Path, stem: Path) -> list[tuple[int, int, int]]:
    """Write all images and labels of a zip file; return the start, height and width of each."""
    index, start = [], 0
    with stem.with_suffix(".rgb").open("wb") as rgb, stem.with_suffix(".labels").open("wb") as out:
        for image, labels in _pairs(path):
            h, w = labels.shape
            rgb.write(image.tobytes())
            out.write(labels.astype(np.uint16).tobytes())
            index.append((start, h, w))
            start += h * w
    return index


def _pairs(path: Path) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint16]]]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in sorted(n for n in names if n.endswith(".webp")):
            with Image.open(io.BytesIO(archive.read(name))) as file:
                image = np.asarray(file.convert("RGB"))
            label_name = str(PurePosixPath(name).with_suffix(".png"))
            with Image.open(io.BytesIO(archive.read(label_name))) as file:
                labels = np.asarray(file).astype(np.uint16)
            yield image, labels
