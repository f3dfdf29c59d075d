"""What reads what strangers send, each with its law; whatever comes, nothing but our own errors comes out.

The pieces that a format is made of are listed with a tilde between them.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import FsrfError, MediaError, RecordingError, UsageError
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.clips.jobs import read_manifest
from fsrf_live.stream.faults.spec import faults_of
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.markers import checked_marker
from fsrf_live.stream.flow.records import Summary
from fsrf_live.stream.flow.text import as_shown, passages, printable
from fsrf_live.stream.page.messages import LONGEST_AGO_S, asked_of
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.edits import EDITS, decode_edits, edited_markers, encode_edits, read_edits
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.replay.replay import Replay
from fsrf_live.stream.sources.captions import read_captions
from fsrf_live.stream.sources.multipart import Multipart, boundary_of
from fsrf_live.stream.sources.network import decoded
from fsrf_live.stream.sources.source import EndOfSource
from fsrf_live.stream.sources.stdin import StandardInput
from fsrf_live.stream.viewer.asking import edit_of, wish_of
from tests.conftest import REPOSITORY
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.mjpeg import jpeg
from tests.fuzz.arrays import damaged_archive
from tests.fuzz.bytes_of import Strategy, cut, damaged, made_of

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """What is drawn, and what must hold of it: `check` raises AssertionError."""

    inputs: Strategy[Any]
    check: Callable[[Any], None]


@cache
def folder() -> Path:
    """Where inputs that are files lie; one folder of this process, in memory where there is such a place."""
    memory = Path("/dev/shm")
    made = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    _kept.append(made)
    return Path(made.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


def read_or_refused(read: Callable[[], T], *errors: type[FsrfError]) -> T | None:
    """What is read; None if it is refused with one of these errors, which must be one line."""
    try:
        return read()
    except errors as error:
        refusal = error
    assert is_one_line(refusal)
    return None


def is_one_line(error: FsrfError) -> bool:
    """Whether its message says something, on one line."""
    return "\n" not in str(error) and bool(str(error).strip())


def is_clean(words: Words) -> bool:
    """Whether words can be shown and read."""
    return words.text == printable(words.text) != "" and words.start_ns <= words.end_ns


CAPTIONS = (
    b"WEBVTT~\n~\r\n~\r~\n\n~ --> ~-->~00:00:01.000~1:2:3,4~99:59~00:00:01.000 --> 00:00:02.500\n~"
    b"1\n00:00:03,000 --> 00:00:04,000\n~<b>~</i>~<v Ann>~<00:00:01.500>~{\\an8}~[music]~(sighs)~"
    b"\xe2\x99\xaa~\xe2\x80\xa8~&amp;~&#x0;~&#1114112;~\xef\xbb\xbf~\xff\xfe~\x1b[31m~\x1b]0;~NOTE~STYLE\n~"
    b">>~ANN:~- ~good~never mind.~\xe9~\0~99999999999999999999999999999"
).split(b"~")


def captions(data: bytes) -> None:
    path = folder() / "talk.vtt"
    path.write_bytes(data)
    words = read_or_refused(lambda: read_captions(path), MediaError) or []
    assert all(map(is_clean, words))
    assert words == sorted(words, key=lambda one: (one.start_ns, one.end_ns))


LINES = [b"\n", b"\r", b"\r\n", b"good day. ", b"\x1b[2J", b"\0", b"\xff", b"a" * 99]


def lines(pieces: list[bytes]) -> None:
    english, told = _came(pieces, "en"), _came(pieces, None)
    written = [line.decode("utf-8", "replace") for line in b"".join(pieces).split(b"\n")]
    assert [words.text for words in english] == [
        part for line in written for part in passages(as_shown(line), "en")
    ]
    assert "".join("".join(words.text.split()) for words in told) == "".join(
        "".join(words.text.split()) for words in english
    )
    assert all(map(is_clean, english + told))


def _came(pieces: list[bytes], language: str | None) -> list[Words]:
    """What comes of standard input that brings these pieces."""
    reader, writer = os.pipe()
    os.close(writer)  # so that there is always something to read: the end, or what stands in for it
    brought = chain(filter(None, pieces), repeat(b""))
    source, came = StandardInput(FakeClock(), reader, language=language), list[Words]()
    with patch("os.read", lambda descriptor, size: next(brought)), suppress(EndOfSource):
        while True:
            words = source.read()
            came += [] if words is None else [words]
    os.close(reader)
    return came


MANIFEST = (
    b'media~text~captions~,~,,~\n~\r\n~"~""~"a, b"~media,text\n~media,text,captions\n~talk.vtt~talk.wav~'
    b"gone.mp4~http://127.0.0.1:9/a.mp4~..~/~concat:talk.wav|talk.wav~\0~\xef\xbb\xbf~\xff~"
    b"\x1b[31m~\xe2\x80\xa8~ ~good day~-~%03d~file:talk.wav~."
).split(b"~")


def manifest(data: bytes) -> None:
    for name, text in (("talk.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\ngood\n"), ("talk.wav", b"RIFF")):
        (folder() / name).write_bytes(text)
    path = folder() / "many.csv"
    path.write_bytes(data)
    with patch("socket.socket", side_effect=AssertionError("a manifest opens the network")):
        rows = read_or_refused(lambda: read_manifest(path, frozenset(), hear=False), MediaError, UsageError)
    for row in rows or ():
        assert isinstance(row, Job) or (isinstance(row, FsrfError) and is_one_line(row))


FAULTS = (
    b"camera~mic~text~*~:~unplug~mute~noise~lag~drop~skew~garble~=~10dB~2s~0.3~200ppm~1e9~-1~@~5s~+~3s~@5s+3s~"
    b"camera:unplug@5s+3s~mic:noise=10dB~- ~\n~faults:\n~!!python/object:~&a *a~{~[~]~}~\"~'~: ~#~\t~? ~|\n~"
    b"2001-01-01~<<: *a~\0"
).split(b"~")


def faults(data: bytes) -> None:
    path = folder() / "faults.yaml"
    path.write_bytes(data)
    for spec in (str(path), data.decode("utf-8", "replace").removesuffix(".yaml").removesuffix(".yml")):
        for fault in read_or_refused(partial(faults_of, [spec]), UsageError) or ():
            assert fault.start_s >= 0
            assert fault.duration_s is None or fault.duration_s > 0
            assert faults_of([str(fault)])[0].kind == fault.kind


GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"
FILES = sorted(path for name in ("bounded", "stepped", "marked") for path in (GOLDEN / name).iterdir())


@st.composite
def recordings(draw: st.DrawFn) -> tuple[Path, bytes]:
    """A file of a recording, of version 3, 4 or 5, and other content for it."""
    path = draw(st.sampled_from(FILES))
    data = path.read_bytes()
    if path.suffix == ".npz" and draw(st.booleans()):
        return path, draw(damaged_archive(data))
    return path, draw(damaged(st.just(data)))


def recording(change: tuple[Path, bytes]) -> None:
    path, data = change
    place = folder() / "recording"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(path.parent, place)
    (place / path.name).write_bytes(data)
    analyst = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())
    records = read_or_refused(lambda: list(Replay(Recording(place), analyst).run()), RecordingError)
    assert records is None or isinstance(records[-1], Summary)


MULTIPART = (
    b"--frame~--frame--~--~\r\n~\n~\r~\r\n\r\n~Content-Type: image/jpeg~Content-Length: ~3~0~-1~"
    b"99999999999~\xb2~abc~\xff\xd8~\xff\xd9~: ~ ~"
    b"--frame\r\nContent-Type: image/jpeg\r\n"
    b"Content-Length: 4\r\n\r\n\xff\xd8\xff\xd9\r\n~"
    b"--frame\nContent-Type: image/jpeg\n\nbody\n"
).split(b"~")


def multipart(pieces: list[bytes]) -> None:
    for boundary in (b"frame", b""):
        cut_up, at_once = Multipart(boundary), Multipart(boundary)
        found = [body for piece in pieces for body in cut_up.push(piece)]
        assert found == at_once.push(b"".join(pieces)), "how it is cut does not matter"
    boundary_of(b"".join(pieces).decode("latin-1"))


ACTS = (
    b'{~}~"id":~1~-1~1e999~NaN~null~true~"act":~"mark"~"cut"~"restore"~"fault"~"rate"~,~"name":~"a b"~'
    b'"\\ud800"~"\\u0000"~"ago_s":~0.5~601~"modality":~"text"~"face"~[~]~'
    b'{"id":1,"act":"mark","name":"a","ago_s":1}~{"id":2,"act":"cut","modality":"video"}'
).split(b"~")


def act(data: bytes) -> None:
    asked = read_or_refused(lambda: asked_of(data.decode("utf-8", "replace")), UsageError)
    assert asked is None or 0 <= asked.ago_s <= LONGEST_AGO_S
    assert asked is None or (asked.act in ("cut", "restore")) == (asked.modality is not None)


EDITS_OF = (
    b'{"format": "fsrf-edits", "version": 1, "edits": [~]}~{"id": "r0"}~{"id": "n0", "time_s": ~"id"~"r1"~,~'
    b'1.5~-1e999~NaN~true~10~, "name": "smile", "source": "viewer"}~"rating": ~9.5~"\\ud800"~"\\u0000"~null~'
    b'{"id": "n1", "time_s": 2.0, "name": "rating", "source": "key", "rating": 1.5}'
).split(b"~")


def edits(data: bytes) -> None:
    (folder() / EDITS).write_bytes(data)
    found = read_or_refused(lambda: read_edits(folder()), RecordingError)
    if found is not None:
        assert decode_edits(encode_edits(found)) == found
        assert all(checked_marker(marker.name) for marker in edited_markers([], found).values())


WISHES = (
    b'{"id":~null~"r0"~,"marker":~,"seen":~{"time_s":~1.5~1e999~,"name":~"a b"~"\\ud800"~,"rating":~-0.5~}~'
    b'{"id":null,"marker":{"time_s":1.5,"name":"a"},"seen":null}'
).split(b"~")


def wish(data: bytes) -> None:
    asked = read_or_refused(lambda: wish_of(data), UsageError)
    edit = asked and read_or_refused(lambda: edit_of(asked, [], [], 10.0), UsageError)
    assert not edit or (edit.marker is not None and 0 <= edit.marker.time_s <= 10.0)


def picture(data: bytes) -> None:
    image = decoded(data)
    assert image is None or (image.ndim == 3 and image.shape[2] == 3 and image.size > 0)


TARGETS = {
    "captions": Target(damaged(made_of([*CAPTIONS, b"a" * 70, b" " * 40])), captions),
    "lines": Target(cut(damaged(made_of(LINES))), lines),
    "manifests": Target(damaged(made_of([*MANIFEST, b"a" * 300])), manifest),
    "faults": Target(damaged(made_of([*FAULTS, b"9" * 400], 12)), faults),
    "recordings": Target(recordings(), recording),
    "multipart": Target(cut(damaged(made_of(MULTIPART))), multipart),
    "acts": Target(damaged(made_of(ACTS, 12)), act),
    "edits": Target(damaged(made_of(EDITS_OF, 12)), edits),
    "wishes": Target(damaged(made_of(WISHES, 12)), wish),
    "pictures": Target(damaged(st.builds(jpeg, st.just(48), st.just(32), st.integers(0, 3))), picture),
}
