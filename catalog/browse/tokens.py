"""Tokens that prove that a form comes from one of our pages, so that no other site can send it in a user's name.

Datasette 0.65 protects its forms with a cookie, and with a cookie it lets no browser cache a thumbnail. So our forms
carry a token that only pages of this server have, and the request's declared origin is checked, as in Datasette 1.0.
"""

import hmac
from urllib.parse import urlsplit

from catalog.browse.page import Visit

_SPACE = "cutline-form"


def make_token(visit: Visit) -> str:
    """Return the token that a form must send back."""
    person = str((visit.request.actor or {}).get("id", ""))
    return visit.datasette.sign(f"{visit.database.name}\n{person}", namespace=_SPACE)


def is_ours(visit: Visit, token: str) -> bool:
    """Return whether a request has our token and its declared origin, if any, is this server."""
    headers = visit.request.headers
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    return hmac.compare_digest(token.encode(), make_token(visit).encode())
