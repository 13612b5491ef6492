"""Templates of pages that are files of their own: the report, contact sheets."""

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from catalog.show.words import count_noun


@cache
def page_templates(package: str) -> Environment:
    """Return the templates of a package, which may include those of this one; values are escaped."""
    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("catalog.show")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["count_noun"] = count_noun
    return templates
