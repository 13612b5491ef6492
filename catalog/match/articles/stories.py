"""Updates pages and stories: which articles are captures of one page, and which tell one story.

All of them are computed again whenever articles change, from stored prints of every body, half a kilobyte for each
article. Only differences are written, and a story keeps its id as long as its original stays the same.
"""

import itertools
import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.match.articles.verdicts import BODY
from catalog.store.catalogue import Catalogue
from media.captions.letters import fold_letters
from media.matching.articles import prints
from media.matching.articles.addresses import Address, read_address, read_link, read_mirrored
from media.matching.articles.near import Bodies
from media.matching.articles.stories import (
    ArticleUse,
    Story,
    Verdicts,
    find_stories,
    number_headlines,
    shared_pages,
)

_AT_ONCE = 2_000
_LIVE_ARTICLES = (
    "FROM articles a JOIN records r ON r.id = a.record_id AND r.missing_since IS NULL"
    " JOIN sources s ON s.id = r.source_id"
)


def update_stories(catalogue: Catalogue) -> None:
    """Find pages and stories again if articles are pending."""
    if not catalogue.is_pending("article"):
        return
    with catalogue.db.atomic():
        _Updating(catalogue).update()
        catalogue.db.execute("DELETE FROM pending WHERE kind = 'article'")


@dataclass(frozen=True, slots=True)
class _Where:
    """Where an article was published, as far as it is known."""

    url: str | None
    """The address, for display."""
    address: str | None
    page: str | None
    canonical: str | None
    publisher: str | None


class _Updating:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._execute = catalogue.db.conn.execute
        self._executemany = catalogue.db.conn.executemany

    def update(self) -> None:
        self._keep_prints()
        articles, where, bodies = self._read()
        verdicts = self._verdicts(articles)
        stories = list(find_stories(articles, bodies, verdicts))
        self._note_places()
        self._write_pages(articles, where, shared_pages(articles, stories))
        self._write_stories(stories, where)
        self._mark_repeats()

    def _keep_prints(self) -> None:
        """Store the prints of every body that the archive holds now, and remove all others."""
        lacking = self._execute(
            f"SELECT a.body_sha256, a.body {_LIVE_ARTICLES} WHERE NOT EXISTS (SELECT 1 FROM article_prints p"
            " WHERE p.body_sha256 = a.body_sha256 AND p.version = ?) GROUP BY a.body_sha256",
            (prints.VERSION,),
        )
        while some := list(itertools.islice(lacking, _AT_ONCE)):
            values = prints.pack(prints.read_prints(body for _, body in some))
            self._executemany(
                "INSERT OR REPLACE INTO article_prints (body_sha256, version, value) VALUES (?, ?, ?)",
                [(digest, prints.VERSION, value) for (digest, _), value in zip(some, values, strict=True)],
            )
        self._execute(
            "DELETE FROM article_prints WHERE NOT EXISTS (SELECT 1 FROM articles a"
            " WHERE a.body_sha256 = article_prints.body_sha256)"
        )

    def _read(self) -> tuple[list[ArticleUse], dict[int, _Where], Bodies]:
        numbers: dict[str, int] = {}
        articles: list[ArticleUse] = []
        where: dict[int, _Where] = {}
        rows = self._execute(
            "SELECT a.id, a.body_sha256, a.headline, coalesce(r.captured_at, a.published_at, ''), s.uri, r.locator,"
            f" a.url, r.target_uri, r.media_type {_LIVE_ARTICLES} ORDER BY s.uri, r.locator, a.id"
        )
        for article_id, digest, headline, when, uri, locator, url, target, media_type in rows:
            found = where[article_id] = _locate(url, target, locator, media_type)
            articles.append(
                ArticleUse(
                    id=article_id,
                    body=numbers.setdefault(digest, len(numbers)),
                    address=found.address,
                    page=found.page,
                    canonical=found.canonical,
                    publisher=found.publisher or _folder(uri, locator),
                    headline=fold_letters(headline or ""),
                    when=when,
                    place=len(articles),
                )
            )
        return (
            articles,
            where,
            Bodies(
                self._load_prints(list(numbers)),
                _publishers(articles, len(numbers)),
                _pages(articles, len(numbers)),
                number_headlines(articles, len(numbers)),
            ),
        )

    def _load_prints(self, digests: Sequence[str]) -> prints.Prints:
        def parts() -> Iterator[prints.Prints]:
            waiting = iter(digests)
            while some := list(itertools.islice(waiting, _AT_ONCE)):
                values = dict(
                    self._execute(
                        "SELECT body_sha256, value FROM article_prints"
                        " WHERE body_sha256 IN (SELECT value FROM json_each(?))",
                        (json.dumps(some),),
                    )
                )
                yield prints.unpack([values[digest] for digest in some])

        return prints.join_prints(parts())

    def _verdicts(self, articles: Sequence[ArticleUse]) -> Verdicts:
        said = self._execute(
            "SELECT left, right, verdict FROM decisions WHERE left GLOB ?", (BODY + "*",)
        ).fetchall()
        if not said:
            return Verdicts()
        of_body: dict[str, list[int]] = {}
        for article_id, digest in self._execute(f"SELECT a.id, a.body_sha256 {_LIVE_ARTICLES} ORDER BY a.id"):
            of_body.setdefault(BODY + digest, []).append(article_id)
        same: set[tuple[int, int]] = set()
        different: set[tuple[int, int]] = set()
        for left, right, verdict in said:
            chosen = same if verdict == "same" else different
            chosen.update((one, other) for one in of_body.get(left, ()) for other in of_body.get(right, ()))
        return Verdicts(frozenset(same), frozenset(different))

    # --- What is written

    def _note_places(self) -> None:
        """Store the present pages and stories of articles, to find those that move."""
        self._execute("DROP TABLE IF EXISTS temp.places_before")
        self._execute(
            "CREATE TEMP TABLE places_before AS"
            " SELECT a.id AS article_id, m.story_id, c.page_id, c.address, c.publisher FROM articles a"
            " LEFT JOIN story_members m ON m.article_id = a.id LEFT JOIN page_captures c ON c.article_id = a.id"
        )
        self._execute("CREATE UNIQUE INDEX temp.places_before_article ON places_before (article_id)")

    def _write_pages(
        self, articles: Sequence[ArticleUse], where: dict[int, _Where], pages: dict[int, str]
    ) -> None:
        captured: dict[int, str] = dict(
            self._execute(f"SELECT a.id, r.captured_at {_LIVE_ARTICLES} WHERE r.captured_at IS NOT NULL")
        )
        known: dict[str, int] = dict(self._execute("SELECT canonical_url, id FROM pages"))
        free = itertools.count(max(known.values(), default=0) + 1)
        of_page: dict[str, list[ArticleUse]] = {}
        for article in articles:
            if article.id in pages:
                of_page.setdefault(pages[article.id], []).append(article)
        self._execute("DELETE FROM page_captures")
        self._execute("DELETE FROM pages")
        heads: list[tuple[object, ...]] = []
        captures: list[tuple[object, ...]] = []
        for page, shown in of_page.items():
            number = known.get(page) or next(free)
            times = [moment for article in shown if (moment := captured.get(article.id))]
            publisher = next((name for article in shown if (name := where[article.id].publisher)), None)
            first, last = (min(times), max(times)) if times else (None, None)
            heads.append((number, page, publisher, first, last, len(shown)))
            captures += _captures(number, shown, where, captured)
        self._executemany(
            "INSERT INTO pages (id, canonical_url, publisher, first_captured_at, last_captured_at, captures)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            heads,
        )
        self._executemany(
            "INSERT INTO page_captures (article_id, page_id, url, address, publisher, captured_at, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            captures,
        )

    def _write_stories(self, stories: Sequence[Story], where: dict[int, _Where]) -> None:
        before: dict[int, int] = dict(self._execute("SELECT article_id, story_id FROM story_members"))
        headlines: dict[int, str] = dict(
            self._execute("SELECT id, headline FROM articles WHERE headline <> ''")
        )
        published: dict[int, str] = dict(
            self._execute("SELECT id, published_at FROM articles WHERE published_at <> ''")
        )
        taken: set[int] = set()
        free = itertools.count(max(before.values(), default=0) + 1)
        self._execute("DELETE FROM story_members")
        self._execute("DELETE FROM stories")
        heads: list[tuple[object, ...]] = []
        members: list[tuple[object, ...]] = []
        for story in stories:
            ids = [member.article.id for member in story.members]
            kept = (before[each] for each in ids if each in before and before[each] not in taken)
            number = next(kept, None) or next(free)
            taken.add(number)
            pages = {member.article.page or f"article {member.article.id}" for member in story.members}
            publishers = {name for each in ids if (name := where[each].publisher)}
            headline = next((headlines[each] for each in ids if each in headlines), None)
            first = min((published[each] for each in ids if each in published), default=None)
            heads.append((number, headline, first, len(pages), len(ids), len(publishers)))
            for member in story.members:
                evidence = json.dumps(member.evidence, sort_keys=True)
                members.append((number, member.article.id, member.kind, member.similarity, evidence))
        self._executemany(
            "INSERT INTO stories (id, headline, first_published_at, pages, articles, publishers)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            heads,
        )
        self._executemany(
            "INSERT INTO story_members (story_id, article_id, kind, similarity, evidence) VALUES (?, ?, ?, ?, ?)",
            members,
        )

    def _mark_repeats(self) -> None:
        """Mark the repeats whose articles moved to another page or story as pending: their scopes are found again."""
        self._execute(
            "INSERT OR IGNORE INTO pending (kind, item) SELECT 'scope', m.repeat_id FROM articles a"
            " JOIN temp.places_before b ON b.article_id = a.id"
            " LEFT JOIN story_members s ON s.article_id = a.id LEFT JOIN page_captures c ON c.article_id = a.id"
            " JOIN placements p ON p.article_id = a.id JOIN caption_repeat_members m ON m.placement_id = p.id"
            " WHERE (b.story_id, b.page_id, b.address, b.publisher)"
            "  IS NOT (s.story_id, c.page_id, c.address, c.publisher)"
        )


def _captures(
    page: int, shown: Sequence[ArticleUse], where: dict[int, _Where], captured: dict[int, str]
) -> Iterator[tuple[object, ...]]:
    last: dict[str | None, ArticleUse] = {}
    for article in sorted(shown, key=lambda each: (each.when, each.place)):
        found = where[article.id]
        before = last.get(article.address)
        change = None
        if before is not None:
            parts = [
                name
                for name, differs in (
                    ("headline", before.headline != article.headline),
                    ("body", before.body != article.body),
                )
                if differs
            ]
            change = "changed: " + ", ".join(parts) if parts else "unchanged"
        last[article.address] = article
        yield (article.id, page, found.url, found.address, found.publisher, captured.get(article.id), change)


def _locate(url: str | None, target: str | None, locator: str, media_type: str) -> _Where:
    """Return where an article was published: by its capture, by its place in a mirror, or by the page itself."""
    asked = read_address(target) if target else read_mirrored(locator)
    says = read_link(url, target) if url else None
    if asked is None and says is None:
        return _Where(None, None, None, None, None)
    if asked is None:
        assert says is not None  # noqa: S101 - one of the two is there
        # A saved page names its page, but not its form: only files with the same name are the same form.
        address = f"{says.page} {posixpath.basename(locator)}" if media_type == "text/html" else says.address
        return _Where(url, address, says.page, None, says.publisher)
    canonical = says.page if says and _may_be_believed(says, asked) else None
    return _Where(target or url, asked.address, asked.page, canonical, asked.publisher)


def _may_be_believed(says: Address, asked: Address) -> bool:
    """Return whether a page's own address is credible: of the same publisher, and not the front page for every page."""
    return says.publisher == asked.publisher and (asked.is_front or not says.is_front)


def _folder(uri: str, locator: str) -> str:
    """Return the top folder in place of an unknown publisher: people keep several publishers in separate folders."""
    top, _, rest = locator.partition("/")
    return f"{uri}/{top}" if rest else uri


def _publishers(articles: Iterable[ArticleUse], count: int) -> "np.typing.NDArray[np.int64]":
    """Return for each body the number of its first publisher; -1 if only a folder is known."""
    numbers: dict[str, int] = {}
    result = np.full(count, -1, np.int64)
    for article in articles:
        if result[article.body] < 0 and article.publisher and article.address is not None:
            result[article.body] = numbers.setdefault(article.publisher, len(numbers))
    return result


def _pages(articles: Iterable[ArticleUse], count: int) -> "np.typing.NDArray[np.int64]":
    """Return for each body the number of the page that showed it first; without an address, a page of its own."""
    numbers: dict[str, int] = {}
    result = np.full(count, -1, np.int64)
    for article in articles:
        if result[article.body] < 0:
            page = article.page or f"article {article.id}"
            result[article.body] = numbers.setdefault(page, len(numbers))
    return result
