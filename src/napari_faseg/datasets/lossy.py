"""Which picture files have other values than were saved: no labels survive that."""

import struct

from napari_faseg.datasets.tiff import is_tiff, is_tiff_of_jpeg

JPEG_START = b"\xff\xd8\xff"
WEBP_HEAD = 12  # bytes before the first chunk
CHUNK_HEAD = struct.Struct("<4sI")  # its kind, and its size in bytes
LOSSY_CHUNK = b"VP8 "


def lossy_format(content: bytes) -> str | None:
    """Return the name of the compression that has changed the values of a picture, or None."""
    if content.startswith(JPEG_START) or _is_lossy_tiff(content):
        return "JPEG"
    return "lossy WebP" if _is_lossy_webp(content) else None


def _is_lossy_tiff(content: bytes) -> bool:
    try:
        return is_tiff(content) and is_tiff_of_jpeg(content)
    except ValueError:  # whoever decodes it gets the error
        return False


def _is_lossy_webp(content: bytes) -> bool:
    if content[:4] != b"RIFF" or content[8:WEBP_HEAD] != b"WEBP":
        return False
    start = WEBP_HEAD
    while start + CHUNK_HEAD.size <= len(content):
        kind, size = CHUNK_HEAD.unpack_from(content, start)
        if kind == LOSSY_CHUNK:
            return True
        start += CHUNK_HEAD.size + size + size % 2  # chunks begin at even places
    return False
