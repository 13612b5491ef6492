"""All reports by name: those of cutline, and those of other packages.

Another package adds reports with an entry point in the group ``cutline.reports`` that names one
:class:`catalog.show.report.Report` or several: see docs/extending.md.
"""

from functools import cache
from importlib.metadata import entry_points

from catalog.errors import CatalogError
from catalog.show.articles import ARTICLES
from catalog.show.captions import CAPTIONS
from catalog.show.conflicts import CONFLICTS
from catalog.show.corrections import CORRECTIONS
from catalog.show.credits import CREDITS
from catalog.show.furniture import FURNITURE
from catalog.show.images import IMAGES
from catalog.show.orphans import ORPHANS
from catalog.show.problems import PROBLEMS
from catalog.show.report import Report
from catalog.show.usage import USAGE

GROUP = "cutline.reports"

REPORTS = (CAPTIONS, IMAGES, CONFLICTS, ORPHANS, CORRECTIONS, ARTICLES, USAGE, CREDITS, FURNITURE, PROBLEMS)
"""The reports of cutline, in the order of the help."""


class ReportUnusable(CatalogError):
    """An installed package adds something that is not a report, or a report whose name is taken."""


@cache
def reports() -> dict[str, Report]:
    """Return every report by its name.

    :raises ReportUnusable: a package's reports cannot be loaded, or two reports have the same name.
    """
    found = {report.name: report for report in REPORTS}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        package = point.dist.name if point.dist else point.value
        try:
            given = point.load()
            added = (given,) if isinstance(given, Report) else tuple(given)
        except Exception as error:
            raise ReportUnusable(
                f"the reports of the package {package} cannot be loaded ({type(error).__name__}: {error})."
                " Update it, or uninstall it."
            ) from error
        for report in added:
            if not isinstance(report, Report) or report.name in (*found, "summary"):
                name = getattr(report, "name", report)
                raise ReportUnusable(
                    f"the package {package} adds {name}, which is no report or has a name that is taken."
                    " Update it, or uninstall it."
                )
            found[report.name] = report
    return found
