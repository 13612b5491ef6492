"""Addresses of archives elsewhere (``s3://bucket/prefix``), as they are recorded: never with a secret."""

import re
from dataclasses import dataclass, replace

from media.errors import SourceError
from media.locator import path_from_uri

_ADDRESS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://([^/]*)/?(.*)", re.DOTALL)
_CHAINED = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*::")
_SAME = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
"""Other names of a scheme."""
_LOCAL = ("file", "local")
_NAMED_BY_USER = ("sftp", "ssh", "ftp", "smb", "abfs", "abfss", "hdfs", "webhdfs")
"""Schemes in which ``name@host`` is not a secret, but the user name or (abfs) the container."""
_AS_IT_IS = ("s3", "gs")
"""Schemes in which a name may contain a question mark."""
_WITHOUT = (
    "Give keys and passwords by the environment, as docs/object-stores.md says, and the address without them."
)


@dataclass(frozen=True, slots=True)
class Address:
    """The place of an archive: a store, and the prefix of the names of all its objects."""

    scheme: str
    host: str
    """The bucket or the server."""
    path: str
    """The rest of the address, unchanged: nothing is unescaped, and no slashes are folded."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}/{self.path}"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def as_folder(self) -> "Address":
        """Return the address with a slash at its end, which means everything below it."""
        return self if self.path.endswith("/") or not self.path else replace(self, path=self.path + "/")


def is_address(text: str) -> bool:
    """Return whether a text that a person typed is meant as an address, not as a path."""
    return bool(_ADDRESS.fullmatch(text) or _CHAINED.match(text)) and "\n" not in text


def local_path(text: str) -> str | None:
    """Return the path on this machine that an address names; None if it names another place."""
    match = _ADDRESS.fullmatch(text)
    if match is None or match[1].lower() not in _LOCAL:
        return None
    host = "" if match[2] == "localhost" else match[2]
    return path_from_uri(f"file://{host}/{match[3]}")


def read_address(text: str) -> Address:
    """Parse an address.

    :raises SourceError: it contains a password, key or token, or it cannot be parsed.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        shown = text.partition("://")[0]
        raise SourceError(
            f"{shown}: addresses within addresses cannot be read",
            "Give the address of the store itself: archives in it are read where they are.",
        )
    scheme = match[1].lower()
    scheme = _SAME.get(scheme, scheme)
    user, at, host = match[2].rpartition("@")
    path, mark, query = match[3].partition("?")
    shown = f"{scheme}://{host}/{path}"
    if at and (":" in user or scheme not in _NAMED_BY_USER):
        raise SourceError(f"{shown}: a user's name or password is before its host", _WITHOUT)
    if mark and (scheme not in _AS_IT_IS or "=" in query):
        raise SourceError(f"{shown}: a query (?...) follows it, which may hold a key or token", _WITHOUT)
    if not host and scheme not in ("memory", "hdfs"):
        raise SourceError(f"{shown}: it names no bucket or server", f"Write it as {scheme}://NAME/...")
    return Address(scheme, match[2], match[3])
