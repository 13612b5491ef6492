"""Cutline in Python: scan archives, and look at what was found as typed values.

    import cutline

    cutline.scan(["archive"], "catalog.db")
    with cutline.open_catalogue("catalog.db") as catalogue:
        for repeat in catalogue.repeats():
            print(repeat.kind, len(repeat.places), repeat.places[0].text)

What stands here is kept across versions; the packages ``catalog`` and ``media`` beneath it may change. docs/python.md
shows all of it.
"""

from catalog.errors import CatalogError, CatalogueBusy, CatalogueUnusable, UsageError
from catalog.find.find import FoundCaption, FoundPicture
from catalog.scan.scan import ScanResult
from cutline.catalogue import Catalogue, open_catalogue
from cutline.scanning import Progress, scan
from cutline.values import Article, Caption, Conflict, Copy, Group, Picture, Place, Problem, Repeat, Story
from media import __version__

__all__ = [
    "Article",
    "Caption",
    "CatalogError",
    "Catalogue",
    "CatalogueBusy",
    "CatalogueUnusable",
    "Conflict",
    "Copy",
    "FoundCaption",
    "FoundPicture",
    "Group",
    "Picture",
    "Place",
    "Problem",
    "Progress",
    "Repeat",
    "ScanResult",
    "Story",
    "UsageError",
    "__version__",
    "open_catalogue",
    "scan",
]
