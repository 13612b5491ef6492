"""Errors while reading an archive."""


class MediaError(Exception):
    """Base of every error that this package raises.

    A reader raises the narrowest subclass, ``from`` its cause; :func:`media.reading.read_record`
    turns it into a :class:`media.record.Problem`, so that one bad record never stops a scan.
    """

    remedy = "Check the file against its source."

    def __init__(self, reason: str, remedy: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if remedy is not None:
            self.remedy = remedy


class FormatError(MediaError):
    """The formats that an installed package declares cannot be used."""


class SourceError(MediaError):
    """A source as a whole cannot be opened or listed."""


class ReadError(MediaError):
    """The bytes of a record cannot be read."""


class MissingError(ReadError):
    """A container no longer has this member."""


class ImageError(MediaError):
    """A picture cannot be decoded."""

    remedy = "The picture is damaged or incomplete: restore it from its source or a backup."


class UnreadError(ImageError):
    """A picture is of a kind that is not read; whether it is damaged is not known."""

    remedy = "Keep a copy beside it as JPEG, PNG or TIFF of 8 or 16 bits, which will be read."


class CameraRawError(UnreadError):
    """A picture is a camera's raw file: the previews in it are not the picture."""

    def __init__(self) -> None:
        super().__init__("not read: a camera RAW file")


class NotInstalledError(UnreadError):
    """A record has a format whose reader is an extra that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"not read: {what} need the extra {extra}", f"Run: pip install 'cutline[{extra}]'")


class ArticleError(MediaError):
    """An article cannot be parsed."""
