"""The catalogue of an archive, and what people do with it: report, browse, clean up."""

from media import __version__

__all__ = ["__version__"]
