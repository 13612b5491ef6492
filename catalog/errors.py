"""What can go wrong around a catalogue; the command line turns it into text and an exit status."""


class CatalogError(Exception):
    """Base of every error that this package raises.

    ``str(error)`` is one line: what, where, and the remedy.
    """

    exit_status = 2


class CatalogueUnusable(CatalogError):
    """The file is no catalogue, or one that this version cannot use."""


class CatalogueBusy(CatalogError):
    """Another process is writing to the catalogue."""


class UsageError(CatalogError):
    """What was asked for cannot be done as asked."""


class ClusterUnusable(CatalogError):
    """A cluster cannot be reached, cannot do the work, or was lost."""
