"""Numbers and names in words, as every report writes them."""

from collections.abc import Mapping, Sequence

from media.locator import printable

WAITING = "fingerprinted by an older version and compared by their bytes only"
"""The words for pictures that wait for a scan."""


def count_noun(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: ``1 caption``, ``2,400 captions``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def captions_text(on_pages: int, in_metadata: int) -> str:
    """Return ``280 captions on pages, 1,480 in metadata``."""
    return f"{count_noun(on_pages, 'caption')} on pages" + (
        f", {in_metadata:,} in metadata" if in_metadata else ""
    )


def say_waiting(pictures: int) -> str:
    """Return the line that says how many pictures wait to be read again, and what to do."""
    return f"{count_noun(pictures, 'picture')} {WAITING}: run `cutline scan` on their sources again."


def size_text(byte_size: int) -> str:
    """Return a size as people read it: ``3.4 MB`` (powers of 1,000, as disks are sold)."""
    size = float(byte_size)
    if size < 1000:
        return count_noun(byte_size, "byte")
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} TB"


def places_text(rows: Sequence[Mapping[str, object]], most: int = 5) -> str:
    """Return the places of rows, one a line, each once; captures of one address share a line. The rest is counted."""
    places: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        captured = row.get("captured_at") and row.get("url")
        places.setdefault(str(row["url"] if captured else row["locator"]), []).append(row)
    lines = [_captures_text(found) for found in list(places.values())[:most]]
    if len(places) > most:
        lines.append(f"and {len(places) - most:,} more")
    return "\n".join(lines)


def _captures_text(rows: Sequence[Mapping[str, object]]) -> str:
    days = sorted({str(row["captured_at"])[:10] for row in rows if row.get("captured_at")})
    if len(days) < 2:
        return place_text(rows[0])
    return f"{printable(str(rows[0]['url']))} ({days[0]} to {days[-1]}, {count_noun(len(days), 'capture')})"


def place_text(row: Mapping[str, object]) -> str:
    """Return the place of a row's record: the address and day of a capture, else the locator."""
    if row.get("captured_at") and row.get("url"):
        return f"{printable(str(row['url']))} ({str(row['captured_at'])[:10]})"
    return printable(str(row["locator"]))


def span_text(first: object, last: object) -> str:
    """Return ``, 2024-03-10`` or ``, from 2024-03-10 to 2024-05-10``; "" without dates."""
    if not first or not last:
        return ""
    begin, end = str(first)[:10], str(last)[:10]
    return f", {begin}" if begin == end else f", from {begin} to {end}"


def shorten(text: str, length: int = 300) -> str:
    """Return the text on one line, safe to print; a long text is cut after a word."""
    line = printable(" ".join(text.split()))
    if len(line) <= length:
        return line
    cut = line[:length].rsplit(" ", 1)[0] if " " in line[length // 2 : length] else line[:length]
    return cut + " ..."
