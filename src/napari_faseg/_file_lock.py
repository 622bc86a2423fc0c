"""A lock on an open file that the operating system frees, however the process ends."""

import sys

if sys.platform == "win32":
    import msvcrt
    import os

    BEHIND_THE_CONTENT = 2**30  # a locked byte cannot be read by others

    def lock(handle: int) -> None:
        """Lock an open file, or raise BlockingIOError or PermissionError where it is locked."""
        os.lseek(handle, BEHIND_THE_CONTENT, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def lock(handle: int) -> None:
        """Lock an open file, or raise BlockingIOError or PermissionError where it is locked."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
