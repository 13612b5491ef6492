"""Blocks that files share (Btrfs, XFS...): shares a file's blocks with its keeper, and counts what removing frees.

Removing a copy that shares its blocks with another file, or with a snapshot of its disk, frees nothing.
"""

import errno
import fcntl
import os
import struct

from catalog.cleanup.files import Refused

_FIDEDUPERANGE = 0xC0189436
_DEDUPE_BYTES = 16 << 20
"""Bytes shared in one call: Btrfs shares at most 16 MiB."""

# Linux: include/uapi/linux/fiemap.h
_FIEMAP = 0xC020660B
_HEAD = struct.Struct("=QQLLLL")
_EXTENT = struct.Struct("=QQQQQLLLL")
_EXTENTS = 128
_LAST, _SHARED = 0x1, 0x2000


def share_blocks(keeper: int, file: int, byte_size: int) -> None:
    """Make the file share the keeper's blocks (Btrfs, XFS...).

    The kernel compares the two under its own lock and shares nothing that differs; name, times and
    mode of the file stay. Linux: ioctl_fideduperange(2).

    :raises Refused: the file system cannot, or the bytes differ.
    """
    offset = 0
    while offset < byte_size:
        wanted = min(_DEDUPE_BYTES, byte_size - offset)
        request = bytearray(struct.pack("=QQHHIqQQiI", offset, wanted, 1, 0, 0, file, offset, 0, 0, 0))
        try:
            fcntl.ioctl(keeper, _FIDEDUPERANGE, request)
        except OSError as error:
            if error.errno in (errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS):
                raise Refused("its file system cannot share blocks (reflink)") from error
            raise
        done, status = struct.unpack_from("=Qi", request, 40)
        if status == 1:
            raise Refused("its bytes differ from the keeper's")
        if -status in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY):
            raise Refused("its file system cannot share blocks (reflink)")
        if status < 0:
            raise OSError(-status, os.strerror(-status))
        if done == 0:
            raise Refused("its file system shared no blocks")
        offset += done


def shared_bytes(descriptor: int) -> int:
    """Return how many bytes of an open file are in blocks shared with another file or a snapshot; 0 if unknown."""
    byte_size = os.fstat(descriptor).st_size
    start = shared = 0
    while start < byte_size:
        request = bytearray(_HEAD.size + _EXTENTS * _EXTENT.size)
        _HEAD.pack_into(request, 0, start, byte_size - start, 0, 0, _EXTENTS, 0)
        try:
            fcntl.ioctl(descriptor, _FIEMAP, request)
        except OSError:
            return shared
        found = _HEAD.unpack_from(request)[3]
        if not found:
            return shared
        for number in range(found):
            extent = _EXTENT.unpack_from(request, _HEAD.size + number * _EXTENT.size)
            logical, length, flags = extent[0], extent[2], extent[5]
            start = logical + length
            if flags & _SHARED:
                shared += max(0, min(start, byte_size) - logical)
            if flags & _LAST:
                return shared
    return shared
