"""ELAN's format: the annotations of a session as tiers, one above the other.

EAF 3.0: H. Brugman, A. Russel, "Annotating multi-media / multi-modal resources with ELAN", LREC 2004; "ELAN
annotation format", The Language Archive, https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.
Annotations of one tier never overlap, and each lasts a millisecond at least. If pictures or sound were
recorded, times count from their beginning, so that annotations lie on what can be seen and heard; else from
that of the session.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from fsrf_live.stream.recording.account import Account, Film, held_ratings, plain

ELAN_FORMAT = "3.0"
MARKER_MS = 500
"""How long a marker is drawn: it takes no time, and what takes none cannot be seen or clicked at."""

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE = "default-lt"
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed within "
    "this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same "
    "parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, "
    "gaps are allowed",
}
"""ELAN writes these four into each document, in these words."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A value from one moment to another, in seconds."""

    start_s: float
    end_s: float
    value: str


def write_eaf(account: Account, path: Path) -> None:
    """Write the document; raises OSError."""
    document = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "FSRF Live",
            "DATE": "1970-01-01T00:00:00Z" if account.begun is None else str(account.begun),
            "FORMAT": ELAN_FORMAT,
            "VERSION": ELAN_FORMAT,
            "xmlns:xsi": _INSTANCE,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = ET.SubElement(document, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    origin_s = 0.0
    if account.film is not None:
        origin_s = account.film.start_s
        ET.SubElement(header, "MEDIA_DESCRIPTOR", _media(account.film))
    tiers = {name: list(_laid_out(some, origin_s)) for name, some in tiers_of(account).items()}
    slots = _time_order(document, [at_ms for spans in tiers.values() for span in spans for at_ms in span[:2]])
    written = 0
    for name, spans in tiers.items():
        tier = ET.SubElement(document, "TIER", {"LINGUISTIC_TYPE_REF": _TYPE, "TIER_ID": name})
        for _, _, value in spans:
            _annotate(tier, written + 1, slots[2 * written : 2 * written + 2], value)
            written += 1
    last = ET.SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"})
    last.text = str(written)
    alignable = {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": _TYPE, "TIME_ALIGNABLE": "true"}
    ET.SubElement(document, "LINGUISTIC_TYPE", alignable)
    for stereotype, description in _CONSTRAINTS.items():
        ET.SubElement(document, "CONSTRAINT", {"DESCRIPTION": description, "STEREOTYPE": stereotype})
    ET.indent(document)
    ET.ElementTree(document).write(path, "UTF-8", xml_declaration=True)


def tiers_of(account: Account) -> dict[str, list[Annotation]]:
    """The annotations of each tier, by its name, in their order."""
    readings = account.readings
    sources = dict.fromkeys(spell.source for spell in account.spells)
    return {
        "words": [Annotation(said.start_s, said.end_s, said.text) for said in account.words],
        "score": [Annotation(r.start_s, r.end_s, f"{r.score:.2f}") for r in readings],
        "interval": [Annotation(r.start_s, r.end_s, f"{r.low:.2f} {r.high:.2f}") for r in readings],
        "label": [Annotation(r.start_s, r.end_s, r.label) for r in readings],
        **{source: list(_states(account, source)) for source in sources},
        "markers": [Annotation(m.time_s, m.time_s, plain(m.name)) for m in account.markers],
        "rating": [Annotation(r.start_s, r.end_s, f"{r.rating:.2f}") for r in held_ratings(account)],
    }


def _states(account: Account, source: str) -> Iterator[Annotation]:
    for spell in account.spells:
        if spell.source == source:
            reason = f": {spell.reason}" if spell.reason else ""
            yield Annotation(spell.start_s, spell.end_s, f"{spell.state.value}{reason}")


def _laid_out(annotations: Iterable[Annotation], origin_s: float) -> Iterator[tuple[int, int, str]]:
    """Beginning and end in ms from `origin_s`, each after the one before it; what was over then is left out.

    What takes no time is as long as it can be seen, at most up to the next.
    """
    spans = [
        (round((one.start_s - origin_s) * 1000), round((one.end_s - origin_s) * 1000), one.value)
        for one in sorted(annotations, key=lambda one: one.start_s)
    ]
    free_ms = 0
    for number, (start_ms, end_ms, value) in enumerate(spans):
        if end_ms < 0:
            continue
        next_ms = spans[number + 1][0] if number + 1 < len(spans) else None
        start_ms = max(start_ms, free_ms)
        end_ms = end_ms if end_ms > start_ms else start_ms + MARKER_MS
        end_ms = max(start_ms + 1, end_ms if next_ms is None else min(end_ms, next_ms))
        yield start_ms, end_ms, value
        free_ms = end_ms


def _time_order(document: ET.Element, moments_ms: Sequence[int]) -> list[str]:
    """Write a slot for each moment, in the order of time; gives their names in the order of the moments."""
    order = ET.SubElement(document, "TIME_ORDER")
    names = [""] * len(moments_ms)
    for number, place in enumerate(sorted(range(len(names)), key=moments_ms.__getitem__), start=1):
        names[place] = f"ts{number}"
        slot = {"TIME_SLOT_ID": names[place], "TIME_VALUE": str(moments_ms[place])}
        ET.SubElement(order, "TIME_SLOT", slot)
    return names


def _annotate(tier: ET.Element, number: int, slots: Sequence[str], value: str) -> None:
    aligned = ET.SubElement(
        ET.SubElement(tier, "ANNOTATION"),
        "ALIGNABLE_ANNOTATION",
        {"ANNOTATION_ID": f"a{number}", "TIME_SLOT_REF1": slots[0], "TIME_SLOT_REF2": slots[1]},
    )
    ET.SubElement(aligned, "ANNOTATION_VALUE").text = value


def _media(film: Film) -> dict[str, str]:
    return {"MEDIA_URL": film.path.resolve().as_uri(), "MIME_TYPE": "video/x-matroska"}
