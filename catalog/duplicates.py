"""Keeps the matches and groups of pictures up to date."""

from catalog.catalogue import Catalogue


def update_duplicates(catalogue: Catalogue) -> None:
    """Find matches and groups anew for the pictures and groups that are pending.

    Notes ``image-captions`` as pending for every picture whose copies changed.
    """
    with catalogue.db.atomic():
        catalogue.db.execute("DELETE FROM pending WHERE kind IN ('image', 'image-group')")
