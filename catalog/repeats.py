"""Keeps the repeats among captions up to date."""

from catalog.catalogue import Catalogue


def update_repeats(catalogue: Catalogue) -> None:
    """Find repeats anew for the captions and repeats that are pending."""
    with catalogue.db.atomic():
        catalogue.db.execute("DELETE FROM pending WHERE kind IN ('caption', 'repeat')")


def update_conflicts(catalogue: Catalogue) -> None:
    """Find conflicts anew for the pictures and conflicts that are pending."""
    with catalogue.db.atomic():
        catalogue.db.execute("DELETE FROM pending WHERE kind IN ('image-captions', 'conflict')")
