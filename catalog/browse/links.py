"""The addresses of our pages, all built here."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from catalog.browse.datasette_host import Urls

ROOM = "-/cutline"


class Links:
    """Addresses of one catalogue's pages."""

    def __init__(self, urls: Urls, database: str) -> None:
        self._urls = urls
        self.database = database
        self.base = f"{urls.database(database)}/{ROOM}"

    def home(self) -> str:
        return self.base

    def page(self, name: str, **arguments: object) -> str:
        """Return the address of one of our pages by name; arguments that are None are left out."""
        return f"{self.base}/{name}{_query(arguments)}"

    def repeat(self, repeat_id: int) -> str:
        return f"{self.base}/captions/{repeat_id}"

    def group(self, group_id: int) -> str:
        return f"{self.base}/pictures/{group_id}"

    def conflict(self, conflict_id: int) -> str:
        return f"{self.base}/conflicts/{conflict_id}"

    def article(self, article_id: int) -> str:
        return f"{self.base}/article/{article_id}"

    def picture(self, sha256: str) -> str:
        return f"{self.base}/picture/{quote(sha256)}"

    def thumbnail(self, sha256: str) -> str:
        return f"{self.base}/thumbnail/{quote(sha256)}"

    def original(self, sha256: str) -> str:
        return f"{self.base}/original/{quote(sha256)}"

    def compare(self, left: str, right: str) -> str:
        return f"{self.base}/compare/{quote(left)}/{quote(right)}"

    def table(self, table: str, **arguments: object) -> str:
        """Return the address of Datasette's page of a table or view; ``name__exact`` and such filter it."""
        return f"{self._urls.table(self.database, table)}{_query(arguments)}"

    def data(self, table: str, form: str, **arguments: object) -> str:
        """Return the address of a table's data in Datasette: ``json`` or ``csv``."""
        return f"{self._urls.table(self.database, table)}.{form}{_query(arguments)}"

    def tables(self) -> str:
        return str(self._urls.database(self.database))


def _query(arguments: Mapping[str, object]) -> str:
    given = {name: value for name, value in arguments.items() if value is not None and value != ""}
    return "?" + urlencode(given) if given else ""


def web_address(text: str | None) -> str | None:
    """Return the text if it is an address that is safe to link to; else None, so that it is shown as text.

    Only ``http`` and ``https`` with a host are safe: an archive may hold any address, also ``javascript:``.
    """
    if not text or len(text) > 2000 or any(character.isspace() or ord(character) < 33 for character in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None
