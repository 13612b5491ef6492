"""How one picture relates to another, by the results of matching."""

from catalog.cleanup.policy import holds_whole, is_changed
from catalog.store.catalogue import Catalogue


def relate(catalogue: Catalogue, sha256: str, keeper_sha256: str) -> str | None:
    """Return how a file relates to its keeper; None if they were not compared.

    A kind of match; ``whole`` where it shows more; ``changed`` where it shows something else in one place.
    """
    if sha256 == keeper_sha256:
        return "same-bytes"
    if catalogue.value(
        "SELECT EXISTS (SELECT 1 FROM images a JOIN images b ON b.pixels_sha256 = a.pixels_sha256"
        " WHERE a.sha256 = ? AND b.sha256 = ?)",
        (sha256, keeper_sha256),
    ):
        return "same-pixels"
    left, right = sorted((sha256, keeper_sha256))
    found = catalogue.db.execute(
        "SELECT kind, transform FROM image_matches WHERE left_sha256 = ? AND right_sha256 = ?", [left, right]
    ).fetchone()
    if found is None or found[0] == "same-pixels":
        return None
    if is_changed(found[1]):
        return "changed"
    whole = found[0] != "part" or holds_whole(found[1], member_is_left=left == sha256)
    return str(found[0]) if whole else "whole"
