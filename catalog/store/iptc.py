"""The metadata of a picture under the names of the IPTC Photo Metadata Standard, for exports."""

IPTC_COLUMNS = """
    i.headline AS image_headline, coalesce(h.caption, i.caption) AS description, i.byline AS creator,
    iif(h.image_sha256 IS NULL, i.credit_line, h.credit_line) AS credit, i.created_at AS date_created, i.city,
    i.country, (SELECT group_concat(value, '; ') FROM json_each(i.keywords)) AS keywords,
    i.copyright_notice AS copyright, i.source
"""
"""Columns for a picture ``i`` (``images``) and the caption ``h`` that a person chose for it (``chosen_captions``)."""
