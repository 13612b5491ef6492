"""What this package adds to cutline. It names its readers only: they are imported when a record needs them."""

from media.formats import Format

FORMATS = (
    Format(
        "text/x-fieldnote",
        "field note",
        "field notes",
        "article",
        endings="note",
        reader="cutline_fieldnotes.note:read_note",
        text_sign="cutline_fieldnotes.note:looks_like_note",
    ),
    Format(
        "application/x-archive",
        "ar archive",
        "ar archives",
        "container",
        begins=(b"!<arch>\n",),
        endings="ar deb",
        reader="cutline_fieldnotes.ar:ArArchive",
    ),
    Format(
        "image/x-portable-anymap",
        "PNM picture",
        "PNM pictures",
        "picture",
        endings="pnm pbm pgm ppm",
        reader="cutline_fieldnotes.pnm:open_pnm",
    ),
)
