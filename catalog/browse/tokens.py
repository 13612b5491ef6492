"""What a person sends must come from a page of ours: no other site may send it in their name.

Datasette 0.65 guards its forms by a cookie, and where there is a cookie it lets no browser keep a thumbnail; so ours
carry a token instead that only a page of this server can hold, and what the browser says of the request's origin is
looked at, as Datasette 1.0 does.
"""

import hmac
from urllib.parse import urlsplit

from catalog.browse.page import Visit

_SPACE = "cutline-form"


def make_token(visit: Visit) -> str:
    """Return what a form must send back."""
    person = str((visit.request.actor or {}).get("id", ""))
    return visit.datasette.sign(f"{visit.database.name}\n{person}", namespace=_SPACE)


def is_ours(visit: Visit, token: str) -> bool:
    """Whether a request carries our token and, as far as the browser says, comes from a page of this server."""
    headers = visit.request.headers
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    return hmac.compare_digest(token.encode(), make_token(visit).encode())
