"""Datasette's metadata of a catalogue: titles, descriptions of columns, useful orders, and canned queries.

The plugin gives it to Datasette; ``cutline browse --write-config`` writes it to files for servers without the plugin
and for published catalogues.
"""

from collections.abc import Mapping
from html import escape

TITLE = "What the archive holds, and what repeats in it"

HIDDEN = (
    "fingerprints",
    "thumbnails",
    "placement_names",
    "pending",
    "container_spans",
    "reviews",
    "keeper_choices",
    "_sqlite_migrations",
)

TABLES: Mapping[str, Mapping[str, object]] = {
    "articles": {
        "description": "Articles, with their text.",
        "label_column": "headline",
        "facets": ["language"],
        "columns": {"body": "the article's own paragraphs, one a line", "words": "how many the text holds"},
    },
    "captions": {
        "description": "Captions, each wording once.",
        "label_column": "text",
        "columns": {"key": "the wording with all set aside that two desks set differently"},
    },
    "images": {
        "description": "Pictures, each once, by the SHA-256 of their bytes.",
        "facets": ["format", "information"],
        "columns": {
            "pixels_sha256": "digest of the pixels and all else that is no metadata",
            "bits": "of a channel of a pixel",
            "profile": "the colour profile's own name; none means sRGB",
            "extras": "what is in the file and not shown: a video, a second picture, layers",
            "damage": "what is missing of the picture",
            "from_sidecars": "columns that the picture leaves empty, filled from a file beside it",
            "information": "low: flat, tiny or text-like, compared strictly",
        },
    },
    "placements": {
        "description": "Showings of a picture, a caption or both, in an article.",
        "facets": ["origin"],
        "columns": {
            "position": "block of the page, or line of the text, from 0",
            "confidence": "0 to 1: how sure it is that this is a caption of this picture",
        },
    },
    "records": {
        "description": "Files, members and captures.",
        "facets": ["media_type"],
        "label_column": "locator",
    },
    "sources": {"description": "The archives that were scanned.", "label_column": "uri"},
    "scans": {"description": "When what was scanned, and how it ended.", "sort_desc": "id"},
    "problems": {
        "description": "What could not be read as it should, and what to do.",
        "facets": ["stage", "media_type"],
        "columns": {
            "stage": "unread: of a format that is not read; empty: nothing was found in it; one row a type and folder",
            "count": "of unread and empty: how many records there are",
            "traceback": "of a fault of cutline itself: where it happened, for a report",
        },
    },
    "formats": {"description": "What media types are called, and what to do with those that are not read."},
    "decisions": {"description": "What a person decided, kept across scans.", "sort_desc": "decided_at"},
    "overruled_decisions": {
        "description": "Decisions that met a later one on the same two when catalogues were merged.",
        "sort_desc": "decided_at",
    },
    "image_groups": {"description": "Pictures that show the same.", "sort_desc": "size", "facets": ["kind"]},
    "image_matches": {"description": "Pairs of pictures that were compared.", "facets": ["kind"]},
    "caption_repeats": {"description": "Captions that repeat.", "sort_desc": "size", "facets": ["kind"]},
    "page_captions": {
        "description": "Captions that a reader of the pages sees.",
        "facets": ["publisher", "origin"],
    },
    "repeated_captions": {
        "description": "Repeated captions, a row for each place.",
        "facets": ["kind", "scope", "publisher"],
    },
    "duplicate_images": {
        "description": "Repeated pictures, a row for each file.",
        "facets": ["kind", "form", "furniture", "publisher"],
    },
    "changed_images": {
        "description": "Copies in which something was removed, added or replaced, and where.",
        "facets": ["kind", "publisher"],
    },
    "caption_conflicts": {
        "description": "Captions of one picture that do not say the same.",
        "facets": ["grade", "publisher"],
    },
    "uncaptioned_images": {
        "description": "Pictures without a caption.",
        "facets": ["furniture", "publisher"],
    },
    "orphan_captions": {
        "description": "Captions whose picture the archive lacks.",
        "facets": ["publisher", "origin"],
    },
    "missing_images": {
        "description": "Pictures that a page names and the archive lacks.",
        "facets": ["publisher"],
    },
    "learned_credit_captions": {
        "description": "Credits that no list has, learned from the archive, and the captions that end in them. To turn"
        " one off: cutline decide different NAME credit.",
        "facets": ["name", "state", "publisher"],
    },
    "page_furniture": {
        "description": "Logos, icons, portraits of authors, adverts, and captions that say nothing of a picture.",
        "facets": ["kind", "publisher"],
    },
    "caption_corrections": {
        "description": "Captions that a page changed between two captures.",
        "facets": ["grade", "publisher"],
    },
    "captures": {"description": "Pages at a time, and how each differs.", "facets": ["publisher", "change"]},
    "article_stories": {
        "description": "Articles that are one story, a row for each.",
        "facets": ["kind", "publisher", "language"],
    },
    "picture_uses": {
        "description": "Where pictures were shown, and under which captions.",
        "facets": ["publisher", "language", "origin"],
    },
    "named_problems": {
        "description": "Problems, with the page or picture that each is of.",
        "facets": ["stage", "publisher"],
    },
}

QUERIES: dict[str, dict[str, str]] = {
    "captions_by_desk": {
        "title": "Credits, by how often they stand below a picture",
        "sql": "SELECT c.credit_line, count(*) AS placements, count(DISTINCT p.image_sha256) AS pictures"
        " FROM placements p JOIN captions c ON c.id = p.caption_id WHERE c.credit_line IS NOT NULL"
        " GROUP BY c.credit_line ORDER BY placements DESC LIMIT 100",
    },
    "most_used_pictures": {
        "title": "Pictures, by how many articles show them",
        "sql": "SELECT p.image_sha256, count(DISTINCT p.article_id) AS articles,"
        " count(DISTINCT p.caption_id) AS captions FROM placements p"
        " WHERE p.image_sha256 IS NOT NULL AND p.article_id IS NOT NULL"
        " GROUP BY p.image_sha256 ORDER BY articles DESC LIMIT 100",
    },
    "copies_to_free": {
        "title": "Exact copies, by the bytes that they occupy",
        "sql": "SELECT g.id AS group_id, g.kind, g.size, g.reclaimable_bytes, m.image_sha256"
        " FROM image_groups g JOIN image_group_members m ON m.group_id = g.id AND m.keeper = 1"
        " WHERE g.kind IN ('same-bytes', 'same-pixels') ORDER BY g.reclaimable_bytes DESC LIMIT 100",
    },
    "same_text": {
        "title": "Articles with the same text",
        "sql": "SELECT count(*) AS articles, min(id) AS article_id, max(words) AS words, min(headline) AS headline"
        " FROM articles WHERE body <> '' GROUP BY body_sha256 HAVING count(*) > 1"
        " ORDER BY articles DESC LIMIT 100",
    },
    "recent_decisions": {
        "title": "Decisions, the latest first",
        "sql": "SELECT verdict, left, right, note, decided_at FROM decisions ORDER BY decided_at DESC LIMIT 200",
    },
    "problems_by_reason": {
        "title": "Problems, by their reason",
        "sql": "SELECT reason, count(*) AS records, min(locator) AS example, remedy FROM problems"
        " GROUP BY reason ORDER BY records DESC",
    },
}


def describe(homes: Mapping[str, str]) -> dict[str, object]:
    """Return Datasette's metadata for databases, each given by its name with the address of its first page."""
    return {
        "databases": {
            name: {
                "description_html": f'{TITLE}. <strong><a href="{escape(home)}">Browse it with pictures</a></strong>',
                "tables": describe_tables(),
            }
            for name, home in homes.items()
        }
    }


def describe_tables() -> dict[str, Mapping[str, object]]:
    """Return the description of each table; tables that a reader does not need are hidden."""
    return {**{name: {"hidden": True} for name in HIDDEN}, **TABLES}
