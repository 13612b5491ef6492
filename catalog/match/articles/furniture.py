"""Updates the page furniture of the archive: pictures, and captions that do not describe a picture.

All furniture is computed again whenever pictures, captions or pages change. No picture is opened: the rows of those
that are small enough are sufficient. A person's decision overrides the result.
"""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from catalog.match.articles.verdicts import FURNITURE
from catalog.store.catalogue import Catalogue
from media.captions.key import says_nothing
from media.matching.articles.addresses import publisher_of
from media.matching.furniture import LARGEST_PX, Furniture, PictureUse, judge_furniture

_ADDRESSES = 12
_LITTLE_KEY = 80
_STOCK_STORIES = 5
"""Least number of different pictures, in different stories, with a short caption that makes it a stock caption."""
_STOCK_WORDS = 5


def update_furniture(catalogue: Catalogue) -> None:
    """Find the page furniture."""
    with catalogue.db.atomic():
        verdicts = {
            name: verdict == "same"
            for name, verdict in catalogue.db.conn.execute(
                "SELECT iif(left = :it, right, left), verdict FROM decisions WHERE left = :it OR right = :it",
                {"it": FURNITURE},
            )
        }
        _write_pictures(catalogue, verdicts)
        _write_captions(catalogue, verdicts)
        catalogue.db.execute("DELETE FROM pending WHERE kind = 'furniture'")


_STANDS_FOR_ITSELF = """coalesce((SELECT k.image_sha256 FROM image_group_members m JOIN image_group_members k
    ON k.group_id = m.group_id AND k.keeper = 1 WHERE m.image_sha256 = i.sha256 LIMIT 1), i.sha256) = i.sha256"""
_THERE = "EXISTS (SELECT 1 FROM records r WHERE r.sha256 = i.sha256 AND r.missing_since IS NULL)"
_FORMS = (
    "SELECT :picture UNION SELECT o.image_sha256 FROM image_group_members m"
    " JOIN image_group_members o ON o.group_id = m.group_id WHERE m.image_sha256 = :picture"
)
_USED = (
    f"EXISTS (SELECT 1 FROM placements p JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
    f" WHERE p.image_sha256 IN ({_FORMS}) AND p.origin <> 'alt' AND {{}})"
)
_PAGES = (
    "SELECT e.publisher, count(DISTINCT e.page_id) FROM placements p"
    " JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
    f" JOIN page_captures e ON e.article_id = p.article_id WHERE p.image_sha256 IN ({_FORMS})"
    " AND e.publisher <> '' GROUP BY e.publisher"
)


def _write_pictures(catalogue: Catalogue, verdicts: Mapping[str, bool]) -> None:
    execute = catalogue.db.conn.execute
    home: dict[str, int] = dict(
        execute(
            "SELECT publisher, count(DISTINCT page_id) FROM page_captures WHERE publisher <> '' GROUP BY publisher"
        )
    )
    execute("DELETE FROM furniture")
    candidates = execute(
        f"SELECT i.sha256, i.width_px, i.height_px, i.information FROM images i WHERE {_STANDS_FOR_ITSELF} AND {_THERE}"
        " AND (max(i.width_px, i.height_px) <= ? OR EXISTS (SELECT 1 FROM decisions d WHERE d.right = ?))",
        (LARGEST_PX, FURNITURE),
    )
    for picture, width, height, information in candidates:
        forms = [form for (form,) in execute(_FORMS, {"picture": picture})]
        said = next((verdicts[form] for form in forms if form in verdicts), None)
        if said is False:
            continue
        found = judge_furniture(_use(catalogue, picture, (width, height, information), home))
        if found is None and said is None:
            continue
        reason, evidence = _reason(found)
        if said:
            evidence["decided"] = True
        catalogue.db.conn.executemany(
            "INSERT INTO furniture (image_sha256, picture_id, reason, evidence) VALUES (?, ?, ?, ?)",
            [(form, picture, reason, json.dumps(evidence, sort_keys=True)) for form in forms],
        )


def _reason(found: Furniture | None) -> tuple[str, dict[str, object]]:
    return ("decided", {}) if found is None else (found.kind, dict(found.evidence))


def _use(
    catalogue: Catalogue, picture: str, seen: tuple[int, int, str], home: Mapping[str, int]
) -> PictureUse:
    execute = catalogue.db.conn.execute
    width, height, information = seen
    addresses = [
        address
        for (address,) in execute(
            "SELECT DISTINCT coalesce(r.target_uri, r.locator) AS address FROM records r"
            " WHERE r.sha256 = ? AND r.missing_since IS NULL ORDER BY address LIMIT ?",
            (picture, _ADDRESSES),
        )
    ]
    publishers = {publisher_of(host) for address in addresses if (host := _host(address))}
    captioned, shown = (
        bool(execute(f"SELECT {_USED.format(how)}", {"picture": picture}).fetchone()[0])
        for how in ("p.caption_id IS NOT NULL", "p.article_id IS NOT NULL")
    )
    counts = [(pages, home[name]) for name, pages in execute(_PAGES, {"picture": picture})]
    # Of the sites that show it on most pages, the largest counts: a small one proves little.
    site_pages, of_pages = max(counts, key=lambda count: (2 * count[0] > count[1], count), default=(0, 0))
    return PictureUse(
        width_px=width,
        height_px=height,
        is_plain=information == "low",
        addresses=tuple(addresses),
        captioned=captioned,
        shown=shown,
        publishers=len(publishers),
        site_pages=site_pages,
        of_pages=of_pages,
        is_foreign=bool(home and publishers and not publishers & home.keys()),
    )


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname if "://" in address[:12] else None
    except ValueError:
        return None


def _write_captions(catalogue: Catalogue, verdicts: Mapping[str, bool]) -> None:
    catalogue.db.execute("DELETE FROM stock_captions")
    catalogue.db.conn.executemany(
        "INSERT INTO stock_captions (key, text, reason, evidence) VALUES (?, ?, ?, ?)",
        list(_stock(catalogue, verdicts)),
    )


def _stock(catalogue: Catalogue, verdicts: Mapping[str, bool]) -> Iterator[tuple[object, ...]]:
    """Find short captions that occur in several stories and do not describe the picture."""
    rows = catalogue.db.conn.execute(
        "SELECT c.key, min(c.text), count(DISTINCT p.article_id),"
        " count(DISTINCT coalesce('s' || t.story_id, 'p' || e.page_id, 'a' || p.article_id)),"
        " count(DISTINCT coalesce(p.image_sha256, p.image_src))"
        " FROM captions c JOIN placements p ON p.caption_id = c.id"
        " JOIN records r ON r.id = p.record_id AND r.missing_since IS NULL"
        " LEFT JOIN story_members t ON t.article_id = p.article_id"
        " LEFT JOIN page_captures e ON e.article_id = p.article_id"
        " WHERE p.article_id IS NOT NULL AND p.origin <> 'alt' AND length(c.key) BETWEEN 1 AND ?"
        " GROUP BY c.key ORDER BY c.key",
        (_LITTLE_KEY,),
    )
    for key, text, articles, stories, pictures in rows:
        little = says_nothing(key) and stories > 1
        often = min(stories, pictures) >= _STOCK_STORIES and len(key.split()) <= _STOCK_WORDS
        if verdicts.get(key, little or often):
            evidence = {"articles": articles, "stories": stories, "pictures": pictures}
            if key in verdicts:
                evidence["decided"] = True
            yield key, text, "little" if little else "often" if often else "decided", json.dumps(evidence)
