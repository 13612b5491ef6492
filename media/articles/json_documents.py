"""Finds the articles of a JSON document: an object, a list, or objects inside the response of a system.

The responses, exports and pages of systems wrap articles in other objects (``{"response": {"docs": [...]}}``,
``{"props": {"pageProps": {"article": {...}}}}``). This module finds the outermost objects that are articles, at any
depth.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from media.articles.article import MAX_PICTURES
from media.articles.json_nodes import parsed_body, read_nodes, type_of
from media.articles.json_shapes import plain_row
from media.captions.addresses import PICTURE_ADDRESS
from media.decoding.json_fields import ARTICLE, read_words
from media.left_out import leave_out, take

_NODES: Final = 2_000_000
"""The most objects and lists that are examined in one document."""
_DEPTH: Final = 40
_REFERENCES: Final = 2_000
"""The most references of one article that are followed."""
_BODY_CHARACTERS: Final = 40
"""The least characters of an article inside another object: shorter texts are labels and teasers."""


def find_rows(document: object, *, loosely: bool = True) -> Iterator[dict[str, object]]:
    """Yield the articles of a document, as the objects that hold them, in order.

    An article has a body, and a headline or an address, or has a known shape. With ``loosely``, an object at the top,
    or in a list at the top, is also yielded if no article is found in it: it may be an incomplete one.
    """
    if isinstance(document, dict) and isinstance(document.get("data"), dict | list):
        document = _with_relations(document)
    if isinstance(document, dict) and (pictures := _annotated(document)) is not None:
        yield from pictures
        return
    kept = document if isinstance(document, dict) else {}
    for row in document if isinstance(document, list) else [document]:
        deep = _find_deep(row, kept, depth=int(isinstance(document, list)))
        first = next(deep, None)
        if first is not None:
            yield first
            yield from deep
        elif loosely and isinstance(row, dict):
            yield row


def _find_deep(value: object, kept: Mapping[str, object], depth: int) -> Iterator[dict[str, object]]:
    stack: list[tuple[object, str, int]] = [(value, "", depth)]
    for _ in range(_NODES):
        if not stack:
            return
        value, key, depth = stack.pop()
        if isinstance(value, dict):
            value = _with_ghost_meta(value)
            if depth and ":" in key:
                value = _followed(value, kept)
            if is_article(value, least=_BODY_CHARACTERS if depth > 1 else 1):
                yield {"_id": key, **value} if key and "article_url" in value else value
                continue
            inner: Iterator[tuple[str, object]] = reversed(list(value.items()))
        elif isinstance(value, list):
            inner = (("", each) for each in reversed(value))
        else:
            continue
        if depth < _DEPTH:
            stack += [(each, name, depth + 1) for name, each in inner if isinstance(each, dict | list)]
    leave_out(_NODES, "objects")


def is_article(row: Mapping[str, object], *, least: int = 1) -> bool:
    """Return whether an object is an article: it has a body of this length, and a headline or an address."""
    shaped = plain_row(row)
    if shaped is not None:
        return "body" in shaped or "src" in shaped
    found = ARTICLE.pick(row)
    if "body" not in found or not ("headline" in found or "url" in found):
        return False
    body = parsed_body(found["body"])
    if isinstance(body, list) and body and isinstance(body[0], dict):
        return _holds_nodes(body) and (least == 1 or _tells(body, least))
    if isinstance(body, dict) and not (words := read_words(body)):
        return type_of(body) != "" or any(name in body for name in ("blocks", "root", "content", "children"))
    words = body if isinstance(body, str) else read_words(body, "\n")
    return words is not None and len(words) >= least


def _tells(body: list[object], least: int) -> bool:
    """Return whether the first nodes of a list have a paragraph of this length: menus and forms have none."""
    return any(isinstance(block, str) and len(block) >= least for block in read_nodes(body[:_FIRST_NODES]))


_FIRST_NODES: Final = 50


def _holds_nodes(body: list[object]) -> bool:
    """Return whether a list holds paragraphs and pictures, and not other articles."""
    first = next((each for each in body if isinstance(each, dict)), {})
    picked = ARTICLE.pick(first)
    return not ("headline" in picked and ("url" in picked or "published_at" in picked))


def _with_ghost_meta(value: dict[str, object]) -> dict[str, object]:
    """Join what Ghost's export keeps in tables of their own: captions of lead pictures, names of authors."""
    posts, meta = value.get("posts"), value.get("posts_meta")
    if not isinstance(posts, list) or not isinstance(meta, list):
        return value
    names = _by_id(value.get("users"), "id")
    authors: dict[object, list[object]] = {}
    for one in value.get("posts_authors") or () if isinstance(value.get("posts_authors"), list) else ():  # type: ignore[attr-defined]
        if isinstance(one, dict) and (user := names.get(_hashable(one.get("author_id")))):
            authors.setdefault(_hashable(one.get("post_id")), []).append(user)
    told = _by_id(meta, "post_id")
    joined = [
        {
            **told.get(_hashable(post.get("id")), {}),
            "authors": authors.get(_hashable(post.get("id")), []),
            **post,
        }
        for post in posts
        if isinstance(post, dict)
    ]
    return {"posts": joined}


def _annotated(document: Mapping[str, object]) -> Iterator[dict[str, object]] | None:
    """Return the pictures of a corpus that keeps their captions in a table of their own; None for another document.

    Source: the format of MS COCO's captions: ``images`` (id, file_name) and ``annotations`` (image_id, caption).
    """
    images, told = document.get("images"), document.get("annotations")
    if not isinstance(images, list) or not isinstance(told, list):
        return None
    names = {number: one.get("file_name") for number, one in _by_id(images, "id").items()}
    captions = [one for one in told if isinstance(one, dict) and "image_id" in one and "caption" in one]
    if not captions or not any(names.values()):
        return None
    return (
        {"image_path": names.get(_hashable(one["image_id"])), "caption": one["caption"]} for one in captions
    )


def _with_relations(document: dict[str, object]) -> object:
    """Return the objects of a JSON:API document (Drupal) with what they refer to; another document as it is.

    Source: JSON:API 1.1, compound documents.
    """
    data = document["data"]
    found = [one for one in (data if isinstance(data, list) else [data]) if isinstance(one, dict)]
    if not any(isinstance(one.get("attributes"), dict) and "relationships" in one for one in found):
        return document
    included = document.get("included")
    kept = {
        (_hashable(one.get("type")), _hashable(one.get("id"))): one
        for one in (included if isinstance(included, list) else [])
        if isinstance(one, dict)
    }
    files: dict[int, str | None] = {}
    return [_related(one, kept, files) for one in found]


_Kept: TypeAlias = Mapping[tuple[object, object], dict[str, object]]
"""The objects that a document includes, by type and id."""


def _related(one: dict[str, object], kept: _Kept, files: dict[int, str | None]) -> dict[str, object]:
    row = dict(_dict(one.get("attributes")))
    pictures: list[dict[str, object]] = []
    authors: list[object] = []
    for name, target, meta in _targets(one, kept):
        told = _dict(target.get("attributes"))
        if id(target) not in files:
            files[id(target)] = _file_address(target, kept)
        if address := files[id(target)]:
            caption = meta.get("title") or next((told[key] for key in told if "caption" in key), None)
            pictures.append({"src": address, "caption": caption, "alt": meta.get("alt"), **_credit(told)})
        elif _AUTHOR.search(name) and (
            told_name := told.get("display_name") or told.get("name") or told.get("title")
        ):
            authors.append({"name": told_name})
    return {**row, **({"images": pictures} if pictures else {}), **({"authors": authors} if authors else {})}


_AUTHOR: Final = re.compile(r"author|byline|^uid$")
_RELATIONS: Final = 200


def _targets(
    one: dict[str, object], kept: _Kept
) -> Iterator[tuple[str, dict[str, object], Mapping[str, object]]]:
    """Yield what an object refers to: by which name, the object, and what is said of it there."""
    for name, relation in take(_dict(one.get("relationships")).items(), _RELATIONS, "relationships"):
        data = _dict(relation).get("data")
        for each in take(data if isinstance(data, list) else [data], MAX_PICTURES, "related objects"):
            target = kept.get((_hashable(_dict(each).get("type")), _hashable(_dict(each).get("id"))))
            if target is not None:
                yield name, target, _dict(_dict(each).get("meta"))


def _file_address(target: dict[str, object], kept: _Kept, depth: int = 1) -> str | None:
    """Return the address of a file, or of the file of what shows one."""
    told = _dict(target.get("attributes"))
    address = _dict(told.get("uri")).get("url") or told.get("url")
    if isinstance(address, str) and PICTURE_ADDRESS.search(address):
        return address
    inner = _targets(target, kept) if depth else ()
    return next((found for _, each, _ in inner if (found := _file_address(each, kept, 0))), None)


def _credit(told: Mapping[str, object]) -> dict[str, object]:
    return next(({"credit": told[key]} for key in told if "credit" in key or "copyright" in key), {})


def _dict(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _by_id(rows: object, name: str) -> dict[object, dict[str, object]]:
    return (
        {_hashable(one.get(name)): one for one in rows if isinstance(one, dict)}
        if isinstance(rows, list)
        else {}
    )


def _hashable(value: object) -> object:
    return value if isinstance(value, str | int) else None


def _followed(row: dict[str, object], kept: Mapping[str, object]) -> dict[str, object]:
    """Return an object of Apollo's store with the objects that it refers to by key in their places."""
    budget = [_REFERENCES]
    found = _follow(row, kept, budget, 6)
    return found if isinstance(found, dict) else row


def _follow(value: object, kept: Mapping[str, object], budget: list[int], depth: int) -> object:
    if depth == 0 or budget[0] <= 0:
        return value
    budget[0] -= 1
    if isinstance(value, list):
        return [_follow(each, kept, budget, depth - 1) for each in value]
    if not isinstance(value, dict):
        return value
    key = value.get("__ref") or (value.get("id") if value.get("type") == "id" else None)
    if isinstance(key, str) and key in kept:
        return _follow(kept[key], kept, budget, depth - 1)
    return {
        name.partition("(")[0]: _follow(each, kept, budget, depth - 1)
        if isinstance(each, dict | list)
        else each
        for name, each in value.items()
    }
