"""What a person sends must come from a page of ours: no other site may send it in their name.

Datasette guards its forms too, 0.65 by a cookie and 1.0 by headers; a server without logins has no cookie to guard,
so every form of ours carries a token that only a page of this server can hold.
"""

import hmac
from urllib.parse import urlsplit

from catalog.browse.visit import Visit

_SPACE = "cutline-form"


def make_token(visit: Visit) -> str:
    """What a form must send back."""
    return visit.datasette.sign(visit.database.name, namespace=_SPACE)


def is_ours(visit: Visit, token: str) -> bool:
    """Whether a request carries our token and, as far as the browser says, comes from a page of this server."""
    headers = visit.request.headers
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    return hmac.compare_digest(token.encode(), make_token(visit).encode())
