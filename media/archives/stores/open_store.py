"""Opens a store by the scheme of its address. Schemes not listed here are opened by fsspec."""

from collections.abc import Callable
from importlib import import_module

from media.archives.stores.address import Address
from media.archives.stores.store import NoStore, Store

_STORES = {"s3": ("media.archives.stores.s3", "S3Store", "'cutline[s3]'")}
_OTHERS = ("media.archives.stores.filesystem", "FilesystemStore")
_PACKAGES = {
    "gs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "http": "aiohttp requests",
    "https": "aiohttp requests",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
    "hf": "huggingface_hub",
    "oss": "ossfs",
    "oci": "ocifs",
    "webdav": "webdav4",
    "hdfs": "pyarrow",
    "webhdfs": "requests",
}
"""The packages that fsspec needs for a scheme."""


def open_store(address: Address) -> Store:
    """Return the store at an address, without any request to it.

    :raises NoStore: a package is not installed; the message names it.
    """
    others = (*_OTHERS, f"fsspec {_PACKAGES.get(address.scheme, '')}".strip())
    module, name, packages = _STORES.get(address.scheme, others)
    try:
        found: Callable[[Address], Store] = getattr(import_module(module), name)
        return found(address)
    except ImportError as error:
        reason = f"{address.scheme}:// needs a package that is not installed"
        raise NoStore(reason, f"Run: pip install {packages}") from error
