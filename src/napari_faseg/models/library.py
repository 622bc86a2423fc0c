"""Weights by name: those that come with the package, and those that are one's own."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from napari_faseg._durable import replace_file

PACKAGED = Path(__file__).parent / "packaged"
INDEX = PACKAGED / "index.json"
SUFFIX = ".safetensors"
COURSE = (".csv", ".png")  # what a training run leaves beside its weights
OF_A_RUN = (".run", ".best")  # ends of the names of what it keeps there while it lasts
FOLDER_VARIABLE = "NAPARI_FASEG_WEIGHTS"
NAME = re.compile(r"\w[\w .-]{0,62}")


@dataclass(frozen=True)
class WeightsInfo:
    """Weights that can be loaded by name.

    Attributes
    ----------
    name
        For :func:`load_model`.
    path
        The file.
    expected_sha256
        What the file's SHA-256 must be, in hexadecimal; None for own weights.
    description
        One sentence on what they are for.
    is_own
        Whether they were trained or added here, and can be deleted.
    """

    name: str
    path: Path
    expected_sha256: str | None
    description: str
    is_own: bool = False

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        return self.path.stat().st_size

    @property
    def sha256(self) -> str:
        """What the file's SHA-256 is, or must be."""
        return self.expected_sha256 or hashlib.sha256(self.path.read_bytes()).hexdigest()


def available_weights() -> tuple[WeightsInfo, ...]:
    """Return the weights that come with this package, and then one's own in their order."""
    index = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else {}
    packaged = [
        WeightsInfo(name, PACKAGED / entry["file"], entry["sha256"], entry["description"])
        for name, entry in index.items()
    ]
    names = {info.name for info in packaged}
    own = [
        WeightsInfo(path.stem, path, None, "Trained or added here.", is_own=True)
        for path in sorted(own_weights_folder().glob(f"*{SUFFIX}"))
        if NAME.fullmatch(path.stem) and path.stem not in names and _is_readable(path)
        if not path.stem.endswith(OF_A_RUN)
    ]
    return (*packaged, *own)


def weight_names() -> list[str]:
    """Return the names of all weights that can be loaded by name."""
    return [info.name for info in available_weights()]


def own_weights_folder() -> Path:
    """Return the folder of one's own weights, which need not exist yet.

    The environment variable ``NAPARI_FASEG_WEIGHTS`` names another one.
    """
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else user_data_path("napari-faseg") / "weights"


def new_weights_path(name: str) -> Path:
    """Return where own weights of a new name are to be written; makes the folder.

    Raises
    ------
    ValueError
        If it is not a name, or there are weights of that name already.
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"expected a name of letters, digits, spaces, dots, - and _, up to 63, got {name!r}"
        )
    if name.endswith(OF_A_RUN):
        raise ValueError(
            f"expected a name that does not end in {' or '.join(OF_A_RUN)}, as files of a training "
            f"run that is not over do, got {name!r}: choose another name"
        )
    if name in weight_names():
        raise ValueError(f"there are weights called {name!r} already: choose another name")
    folder = own_weights_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}{SUFFIX}"


def delete_weights(name: str) -> None:
    """Delete own weights, and the course of their training that lies beside them.

    Raises
    ------
    ValueError
        If there are no own weights of that name.
    """
    path = _own(name).path
    for ending in COURSE:
        path.with_suffix(ending).unlink(missing_ok=True)
    path.unlink()


def export_weights(name: str, path: str | Path) -> None:
    """Copy weights to a file, whole or not at all.

    Raises
    ------
    ValueError
        If there are no weights of that name.
    FileExistsError
        If the file is there already.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} exists already: choose another name, or move it")
    content = find_weights(name).path.read_bytes()
    replace_file(target, lambda part: part.write_bytes(content))


def find_weights(name: str) -> WeightsInfo:
    """Return the weights of a name.

    Raises
    ------
    ValueError
        If there are none; the message lists the names.
    """
    known = {info.name: info for info in available_weights()}
    if name not in known:
        raise ValueError(f"expected weights among {', '.join(known)}, got {name!r}")
    return known[name]


def weights_sha256(name_or_path: str | Path) -> str:
    """Return the SHA-256 of weights, in hexadecimal: it tells them from later ones of that name.

    Raises
    ------
    FileNotFoundError
        If there is neither such a name nor such a file.
    """
    known = {info.name: info for info in available_weights()}
    info = known.get(str(name_or_path))
    return info.sha256 if info else hashlib.sha256(Path(name_or_path).read_bytes()).hexdigest()


def weights_facts(name_or_path: str | Path) -> dict[str, str]:
    """Return the name or path of weights and their SHA-256, for records of what they did."""
    return {"weights": str(name_or_path), "sha256": weights_sha256(name_or_path)}


def checked_content(info: WeightsInfo) -> bytes:
    """Return the content of the file.

    Raises
    ------
    ValueError
        If it is not what it must be.
    """
    content = info.path.read_bytes()
    if info.expected_sha256 not in (None, hashlib.sha256(content).hexdigest()):
        raise ValueError(f"the weights {info.name!r} are damaged: SHA-256 differs; install again")
    return content


def _own(name: str) -> WeightsInfo:
    own = {info.name: info for info in available_weights() if info.is_own}
    if name not in own:
        raise ValueError(
            f"expected own weights ({', '.join(own) or 'there are none'}), got {name!r}"
        )
    return own[name]


def _is_readable(path: Path) -> bool:
    """Whether there is a file that can be read: no folder, and no link that leads nowhere."""
    return path.is_file() and os.access(path, os.R_OK)
