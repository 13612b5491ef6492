"""Pairs as webdataset shards: TAR files with picture, caption (.txt) and the rest (.json) under one key."""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from catalog.errors import UsageError
from catalog.export.pairs import Pair
from catalog.store.catalogue import Catalogue
from media.archives.open_source import open_source
from media.archives.source import Source, SourceRef
from media.errors import MediaError

SHARD_BYTES = 1 << 30

_SUFFIXES = {"JPEG": "jpg", "MPO": "jpg", "TIFF": "tif"}
_NUMBERED = re.compile(r"%(0\d+)?d")


def write_webdataset(
    catalogue: Catalogue, pairs: Iterable[Pair], path: Path, skipped: list[tuple[str, str]]
) -> int:
    """Write the pairs; a path with ``%06d`` in it is written as shards of a GiB. Returns how many.

    A picture whose bytes are not those that were scanned is left out, and named in ``skipped``.

    :raises UsageError: the file cannot be written.
    """
    kinds = {row["uri"]: row["kind"] for row in catalogue.rows("SELECT uri, kind FROM sources")}
    opened: dict[str, Source] = {}
    shards = _Shards(path)
    count = 0
    try:
        for pair in pairs:
            if pair.image_source not in opened:
                opened[pair.image_source] = open_source(
                    SourceRef(pair.image_source, kinds[pair.image_source])
                )
            try:
                with opened[pair.image_source].open(pair.image_locator) as record:
                    data = record.stream.read()
            except MediaError as error:
                skipped.append((pair.image_locator, error.reason))
                continue
            except OSError as error:
                skipped.append((pair.image_locator, error.strerror or str(error)))
                continue
            if hashlib.sha256(data).hexdigest() != pair.image_sha256:
                skipped.append((pair.image_locator, "its bytes have changed since the scan"))
                continue
            suffix = _SUFFIXES.get(pair.image_format, pair.image_format.lower())
            shards.add(
                f"{count:09d}",
                {
                    suffix: data,
                    "txt": pair.caption.encode(),
                    "json": json.dumps(asdict(pair), ensure_ascii=False).encode(),
                },
            )
            count += 1
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}). Name another file with -o."
        ) from error
    finally:
        shards.close()
    return count


class _Shards:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.size = 0
        self.tar: tarfile.TarFile | None = None

    def add(self, key: str, parts: dict[str, bytes]) -> None:
        size = sum(map(len, parts.values()))
        numbered = _NUMBERED.search(self.path.name) is not None
        if self.tar is None or (numbered and self.size and self.size + size > SHARD_BYTES):
            self.close()
            self.tar = tarfile.open(self._name(), "w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see close()
            self.number += 1
            self.size = 0
        for suffix, data in parts.items():
            # No owner, no time: the same pairs make the same bytes.
            info = tarfile.TarInfo(f"{key}.{suffix}")
            info.size = len(data)
            self.tar.addfile(info, io.BytesIO(data))
        self.size += size

    def close(self) -> None:
        if self.tar is not None:
            self.tar.close()
            self.tar = None

    def _name(self) -> Path:
        if _NUMBERED.search(self.path.name) is None:
            return self.path
        return self.path.with_name(
            _NUMBERED.sub(lambda match: match[0] % self.number, self.path.name, count=1)
        )
