"""Errors around a catalogue; the command line turns them into text and an exit status."""


class CatalogError(Exception):
    """Base of every error that this package raises.

    ``str(error)`` is one line: what, where, and the remedy.
    """

    exit_status = 2


class CatalogueUnusable(CatalogError):
    """The file is not a catalogue, or this version cannot use it."""


class CatalogueBusy(CatalogError):
    """Another process is writing to the catalogue."""


class UsageError(CatalogError):
    """The request cannot be carried out as it was made."""


class ClusterUnusable(CatalogError):
    """A cluster cannot be reached, cannot do the work, or was lost."""
