"""Amazon S3 and compatible stores (MinIO, Ceph, R2...), through botocore.

Keys are used exactly as they are: ``//``, ``..`` and a slash at the end are ordinary parts of a key. No file-system
view of S3 does this. Credentials, region, endpoint, proxy and certificates are those of the AWS command line. Two
variables replace its options: ``AWS_NO_SIGN_REQUEST=yes`` (public buckets) and ``AWS_REQUEST_PAYER=requester``.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import UNSIGNED, exceptions
from botocore.config import Config

from media.archives.stores.address import Address
from media.archives.stores.patience import Patience
from media.archives.stores.s3_faults import (
    CONFIGURATION,
    CONFIGURATION_ERRORS,
    CREDENTIAL_ERRORS,
    NO_CREDENTIALS,
    NO_STORE,
    code_of,
    explained,
)
from media.archives.stores.store import (
    Changed,
    Denied,
    NoStore,
    Part,
    Passing,
    Stored,
    StoreError,
    Unlisted,
    version_time,
)

_CONNECT_SECONDS = 5
_SILENT_SECONDS = 10
"""The seconds without a byte after which a connection is closed."""
_CHUNK_BYTES = 256 << 10
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_TRUE = frozenset({"1", "true", "yes", "on"})


class S3Store:
    """The objects of a bucket."""

    is_flat = True

    def __init__(self, address: Address) -> None:
        """Make a client for an address.

        :raises NoStore: the configuration of botocore is invalid.
        """
        self.bucket = address.host
        self.root = address.path
        self._client = _client()
        self._host = urlsplit(self._client.meta.endpoint_url).netloc.rpartition("@")[2]
        self._payer = (
            {"RequestPayer": "requester"}
            if os.environ.get("AWS_REQUEST_PAYER", "").lower() == "requester"
            else {}
        )

    def objects(self, prefix: str, patience: Patience) -> Iterator[Stored | Unlisted]:
        after: str | None = None
        while True:
            page = patience.run(partial(self._page, prefix, after))
            for each in page.get("Contents", ()):
                yield _stored(each["Key"], each["Size"], each)
            before, after = after, page.get("NextContinuationToken")
            if not page.get("IsTruncated"):
                return
            if after is None or after == before:
                raise StoreError(
                    "the store's list of objects does not go on", "Look at the store, or at a proxy."
                )

    def _page(self, prefix: str, after: str | None) -> Mapping[str, Any]:
        asked = {"ContinuationToken": after} if after is not None else {}
        with explained(self._host):
            page: Mapping[str, Any] = self._client.list_objects_v2(
                Bucket=self.bucket, Prefix=prefix, **asked, **self._payer
            )
        return page

    def stat(self, key: str) -> Stored:
        # Not HEAD: its responses have no body, which shows whether the object or its bucket is missing.
        with self.read(key, 0, 1) as part:
            return part.stored

    @contextmanager
    def read(self, key: str, start: int, end: int, version: str | None = None) -> Iterator[Part]:
        asked = {"IfMatch": version} if version is not None else {}
        with explained(self._host):
            try:
                answer = self._client.get_object(
                    Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}", **asked, **self._payer
                )
            except exceptions.ClientError as error:
                if code_of(error) != "InvalidRange":
                    raise
                answer = None
        if answer is None:
            yield Part(self._without_bytes(key, start), iter(()))
            return
        try:
            stored = _stored(key, _whole_size(answer, start), answer)
            yield Part(stored, self._chunks(answer["Body"]))
        finally:
            answer["Body"].close()

    def _without_bytes(self, key: str, start: int) -> Stored:
        """Return an object without a byte at ``start``: it is empty, or has been cut since it was opened."""
        with explained(self._host):
            said = self._client.head_object(Bucket=self.bucket, Key=key, **self._payer)
        if start or said["ContentLength"]:
            raise Changed
        return _stored(key, 0, said)

    def _chunks(self, body: Any) -> Iterator[bytes]:
        with explained(self._host):
            yield from body.iter_chunks(_CHUNK_BYTES)


def _stored(key: str, byte_size: int, said: Mapping[str, Any]) -> Stored:
    version, written = said.get("ETag"), said.get("LastModified")
    if not version or not written:
        raise Passing(*NO_STORE)
    return Stored(key, byte_size, version_time(written.timestamp(), version), version)


def _whole_size(answer: Mapping[str, Any], start: int) -> int:
    """Return the size of the whole object, from a response that may hold only a part of it."""
    found = _RANGE.fullmatch(answer.get("ContentRange") or "")
    if found is not None and int(found[1]) == start:
        return int(found[3])
    if start == 0 and answer["ResponseMetadata"]["HTTPStatusCode"] == 200:
        return int(answer["ContentLength"])  # it does not support ranges: bytes beyond the range are not read
    reason = "the store gave other bytes than were asked for"
    raise Passing(reason, "It must serve ranges (HTTP Range): look at the store, or at a proxy.")


_clients: dict[tuple[object, ...], Any] = {}
_making = threading.Lock()


def _client() -> Any:
    """Return a client configured by the environment. It is made once per process, and any thread may use it.

    :raises NoStore: the configuration is invalid.
    """
    said = sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
    key = (os.getpid(), *said)
    with _making:
        if key not in _clients:
            try:
                _clients[key] = _make_client()
            except CREDENTIAL_ERRORS as error:
                raise Denied(*NO_CREDENTIALS) from error
            except (exceptions.BotoCoreError, *CONFIGURATION_ERRORS) as error:
                reason = f"the AWS configuration cannot be used ({type(error).__name__})"
                raise NoStore(reason, CONFIGURATION) from error
    return _clients[key]


def _make_client() -> Any:
    unsigned = os.environ.get("AWS_NO_SIGN_REQUEST", "").lower() in _TRUE
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_SILENT_SECONDS,
        # Patience retries a failed read, and continues from the last good byte.
        retries={"total_max_attempts": 1},
        response_checksum_validation="when_required",
        signature_version=UNSIGNED if unsigned else None,
        user_agent_extra="cutline",
    )
    return botocore.session.Session().create_client("s3", config=config)
