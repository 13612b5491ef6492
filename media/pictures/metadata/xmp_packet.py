"""XMP sidecars: what is said of a picture, in the fields in which others look for it.

Fields are those of the Metadata Working Group's guidelines (5, "Metadata properties") and of IPTC Photo Metadata:
Description, Creator, Rights and Keywords are Dublin Core's, the rest Photoshop's.
"""

from dataclasses import dataclass
from xml.sax.saxutils import escape

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{fields}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


@dataclass(frozen=True, slots=True)
class PictureText:
    """The metadata of a picture; None and "" are left out."""

    description: str | None = None
    headline: str | None = None
    creator: str | None = None
    credit: str | None = None
    rights: str | None = None
    date_created: str | None = None
    city: str | None = None
    country: str | None = None
    keywords: tuple[str, ...] = ()


def render_xmp(said: PictureText) -> str:
    """Return an XMP packet."""
    alternatives = (("dc:description", said.description), ("dc:rights", said.rights))
    plain = (
        ("photoshop:Headline", said.headline),
        ("photoshop:Credit", said.credit),
        ("photoshop:DateCreated", said.date_created),
        ("photoshop:City", said.city),
        ("photoshop:Country", said.country),
    )
    fields = [_one_language(name, text) for name, text in alternatives if text]
    fields += _listed("dc:creator", "Seq", (said.creator,) if said.creator else ())
    fields += _listed("dc:subject", "Bag", said.keywords)
    fields += [f"\n   <{name}>{_xml(text)}</{name}>" for name, text in plain if text]
    return _XMP.format(fields="".join(fields))


def _one_language(name: str, text: str) -> str:
    item = f'<rdf:li xml:lang="x-default">{_xml(text)}</rdf:li>'
    return f"\n   <{name}>\n    <rdf:Alt>\n     {item}\n    </rdf:Alt>\n   </{name}>"


def _listed(name: str, kind: str, texts: tuple[str, ...]) -> list[str]:
    if not texts:
        return []
    items = "".join(f"\n     <rdf:li>{_xml(text)}</rdf:li>" for text in texts)
    return [f"\n   <{name}>\n    <rdf:{kind}>{items}\n    </rdf:{kind}>\n   </{name}>"]


def _xml(text: str) -> str:
    """Escaped, and without the characters that XML 1.0 has no way to write (2.2 Characters)."""
    return escape("".join(each for each in text if each >= " " or each in "\t\n\r").translate(_NOT_XML))


_NOT_XML = dict.fromkeys([0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
