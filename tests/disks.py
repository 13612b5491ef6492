"""Small disks of their own for a test: in memory, or an image of a real file system."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def memory_disk(mount: Path, megabytes: int) -> Iterator[Path]:
    """A disk in memory."""
    with _mounted(mount, ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs"]):
        yield mount


@contextmanager
def image_disk(mount: Path, kind: str, megabytes: int, *options: str) -> Iterator[Path]:
    """A disk of a file system (``ext4``, ``btrfs``, ``xfs``) that lies in the file ``MOUNT.img``.

    :param options: of ``mkfs``.
    """
    image = mount.with_name(mount.name + ".img")
    with image.open("wb") as out:
        out.truncate(megabytes << 20)
    try:
        subprocess.run([f"mkfs.{kind}", "-q", *options, str(image)], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip(f"needs mkfs.{kind}")
    with _mounted(mount, ["-o", "loop", str(image)]):
        yield mount


@contextmanager
def _mounted(mount: Path, what: list[str]) -> Iterator[None]:
    mount.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *what, str(mount)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"needs the right to mount a small disk: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(mount)], capture_output=True, check=False)
