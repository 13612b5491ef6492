"""docs/fields.md says every field that there is, and none that there is not."""

import re
from pathlib import Path

import pytest
from sqlite_utils import Database

from catalog.store import schema
from media.articles.jsonlines import FIELDS
from media.captions.caption import ORIGINS, UNSEEN_ORIGINS

_TEXT = (Path(__file__).parents[1] / "docs/fields.md").read_text("utf-8")


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without those of its head."""
    section = re.split(r"^#+ ", _TEXT.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _names(heading: str) -> list[str]:
    return [cells[0].strip("`") for cells in _rows(heading)]


@pytest.mark.parametrize("table", ["articles", "images", "captions", "placements"])
def test_every_column_of_the_catalogue_has_its_sentence(table: str) -> None:
    database = Database(memory=True)
    schema.migrations.apply(database)
    columns = [row[1] for row in database.execute(f"pragma table_info({table})").fetchall()]
    own = {"id"} | ({"record_id"} if table == "articles" else set())
    assert _names(table) == [column for column in columns if column not in own]
    assert all(re.match(r"[A-Z`].*\.$", cells[1]) for cells in _rows(table))


def test_every_origin_is_explained() -> None:
    assert _names("origin") == list(ORIGINS)
    assert [cells[0].strip("`") for cells in _rows("origin") if cells[2] == "no"] == list(UNSEEN_ORIGINS)


def test_every_field_that_can_be_mapped_is_explained() -> None:
    assert sorted(_names("JSON Lines fields")) == sorted(FIELDS)
