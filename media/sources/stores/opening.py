"""Opens a store by the scheme of its address: one line a kind; the rest is fsspec's."""

from collections.abc import Callable
from importlib import import_module

from media.sources.stores.address import Address
from media.sources.stores.store import NoStore, Store

_STORES = {"s3": ("media.sources.stores.s3", "S3Store", "pip install 'cutline[s3]'")}
_OTHERS = ("media.sources.stores.filesystem", "FilesystemStore", "pip install fsspec")


def open_store(address: Address) -> Store:
    """The store at an address; nothing is asked of it yet.

    :raises NoStore: its package is not installed; says which to install.
    """
    module, name, install = _STORES.get(address.scheme, _OTHERS)
    try:
        found: Callable[[Address], Store] = getattr(import_module(module), name)
    except ImportError as error:
        reason = f"{address.scheme}:// needs a package that is not installed ({error.name})"
        raise NoStore(reason, f"Run: {install}") from error
    return found(address)
