"""ELAN's format: what its schema asks for, and what a reader of it finds."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.export.eaf import write_eaf
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.recording.account import Account, Film, account_of
from fsrf_live.stream.recording.recorded import Recording
from tests.conftest import REPOSITORY
from tests.doubles.sessions import AWKWARD

ORDER = ["LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"]
"""Of the children of the document, as EAF 3.0 has them; the rest of that list is never written."""
REQUIRED = {
    "ANNOTATION_DOCUMENT": {"AUTHOR", "DATE", "VERSION"},
    "MEDIA_DESCRIPTOR": {"MEDIA_URL", "MIME_TYPE"},
    "PROPERTY": set(),
    "TIME_SLOT": {"TIME_SLOT_ID"},
    "TIER": {"TIER_ID", "LINGUISTIC_TYPE_REF"},
    "ALIGNABLE_ANNOTATION": {"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2"},
    "LINGUISTIC_TYPE": {"LINGUISTIC_TYPE_ID"},
    "CONSTRAINT": {"STEREOTYPE"},
}
ALLOWED = {
    "ANNOTATION_DOCUMENT": {"FORMAT", "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"},
    "HEADER": {"MEDIA_FILE", "TIME_UNITS"},
    "PROPERTY": {"NAME"},
    "TIME_SLOT": {"TIME_VALUE"},
    "LINGUISTIC_TYPE": {"TIME_ALIGNABLE", "GRAPHIC_REFERENCES", "CONSTRAINTS"},
    "CONSTRAINT": {"DESCRIPTION"},
}
INSIDE = {
    "ANNOTATION_DOCUMENT": set(ORDER),
    "HEADER": {"MEDIA_DESCRIPTOR", "PROPERTY"},
    "TIME_ORDER": {"TIME_SLOT"},
    "TIER": {"ANNOTATION"},
    "ANNOTATION": {"ALIGNABLE_ANNOTATION"},
    "ALIGNABLE_ANNOTATION": {"ANNOTATION_VALUE"},
}
Spans = list[tuple[int, int, str]]


def valid(path: Path) -> ET.Element:
    """The document; fails where EAF 3.0 forbids something in it."""
    document = ET.parse(path).getroot()
    assert document.tag == "ANNOTATION_DOCUMENT"
    for element in document.iter():
        given = set(element.attrib)
        assert REQUIRED.get(element.tag, set()) <= given
        assert given <= REQUIRED.get(element.tag, set()) | ALLOWED.get(element.tag, set())
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
    places = [ORDER.index(child.tag) for child in document]
    assert places == sorted(places)
    assert (document.get("FORMAT"), document.get("VERSION")) == ("3.0", "3.0")
    assert datetime.fromisoformat(document.attrib["DATE"]).tzinfo is not None
    assert document.find("HEADER[@TIME_UNITS='milliseconds']") is not None
    names = [
        value
        for element in document.iter()
        for name, value in element.attrib.items()
        if name in ("TIME_SLOT_ID", "ANNOTATION_ID")
    ]
    assert len(names) == len(set(names)), "names are those of one thing"
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in names), "xsd:ID"
    values = [int(slot.attrib["TIME_VALUE"]) for slot in document.iter("TIME_SLOT")]
    assert values == sorted(values)
    assert all(value >= 0 for value in values)
    types = {element.get("LINGUISTIC_TYPE_ID") for element in document.iter("LINGUISTIC_TYPE")}
    assert {tier.get("LINGUISTIC_TYPE_REF") for tier in document.iter("TIER")} <= types
    return document


def tiers(path: Path) -> dict[str, Spans]:
    """Beginning, end and value of each annotation, by its tier; fails where ELAN would not take them."""
    document = valid(path)
    at = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in document.iter("TIME_SLOT")}
    found: dict[str, Spans] = {}
    for tier in document.iter("TIER"):
        spans = found.setdefault(tier.attrib["TIER_ID"], [])
        for one in tier.iter("ALIGNABLE_ANNOTATION"):
            start_ms, end_ms = at[one.attrib["TIME_SLOT_REF1"]], at[one.attrib["TIME_SLOT_REF2"]]
            spans.append((start_ms, end_ms, one.findtext("ANNOTATION_VALUE") or ""))
        for _, end_ms, _ in spans:
            assert not any(start < end_ms < end for start, end, _ in spans), "no two overlap"
        assert all(start < end for start, end, _ in spans)
    return found


def test_words_scores_states_and_markers_are_tiers(account: Account, tmp_path: Path) -> None:
    write_eaf(account, tmp_path / "monday.eaf")
    found = tiers(tmp_path / "monday.eaf")
    assert list(found) == [
        "words",
        "score",
        "interval",
        "label",
        "camera",
        "mic",
        "text",
        "markers",
        "rating",
    ]
    assert found["words"] == [(0, 2000, "a good day"), (5000, 7000, "a good day")]
    assert found["camera"] == [
        (0, 6000, "live"),
        (6000, 8000, "lost: unplugged"),
        (8000, 12000, "live: it is back"),
    ]
    assert found["markers"] == [(2000, 2100, "stimulus 1"), (2100, 2600, AWKWARD)]
    assert found["rating"] == [(4000, 8000, "1.50"), (8000, 12000, "-0.50")]
    assert [float(value) for _, _, value in found["score"]] == [round(r.score, 2) for r in account.readings]
    assert [start for start, _, _ in found["label"]] == [round(r.start_s * 1000) for r in account.readings]


def test_another_reader_finds_the_same(account: Account, tmp_path: Path) -> None:
    elan = pytest.importorskip("pympi.Elan", reason="pympi-ling is not here: pip install pympi-ling")
    write_eaf(account, tmp_path / "monday.eaf")
    document = elan.Eaf(str(tmp_path / "monday.eaf"))
    assert {name: document.get_annotation_data_for_tier(name) for name in document.get_tier_names()} == tiers(
        tmp_path / "monday.eaf"
    )


@given(st.lists(st.tuples(st.floats(-1, 3), st.sampled_from(["a", "b"])), max_size=12))
def test_markers_at_any_moments_are_each_there_and_never_overlap(marked: list[tuple[float, str]]) -> None:
    markers = tuple(Marker(time_s, name, "key") for time_s, name in sorted(marked))
    with TemporaryDirectory() as folder:
        write_eaf(Account("monday", 3.0, None, (), markers=markers), Path(folder, "markers.eaf"))
        spans = tiers(Path(folder, "markers.eaf"))["markers"]
    assert [value for _, _, value in spans] == [m.name for m in markers if round(m.time_s * 1000) >= 0]
    for (start_ms, _, _), marker in zip(spans[::-1], markers[::-1], strict=False):
        assert 0 <= start_ms - round(marker.time_s * 1000) <= len(markers)


def test_with_recorded_media_times_count_from_their_beginning(account: Account, tmp_path: Path) -> None:
    filmed = replace(account, film=Film(tmp_path / "media mkv", 0.5))
    write_eaf(filmed, tmp_path / "filmed.eaf")
    found = tiers(tmp_path / "filmed.eaf")
    assert found["words"] == [(0, 1500, "a good day"), (4500, 6500, "a good day")]
    assert found["markers"][0] == (1500, 1600, "stimulus 1")
    (media,) = valid(tmp_path / "filmed.eaf").iter("MEDIA_DESCRIPTOR")
    assert media.attrib["MEDIA_URL"] == f"file://{tmp_path.resolve()}/media%20mkv"


def test_a_session_in_which_nothing_happened_is_a_document_too(tmp_path: Path) -> None:
    write_eaf(Account("empty", 0.0, None, ()), tmp_path / "empty.eaf")
    assert tiers(tmp_path / "empty.eaf") == {
        "words": [],
        "score": [],
        "interval": [],
        "label": [],
        "markers": [],
        "rating": [],
    }


def test_the_media_of_a_real_recording_are_linked(tmp_path: Path) -> None:
    heard = account_of(Recording(REPOSITORY / "tests" / "golden" / "recordings" / "heard"))
    write_eaf(heard, tmp_path / "heard.eaf")
    assert [m.get("MIME_TYPE") for m in valid(tmp_path / "heard.eaf").iter("MEDIA_DESCRIPTOR")] == [
        "video/x-matroska"
    ]
