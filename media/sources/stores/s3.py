"""Amazon S3 and what speaks its language (MinIO, Ceph, R2...), through botocore.

Keys are taken and given exactly, which no file-system view of S3 does (``//``, ``..`` and a slash at
the end are parts of a key like any other). Credentials, region, endpoint, proxy and certificates are
those that the AWS command line would use; two variables say what it has options for:
``AWS_NO_SIGN_REQUEST=yes`` (public buckets) and ``AWS_REQUEST_PAYER=requester``.
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
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from media.sources.stores.address import Address
from media.sources.stores.patience import Patience
from media.sources.stores.store import (
    Archived,
    Changed,
    Denied,
    Gone,
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
"""Without a byte, after which a connection is given up."""
_CHUNK_BYTES = 256 << 10
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_TRUE = frozenset({"1", "true", "yes", "on"})

_GRANT = "Check that these credentials may list the bucket and read its objects (s3:ListBucket, s3:GetObject)"
_CREDENTIALS = "Check the credentials: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_RENEW = "Get new credentials, and scan again."
_LATER = "Scan again later, or with fewer --jobs."

_Fault = tuple[type[StoreError], str, str]
_FAULTS: dict[str, _Fault] = {
    "AccessDenied": (
        Denied,
        "access denied",
        f"{_GRANT}; where the requester pays, set AWS_REQUEST_PAYER=requester.",
    ),
    "AllAccessDisabled": (Denied, "all access to it is disabled", f"{_GRANT}."),
    "AccountProblem": (Denied, "there is a problem with the account", "Ask whoever owns the account."),
    "NotSignedUp": (Denied, "the account is not signed up for the store", "Ask whoever owns the account."),
    "InvalidAccessKeyId": (Denied, "the store does not know the access key", _CREDENTIALS),
    "SignatureDoesNotMatch": (Denied, "the store does not accept the secret key", _CREDENTIALS),
    "AuthorizationHeaderMalformed": (Denied, "it is in another region", "Set AWS_REGION to the bucket's."),
    "ExpiredToken": (Denied, "the credentials have expired", _RENEW),
    "ExpiredTokenException": (Denied, "the credentials have expired", _RENEW),
    "InvalidToken": (Denied, "the session token is not valid", _RENEW),
    "TokenRefreshRequired": (Denied, "the session token must be renewed", _RENEW),
    "RequestTimeTooSkewed": (Denied, "this machine's clock is wrong", "Set the clock, and scan again."),
    "KMS.DisabledException": (Denied, "the key that it is encrypted with is disabled", "Enable the key."),
    "InvalidObjectState": (
        Archived,
        "it is in an archived storage class (Glacier), from which it must be restored first",
        "Restore it in the store, and scan again.",
    ),
    "NoSuchBucket": (
        NoStore,
        "no such bucket",
        "Check its name, and AWS_ENDPOINT_URL where it is not Amazon's.",
    ),
    "InvalidBucketName": (NoStore, "this is no name of a bucket", "Check its name."),
    "PermanentRedirect": (NoStore, "the bucket is in another region", "Set AWS_REGION to the bucket's."),
    "NoSuchKey": (Gone, "it is no longer there", "Scan again: it vanished while being scanned."),
    "NoSuchVersion": (Gone, "it is no longer there", "Scan again: it vanished while being scanned."),
    "KeyTooLongError": (Gone, "no object can have this name", "Scan again."),
    "404": (Gone, "it is no longer there", "Scan again: it vanished while being scanned."),
    "SlowDown": (Passing, "the store is throttling (SlowDown)", _LATER),
    "503": (Passing, "the store is throttling (503)", _LATER),
    "429": (Passing, "the store is throttling (429)", _LATER),
    "RequestTimeout": (Passing, "the store waited too long for the request", _LATER),
    "Throttling": (Passing, "the store is throttling", _LATER),
    "ThrottlingException": (Passing, "the store is throttling", _LATER),
    "RequestLimitExceeded": (Passing, "the store is throttling", _LATER),
}
"""What the codes of S3 mean (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)."""


_NO_CREDENTIALS = (
    "no credentials for the store were found",
    "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a public bucket AWS_NO_SIGN_REQUEST=yes.",
)
_NO_STORE = (
    "what answers is no store",
    "Check AWS_ENDPOINT_URL, and what is between here and there (a proxy, a login page).",
)
_CREDENTIAL_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)
_CONFIGURATION_ERRORS = (
    exceptions.ProfileNotFound,
    exceptions.ConfigNotFound,
    exceptions.ConfigParseError,
    exceptions.InvalidConfigError,
    exceptions.InvalidRegionError,
    exceptions.NoRegionError,
    ValueError,
)
_NETWORK_ERRORS = (exceptions.HTTPClientError, exceptions.IncompleteReadError, HTTPError, OSError)


class S3Store:
    """The objects of a bucket."""

    is_flat = True

    def __init__(self, address: Address) -> None:
        """
        :raises NoStore: what botocore is configured by is wrong.
        """
        self.bucket = address.host
        self.root = address.path
        self._client = _client()
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
        with self._explained():
            page: Mapping[str, Any] = self._client.list_objects_v2(
                Bucket=self.bucket, Prefix=prefix, **asked, **self._payer
            )
        return page

    def stat(self, key: str) -> Stored:
        # Not HEAD: its answers have no body, which would say whether the object or its bucket is not there.
        with self.read(key, 0, 1) as part:
            return part.stored

    @contextmanager
    def read(self, key: str, start: int, end: int, version: str | None = None) -> Iterator[Part]:
        asked = {"IfMatch": version} if version is not None else {}
        with self._explained():
            try:
                answer = self._client.get_object(
                    Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}", **asked, **self._payer
                )
            except exceptions.ClientError as error:
                if _code(error) != "InvalidRange":
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
        """An object that has no byte at ``start``: it is empty, or has been cut since it was opened."""
        with self._explained():
            said = self._client.head_object(Bucket=self.bucket, Key=key, **self._payer)
        if start or said["ContentLength"]:
            raise Changed
        return _stored(key, 0, said)

    def _chunks(self, body: Any) -> Iterator[bytes]:
        with self._explained():
            yield from body.iter_chunks(_CHUNK_BYTES)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in our words what botocore raises; its own may hold an address, or a key."""
        try:
            yield
        except exceptions.ClientError as error:
            raise _fault(error) from error
        except _CREDENTIAL_ERRORS as error:
            raise Denied(*_NO_CREDENTIALS) from error
        except exceptions.SSLError as error:
            raise NoStore(
                f"the certificate of {self._host()} is not trusted, or it speaks no TLS",
                "Set AWS_CA_BUNDLE to the certificates to trust; check AWS_ENDPOINT_URL.",
            ) from error
        except exceptions.EndpointConnectionError as error:
            remedy = "Check the network, and AWS_ENDPOINT_URL where it is set."
            raise Passing(f"no connection to {self._host()}", remedy) from error
        except _NETWORK_ERRORS as error:
            reason = f"the connection to {self._host()} failed ({type(error).__name__})"
            raise Passing(reason, "Check the network, and scan again.") from error
        except ResponseParserError as error:
            raise Passing(*_NO_STORE) from error
        except exceptions.ParamValidationError as error:
            raise NoStore("no bucket or object can have this name", "Check the address.") from error
        except (exceptions.BotoCoreError, ValueError, UnicodeError) as error:
            raise StoreError(f"the store cannot be asked ({type(error).__name__})", _CREDENTIALS) from error

    def _host(self) -> str:
        parts = urlsplit(self._client.meta.endpoint_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _code(error: exceptions.ClientError) -> str:
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if re.fullmatch(r"[\w.]{1,60}", code) else ""


def _fault(error: exceptions.ClientError) -> StoreError:
    code = _code(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == "PreconditionFailed" or status == 412:
        return Changed()
    if code in _FAULTS:
        kind, reason, remedy = _FAULTS[code]
        return kind(reason, remedy)
    said = code or str(status)
    if status == 429 or status >= 500:
        return Passing(f"the store failed ({said})", _LATER)
    if status in (401, 403):
        return Denied(f"access denied ({said})", f"{_GRANT}.")
    return StoreError(f"the store refused ({said})", _CREDENTIALS)


def _stored(key: str, byte_size: int, said: Mapping[str, Any]) -> Stored:
    version, written = said.get("ETag"), said.get("LastModified")
    if not version or not written:
        raise Passing(*_NO_STORE)
    return Stored(key, byte_size, version_time(written.timestamp(), version), version)


def _whole_size(answer: Mapping[str, Any], start: int) -> int:
    """The object's size, which an answer with a part of it tells too."""
    found = _RANGE.fullmatch(answer.get("ContentRange") or "")
    if found is not None and int(found[1]) == start:
        return int(found[3])
    if start == 0 and answer["ResponseMetadata"]["HTTPStatusCode"] == 200:
        return int(answer["ContentLength"])  # it gives no ranges: what is too much is not read
    reason = "the store gave other bytes than were asked for"
    raise Passing(reason, "It must serve ranges (HTTP Range): look at the store, or at a proxy.")


_clients: dict[tuple[object, ...], Any] = {}
_making = threading.Lock()


def _client() -> Any:
    """A client as the environment says, made once in a process: it may be used from any thread.

    :raises NoStore: it says something that cannot be.
    """
    said = sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
    key = (os.getpid(), *said)
    with _making:
        if key not in _clients:
            try:
                _clients[key] = _make_client()
            except _CREDENTIAL_ERRORS as error:
                raise Denied(*_NO_CREDENTIALS) from error
            except (exceptions.BotoCoreError, *_CONFIGURATION_ERRORS) as error:
                reason = f"the AWS configuration cannot be used ({type(error).__name__})"
                raise NoStore(
                    reason, "Check AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and ~/.aws/config."
                ) from error
    return _clients[key]


def _make_client() -> Any:
    unsigned = os.environ.get("AWS_NO_SIGN_REQUEST", "").lower() in _TRUE
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_SILENT_SECONDS,
        # What fails is tried again by Patience, which goes on from the last good byte.
        retries={"total_max_attempts": 1},
        response_checksum_validation="when_required",
        signature_version=UNSIGNED if unsigned else None,
        user_agent_extra="cutline",
    )
    return botocore.session.Session().create_client("s3", config=config)
