"""Archives that libarchive reads (7z, RAR, CAB, LHA, cpio): their members, and damaged or hostile ones."""

import io
import random
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from media.archives.container import Member, Span
from media.errors import MissingError, ReadError
from tests.conftest import encode, make_photo, rows, scan_archive
from tests.containers import page

try:
    import libarchive
    import libarchive.write

    from media.archives.packed import Cab, Cpio, Packed, Rar, SevenZip
except (ImportError, AttributeError, OSError, TypeError):
    pytest.skip("libarchive or its package is not installed (extra: archives)", allow_module_level=True)


def packed(members: dict[str, bytes], kind: str = "7zip") -> bytes:
    """Have libarchive pack files."""
    out = bytearray()
    with libarchive.write.custom_writer(lambda data: out.extend(bytes(data)) or len(data), kind) as archive:
        for name, data in members.items():
            archive.add_file_from_memory(name, len(data), [data] if data else [])
    return bytes(out)


def rar(members: dict[str, bytes]) -> bytes:
    """Write a RAR of version 5 whose members are stored as they are (RAR 5.0 archive format, by RARLAB)."""

    def number(value: int) -> bytes:
        out = b""
        while value > 127:
            out += bytes((value & 127 | 128,))
            value >>= 7
        return out + bytes((value,))

    def header(kind: int, flags: int, fields: bytes, data: bytes = b"") -> bytes:
        inner = number(kind) + number(flags) + (number(len(data)) if flags & 2 else b"") + fields
        sized = number(len(inner)) + inner
        return struct.pack("<L", zlib.crc32(sized)) + sized + data

    out = b"Rar!\x1a\x07\x01\0" + header(1, 0, number(0))
    for name, data in members.items():
        told = name.encode()
        fields = number(4) + number(len(data)) + number(0o100644) + struct.pack("<L", zlib.crc32(data))
        out += header(2, 2, fields + number(0) + number(1) + number(len(told)) + told, data)
    return out + header(5, 0, number(0))


def lha(members: dict[str, bytes]) -> bytes:
    """Write an LHA whose members are stored as they are, with headers of level 0."""

    def sum_of(data: bytes) -> int:
        total = 0
        for byte in data:
            total ^= byte
            for _ in range(8):
                total = total >> 1 ^ (0xA001 if total & 1 else 0)
        return total

    out = b""
    for name, data in members.items():
        head = b"-lh0-" + struct.pack("<LLLBBB", len(data), len(data), 0x5A340000, 0x20, 0, len(name))
        head += name.encode() + struct.pack("<H", sum_of(data))
        out += bytes((len(head), sum(head) & 255)) + head + data
    return out + b"\0"


def cab(members: dict[str, bytes]) -> bytes:
    """Write a CAB that packs nothing ([MS-CAB])."""
    whole = b"".join(members.values())
    files, at = b"", 0
    for name, data in members.items():
        files += (
            struct.pack("<LLHHHH", len(data), at, 0, 0x5A34, 0, 0x20)
            + name.replace("/", "\\").encode()
            + b"\0"
        )
        at += len(data)
    blocks = [whole[start : start + 32_768] for start in range(0, len(whole), 32_768)]
    parts = b"".join(struct.pack("<LHH", 0, len(block), len(block)) + block for block in blocks)
    size = 36 + 8 + len(files) + len(parts)
    head = struct.pack("<4sLLLLLBBHHHHH", b"MSCF", 0, size, 0, 44, 0, 3, 1, 1, len(members), 0, 0, 0)
    return head + struct.pack("<LHH", 44 + len(files), len(blocks), 0) + files + parts


MEMBERS = {
    "2024/harbour.html": page("crane.jpg"),
    "2024/crane.jpg": encode(make_photo(1)),
    "__MACOSX/x": b"x",
}


def walk(container: Packed) -> dict[str, bytes | str]:
    """Return what each member holds, or what is wrong with it."""
    found: dict[str, bytes | str] = {}
    for span in container.spans():
        assert isinstance(span, Span)
        for each in container.members(span):
            try:
                found[each.locator] = each.stream.read() if isinstance(each, Member) else each.reason
            except ReadError as error:
                found[each.locator] = error.reason
    return found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("desk.7z", packed(MEMBERS)),
        ("desk.rar", rar(MEMBERS)),
        ("desk.cpio", packed(MEMBERS, "cpio_newc")),
        ("desk.lzh", lha(MEMBERS)),
        ("desk.cab", cab(MEMBERS)),
    ],
    ids=["7z", "rar", "cpio", "lha", "cab"],
)
def test_pages_and_pictures_of_an_archive_are_tied(
    archive: Path, catalog_path: Path, name: str, data: bytes
) -> None:
    (archive / name).write_bytes(data)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator, image_locator FROM page_captions") == [
        (f"{name}!2024/harbour.html", f"{name}!2024/crane.jpg")
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]
    assert scan_archive(catalog_path, archive).read == 0


@pytest.mark.parametrize(
    ("name", "command"),
    [
        pytest.param("desk.lzh", ["jlha", "cq"], id="lha"),
        pytest.param("desk.cab", ["gcab", "-cz"], id="cab"),
    ],
)
def test_what_other_programs_pack_is_unpacked(
    archive: Path, catalog_path: Path, tmp_path: Path, name: str, command: list[str]
) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    (tmp_path / "2024").mkdir()
    wanted = {each: data for each, data in MEMBERS.items() if each.startswith("2024")}
    for each, data in wanted.items():
        (tmp_path / each).write_bytes(data)
    subprocess.run([*command, archive / name, *wanted], cwd=tmp_path, check=True, capture_output=True)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT locator, image_locator FROM page_captions") == [
        (f"{name}!2024/harbour.html", f"{name}!2024/crane.jpg")
    ]
    assert rows(catalog_path, "SELECT count(*) FROM problems") == [(0,)]


@pytest.mark.parametrize("pack", [lha, cab], ids=["lha", "cab"])
def test_lha_and_cab_that_are_damaged_are_named(
    archive: Path, catalog_path: Path, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    data = pack(MEMBERS)
    (archive / "cut.bin").write_bytes(data[: len(data) - 4_000])
    scan_archive(catalog_path, archive)
    reasons = rows(catalog_path, "SELECT reason FROM problems WHERE stage = 'read'")
    assert reasons and any("cannot be unpacked" in str(each[0]) for each in reasons)


def test_a_damaged_cab_ends_where_libarchive_gives_up() -> None:
    data = bytearray(cab({"a.txt": b"Words of it." * 20, "b.txt": b"More."}))
    block = data.index(b"Words") - 4
    data[block : block + 2] = (
        b"\x08\x80"  # more than a block may have: libarchive crashes if it is asked for the next
    )
    for _ in range(20):
        found = walk(Cab(io.BytesIO(bytes(data)), "x"))
        assert [str(each)[:20] for each in found.values()] == ["it cannot be unpacke", "what follows cannot "]


def test_a_name_of_a_code_page_that_nobody_says_is_kept() -> None:
    data = cab({"cafe.txt": b"Words."}).replace(b"cafe.txt", b"caf\xe9.txt")
    assert walk(Cab(io.BytesIO(data), "x")) == {"x!caf\\xe9.txt": b"Words."}


def test_a_stored_member_of_rar_5_whose_checksum_does_not_fit_is_named(
    archive: Path, catalog_path: Path
) -> None:
    data = rar(MEMBERS)
    at = data.index(b'crane.jpg"')
    (archive / "desk.rar").write_bytes(data[:at] + b"brine" + data[at + 5 :])
    scan_archive(catalog_path, archive)
    ((locator, reason),) = rows(catalog_path, "SELECT locator, reason FROM problems WHERE stage = 'read'")
    assert locator == "desk.rar!2024/harbour.html"
    assert "its checksum does not fit" in str(reason)
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(1,)]


def test_a_member_is_opened_by_its_name_and_a_name_that_repeats_by_its_place() -> None:
    data = packed({"a": b"1"}, "cpio_newc")
    twice = data[: data.index(b"0707", 6)] * 2 + data[data.index(b"0707", 6) :]
    assert walk(Cpio(io.BytesIO(twice), "x")) == {"x!a": b"1", "x!a#1": b"1"}
    with Cpio(io.BytesIO(twice), "x").open("!a#1") as member:
        assert member.stream.read(10) == b"1"
    with pytest.raises(MissingError), SevenZip(io.BytesIO(packed({"a": b"1"})), "x").open("!b"):
        pass


def test_a_member_is_read_in_pieces() -> None:
    whole = random.Random(1).randbytes(700_000)
    container = SevenZip(io.BytesIO(packed({"a": whole, "b": b"2"})), "x")
    members = container.members(Span(0, 1))
    first = next(members)
    assert isinstance(first, Member)
    pieces = [first.stream.read(65_537) for _ in range(12)]
    assert b"".join(pieces) == whole
    second = next(members)
    assert isinstance(second, Member) and second.stream.read() == b"2"
    with pytest.raises(ReadError, match="read on"):
        first.stream.read(1)
    members.close()
    with pytest.raises(ReadError, match="read on"):
        second.stream.read(1)


# --- Damage, and hostility


@pytest.mark.parametrize(("kind", "data"), [(SevenZip, packed(MEMBERS)), (Rar, rar(MEMBERS))])
def test_what_is_damaged_is_read_or_named(kind: type[Packed], data: bytes) -> None:
    for nothing in (data[:40], data[:32] + bytes(80)):
        with pytest.raises(ReadError):
            walk(kind(io.BytesIO(nothing), "x"))
    draw = random.Random(3)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(draw.randint(1, 8)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        with suppress(ReadError):
            walk(kind(io.BytesIO(bytes(broken[: draw.choice((None, draw.randrange(len(broken))))])), "x"))


def test_a_changed_member_is_named() -> None:
    data = bytearray(packed({"a": random.Random(1).randbytes(5_000)}))
    data[2_000] ^= 1
    assert "cannot be unpacked" in str(walk(SevenZip(io.BytesIO(bytes(data)), "x"))["x!a"])


def test_an_archive_that_swells_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.archives.packed._FREE_BYTES", 1 << 20)
    monkeypatch.setattr("media.archives.packed.MEMBER_RATIO", 10)
    found = walk(SevenZip(io.BytesIO(packed({"a": bytes(8 << 20)})), "x"))
    assert found == {"x!a": "its archive swells beyond measure"}


def test_an_interruption_while_libarchive_reads_is_not_lost() -> None:
    class Late(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 300_000:
                raise KeyboardInterrupt
            return super().read(size)

    data = packed({"a": random.Random(1).randbytes(2 << 20)}, "cpio_newc")
    with pytest.raises(KeyboardInterrupt):
        walk(Cpio(Late(data), "x"))


def test_without_its_extra_an_archive_is_counted_with_what_to_install(
    archive: Path, catalog_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "desk.7z").write_bytes(packed(MEMBERS))
    monkeypatch.setattr("media.formats._has_library", lambda name: False)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT reason, count, remedy FROM problems") == [
        (
            "1 7z archive: not read",
            1,
            "Run: pip install 'cutline[archives]', with libarchive (Debian: libarchive13). Then scan again.",
        )
    ]
    monkeypatch.undo()
    assert scan_archive(catalog_path, archive).problems == 0
    assert rows(catalog_path, "SELECT count(*) FROM page_captions") == [(1,)]


def test_names_that_lead_out_are_names_and_no_more() -> None:
    found = walk(Cpio(io.BytesIO(packed({"../../etc/x": b"1", "/abs": b"2"}, "cpio_newc")), "x"))
    assert set(found.values()) == {b"1", b"2"}
