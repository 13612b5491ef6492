"""The addresses of all pages, one line for each."""

from collections.abc import Awaitable, Callable

from catalog.browse.articles import show_article
from catalog.browse.compare import show_comparison
from catalog.browse.conflicts import show_conflict, show_conflicts
from catalog.browse.corrections import show_corrections
from catalog.browse.credits import show_credits
from catalog.browse.datasette_host import Datasette, Request, is_known_catalogue
from catalog.browse.desk import show_desk, show_inbox
from catalog.browse.find import show_similar
from catalog.browse.furniture import show_furniture
from catalog.browse.groups import show_groups
from catalog.browse.home import show_home
from catalog.browse.links import ROOM, Links
from catalog.browse.originals import show_original
from catalog.browse.page import NotFound, View, Visit, begin_visit
from catalog.browse.pictures import show_picture
from catalog.browse.repeats import show_repeat, show_repeats
from catalog.browse.reply import Reply, reply_redirect, reply_text
from catalog.browse.review import show_review
from catalog.browse.review_groups import show_group, show_group_review, show_rules
from catalog.browse.search import show_search
from catalog.browse.static_files import show_static
from catalog.browse.stories import show_page, show_stories, show_story
from catalog.browse.thumbnails import show_thumbnail


async def _show_nothing(visit: Visit) -> Reply:
    raise NotFound("There is no such page.")


_PAGES: tuple[tuple[str, View], ...] = (
    ("/?", show_home),
    ("/captions", show_repeats),
    (r"/captions/(?P<id>\d{1,18})", show_repeat),
    ("/pictures", show_groups),
    (r"/pictures/(?P<id>\d{1,18})", show_group),
    ("/stories", show_stories),
    (r"/story/(?P<id>\d{1,18})", show_story),
    (r"/page/(?P<id>\d{1,18})", show_page),
    ("/corrections", show_corrections),
    ("/furniture", show_furniture),
    ("/conflicts", show_conflicts),
    (r"/conflicts/(?P<id>\d{1,18})", show_conflict),
    (r"/article/(?P<id>\d{1,18})", show_article),
    (r"/picture/(?P<sha256>[0-9a-f]{64})", show_picture),
    (r"/compare/(?P<left>[0-9a-f]{64})/(?P<right>[0-9a-f]{64})", show_comparison),
    ("/search", show_search),
    ("/review/rules", show_rules),
    ("/inbox", show_inbox),
)

_FILES: tuple[tuple[str, View], ...] = (
    (r"/thumbnail/(?P<sha256>[0-9a-f]{64})", show_thumbnail),
    (r"/original/(?P<sha256>[0-9a-f]{64})", show_original),
)
"""Addresses that hold a digest."""

_FORMS: tuple[tuple[str, View], ...] = (
    ("/similar", show_similar),
    (r"/review(?:/(?P<queue>captions|pictures))?", show_review),
    ("/review/groups", show_group_review),
    ("/desk", show_desk),
    ("/credits", show_credits),
)
"""Pages that also accept forms or uploads."""


def _guarded(view: View, methods: frozenset[str]) -> Callable[[Datasette, Request], Awaitable[Reply]]:
    async def guarded(datasette: Datasette, request: Request) -> Reply:
        if request.method not in methods:
            return reply_text("This page accepts no forms.", 405)
        visit = await begin_visit(datasette, request)
        if visit is None:
            return reply_text("There is no such catalogue here, or you may not see it.", 404)
        try:
            return await view(visit)
        except NotFound as error:
            return await visit.page("nothing.html", 404, title="Not here", said=str(error))

    return guarded


async def show_root(datasette: Datasette, request: Request) -> Reply:
    """Answer for the server's root, if ``home`` is configured: redirect to the catalogue."""
    found = [name for name, database in datasette.databases.items() if is_known_catalogue(database)]
    if len(found) != 1:
        return reply_text(
            "This server shows several catalogues, or none: leave out home in its configuration.", 404
        )
    return reply_redirect(Links(datasette.urls, found[0]).home(), 302)


def _kept(view: Callable[..., Awaitable[Reply]]) -> Callable[..., Awaitable[Reply]]:
    """Return a view whose replies a browser may cache, like Datasette's own files.

    Datasette 0.65.5 forbids caching for every request with a cookie, and another server on this machine may have set
    one. A thumbnail's address holds its digest, and its reply allows only the browser to cache it.
    """
    view._datasette_static = True  # type: ignore[attr-defined]
    return view


_READ = frozenset({"GET", "HEAD"})

ROUTES: list[tuple[str, Callable[..., Awaitable[Reply]]]] = [
    (r"^/-/cutline/[0-9a-f]{12}/(?P<name>[a-z]+\.[a-z]+)$", _kept(show_static)),
    *((rf"^/(?P<database>[^/]+)/{ROOM}{path}$", _kept(_guarded(view, _READ))) for path, view in _FILES),
    *((rf"^/(?P<database>[^/]+)/{ROOM}{path}$", _guarded(view, _READ)) for path, view in _PAGES),
    *((rf"^/(?P<database>[^/]+)/{ROOM}{path}$", _guarded(view, _READ | {"POST"})) for path, view in _FORMS),
    (rf"^/(?P<database>[^/]+)/{ROOM}/.*$", _guarded(_show_nothing, _READ)),
]
