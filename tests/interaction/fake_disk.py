"""A disk in memory that can lose its power, be full, or hold what its process was killed in."""

import errno
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

Content = dict[str, bytes]  # of a folder, by name
FOLDER = Path("session")
MOST_SUBSETS = 8  # of the changes of names that a power cut keeps


class FakeDisk:
    """One folder with the operations of `Storage`, remembering what was made durable.

    After a power cut a file has what was synced last, and any part of what was written since; of
    the changes of names since the folder was synced, any may have been kept and any lost.

    Parameters
    ----------
    content : dict
        What is there at the beginning, durably.

    Attributes
    ----------
    fails_at : set of int
        The numbers of the operations that fail, counted from 0; a write fails half-way.
    observe : callable
        Called after each operation, and in the middle of each write.
    """

    def __init__(self, content: Content | None = None) -> None:
        self._files = [bytearray(text) for text in (content or {}).values()]
        self._synced = [bytes(text) for text in self._files]
        self._names = {name: i for i, name in enumerate(content or {})}
        self._durable_names = dict(self._names)
        self._pending: list[tuple[str, str, int]] = []  # (old name, new name, file)
        self.fails_at: set[int] = set()
        self.n_operations = 0
        self.open: set[int] = set()
        self.operations: list[str] = []
        self.observe: Callable[[], object] = lambda: None

    # What `Storage` has

    def names(self, folder: Path) -> list[str]:
        return sorted(self._names)

    def read(self, path: Path) -> bytes:
        return bytes(self._files[self._number(path)])

    def create(self, path: Path) -> int:
        self._begin("create")
        if path.name in self._names:
            raise FileExistsError(errno.EEXIST, "file exists", str(path))
        return self._new(path)

    def overwrite(self, path: Path) -> int:
        """Open as `open(path, "w")` does; no operation of `Storage`."""
        self._begin("overwrite")
        if path.name not in self._names:
            return self._new(path)
        self._files[self._names[path.name]].clear()
        self.observe()
        return self._names[path.name]

    def write(self, handle: int, content: bytes) -> None:
        half = len(content) // 2
        self._files[handle] += content[:half]
        self.observe()
        self._begin("write")
        self._files[handle] += content[half:]
        self.observe()

    def sync(self, handle: int) -> None:
        self._begin("sync")
        self._synced[handle] = bytes(self._files[handle])
        self.observe()

    def close(self, handle: int) -> None:
        self.open.discard(handle)
        self._begin("close")

    def replace(self, source: Path, target: Path) -> None:
        self._begin("replace")
        self._rename(source.name, target.name, self._number(source))

    def remove(self, path: Path) -> None:
        self._begin("remove")
        self._rename(path.name, "", self._number(path))

    def sync_folder(self, folder: Path) -> None:
        self._begin("sync_folder")
        self._durable_names, self._pending = dict(self._names), []
        self.observe()

    # What may be left

    def after_kill(self) -> Content:
        """Return what is there when the process ends now."""
        return {name: bytes(self._files[i]) for name, i in self._names.items()}

    def after_power_cut(self, rng: np.random.Generator) -> Iterator[Content]:
        """Go through what may be there when the power goes now."""
        subsets = list(itertools.product((False, True), repeat=min(len(self._pending), 10)))
        if len(subsets) > MOST_SUBSETS:
            subsets = [subsets[i] for i in rng.choice(len(subsets), MOST_SUBSETS, replace=False)]
        for chosen in subsets:
            names = self._names_after(chosen)
            files = sorted(set(names.values()))
            dirty = [i for i in files if self._synced[i] != bytes(self._files[i])]
            for n_kept in range(4 if dirty else 1):
                content = {i: self._torn(i, n_kept, rng) for i in files}
                yield {name: content[i] for name, i in names.items()}

    def _torn(self, i: int, how: int, rng: np.random.Generator) -> bytes:
        synced, now = self._synced[i], bytes(self._files[i])
        if how == 0 or synced == now:
            return synced
        if how == 1 or not now.startswith(synced):
            return now
        n_kept = int(rng.integers(len(synced), len(now) + 1))
        kept = now[:n_kept]
        return kept if how == 2 else kept + bytes(len(now) - n_kept)  # zeros in place of the rest

    def _names_after(self, chosen: tuple[bool, ...]) -> dict[str, int]:
        names = dict(self._durable_names)
        for (old, new, i), is_kept in zip(self._pending, chosen, strict=False):
            if is_kept:
                names.pop(old, None)
                if new:
                    names[new] = i
        return names

    def _number(self, path: Path) -> int:
        if path.name not in self._names:
            raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
        return self._names[path.name]

    def _begin(self, operation: str) -> None:
        number, self.n_operations = self.n_operations, self.n_operations + 1
        self.operations.append(operation)
        if number in self.fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    def _new(self, path: Path) -> int:
        self._files.append(bytearray())
        self._synced.append(b"")
        self._rename("", path.name, len(self._files) - 1)
        self.open.add(len(self._files) - 1)
        return len(self._files) - 1

    def _rename(self, old: str, new: str, i: int) -> None:
        self._names.pop(old, None)
        if new:
            self._names[new] = i
        self._pending.append((old, new, i))
        self.observe()
