"""A corpus of awkward media: each as `fsrf analyze` reads it with the checkpoint that ships.

Every clip shows the same smile and every sound has the same sentence, so that each row has the value of its
reference. All go through one manifest: the rows that are quick by themselves always, the others with
``-m corpus``.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsrf_live.tools.main import main
from tests.conftest import REPOSITORY
from tests.doubles.inputs import Workshop, isom_box

FACE, VOICE, BOTH = ("audio", "text"), ("video", "text"), ("text",)
MIXED = "pictures and sound"
"""The joined ones have a smile first and then a frown: their reference has both without a jump."""


@dataclass(frozen=True)
class Row:
    """A file: how it is made, what is as in `reference`, how far it may be off, and what is said of it."""

    name: str
    make: Callable[[Workshop, str], Path]
    reference: str
    tolerance: float = 0.1
    said: str | None = None
    corpus: bool = field(default=True, compare=False)


def still(mode: str = "RGB", **options: Any) -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.still(name, mode, **options)


def turned(orientation: int) -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.turned(name, orientation)


def clip(codec: str = "libx264", **options: Any) -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.clip(name, codec, **options)


def sound(codec: str, rate_hz: int = 16_000, layout: str = "mono") -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.sound(name, codec, rate_hz, layout)


def wave(
    channels: int, spoken: int, sign: float = 0.0, told: float | None = None
) -> Callable[[Workshop, str], Path]:
    """A WAV without a layout: the voice in one channel, and in the next one times `sign`."""

    def make(workshop: Workshop, name: str) -> Path:
        samples = np.zeros((channels, workshop.voice.size), np.float32)
        samples[spoken] = workshop.voice
        if sign:
            samples[spoken + 1] = sign * workshop.voice
        return workshop.wave(name, samples, None if told is None else round(told * 2 * samples.size))

    return make


def heic(columns: int, rows: int, *turns: bytes) -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.heic(name, columns, rows, turns)


def joined(second_s: float) -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.joined(name, second_s)


def first_picture(workshop: Workshop, name: str, codec: str = "libx264") -> Path:
    return workshop.clip(name, codec, images=workshop.smile[:1])


def squeezed(width: int, height: int) -> Callable[[Workshop, str], Path]:
    return lambda workshop, name: workshop.squeezed(name, width, height)


QUARTER, MIRRORED = isom_box(b"irot", b"\1"), isom_box(b"imir", b"\1")
JUMPS = "its time stamps jump"
STILLS = [
    Row("still.png", still(), "still.png", corpus=False),
    *(Row(f"exif{n}.jpg", turned(n), "still.png", corpus=n not in (2, 6)) for n in range(1, 9)),
    *(Row(f"exif{n}.png", turned(n), "still.png") for n in range(2, 9)),
    *(Row(f"exif{n}.webp", turned(n), "still.png") for n in range(2, 9)),
    *(Row(f"exif{n}.tiff", turned(n), "still.png") for n in range(2, 9)),
    Row("still.gif", still("P"), "still.png", corpus=False),
    Row("still.webp", still(lossless=True), "still.png"),
    Row("still.avif", still(quality=90), "still.png", corpus=False),
    Row("still.bmp", still(), "still.png"),
    Row("still.tiff", still(), "still.png"),
    Row("still.jp2", still(), "still.png"),
    Row("still.ppm", still(), "still.png"),
    Row("still.tga", still(), "still.png"),
    Row("progressive.jpg", still(progressive=True), "still.png"),
    Row("full.jpg", still(subsampling=0, quality=95), "still.png"),
    Row("printer.jpg", still("CMYK", quality=95), "still.png"),
    Row("clear.png", still("RGBA"), "still.png"),
    Row("few.png", still("P"), "still.png", 0.2),
    Row("one.heic", heic(1, 1), "still.png", corpus=False),
    Row("four.heic", heic(2, 2), "still.png", corpus=False),
    Row("many.heic", heic(5, 4), "still.png"),
    Row("turned.heic", heic(3, 2, QUARTER), "still.png"),
    Row("mirrored.heic", heic(3, 2, MIRRORED), "still.png"),
    Row("both.heic", heic(3, 2, MIRRORED, QUARTER), "still.png"),
    Row("misnamed.jpg", lambda w, n: w.still("misnamed.png").rename(w.folder / n), "still.png"),
]
CLIPS = [
    Row("smile.mp4", clip(), "smile.mp4", corpus=False),
    *(Row(f"matrix{n}.mp4", clip(turned=n), "smile.mp4", corpus=n not in (2, 8)) for n in range(2, 9)),
    *(Row(f"matrix{n}.mov", clip("mpeg4", turned=n), "smile.mp4", 0.2) for n in (3, 4, 6)),
    Row("wide.mp4", squeezed(120, 180), "smile.mp4", corpus=False),
    Row("high.mkv", squeezed(240, 90), "smile.mp4"),
    Row("disc.mp4", squeezed(168, 180), "smile.mp4"),
    Row("tape.mkv", squeezed(220, 180), "smile.mp4"),
    Row("strange.mp4", clip(pixel=Fraction(90, 1)), "smile.mp4"),
    Row("codec.mkv", clip("ffv1"), "smile.mp4"),
    Row("codec.webm", clip("libvpx-vp9"), "smile.mp4", 0.2),
    Row("codec.avi", clip("mpeg4"), "smile.mp4", 0.2),
    Row("codec.mov", clip("prores"), "smile.mp4"),
    Row("codec.mjpeg.mov", clip("mjpeg"), "smile.mp4", 0.3),
    Row("codec.mpg", clip("mpeg1video"), "smile.mp4", 0.3),
    Row("codec.ts", clip(), "smile.mp4"),
    Row("codec.flv", clip(), "smile.mp4"),
    Row("hevc.mp4", clip("libx265"), "smile.mp4"),
    Row("codec.wmv", clip("wmv2"), "smile.mp4", 0.3),
    Row("codec.nut", clip(), "smile.mp4"),
    *(Row(f"raw{rate}.h264", clip(rate=rate), "smile.mp4", 0.2, corpus=rate != 15) for rate in (15, 25, 30)),
    Row("raw25.hevc", clip("libx265"), "smile.mp4"),
    *(
        Row(f"late.{ending}", clip(start_s=10.0), "smile.mp4", corpus=ending != "mkv")
        for ending in ("mkv", "mp4", "ts")
    ),
    *(
        Row(f"one.{ending}", first_picture, "smile.mp4", 0.4, corpus=ending != "mp4")
        for ending in ("mp4", "mkv", "ts")
    ),
    *(
        Row(f"moving.{ending}", Workshop.animation, "smile.mp4", 0.4)
        for ending in ("gif", "webp", "png", "avif")
    ),
    Row("two_pictures.mkv", Workshop.two_pictures, "smile.mp4", 0.1, "number 2 is read", corpus=False),
]
SOUNDS = [
    Row("voice.wav", wave(1, 0), "voice.wav", corpus=False),
    *(
        Row(f"channels{n}.wav", wave(n, n - 1), "voice.wav", 0.2, corpus=n != 17)
        for n in (3, 4, 5, 6, 7, 8, 9, 12, 17, 32)
    ),
    Row("low.wav", wave(6, 3), "voice.wav", 0.2),
    Row("opposite.wav", wave(2, 0, -1.0), "voice.wav", corpus=False),
    Row("nearly.wav", wave(2, 0, -0.8), "voice.wav", 0.2),
    Row("opposite5.wav", wave(5, 2, -1.0), "voice.wav", 0.2),
    Row("same.wav", wave(2, 0, 1.0), "voice.wav"),
    Row("short.wav", wave(1, 0, told=0.25), "voice.wav", 0.1, "head tells too short", corpus=False),
    Row("endless.wav", lambda w, n: w.wave(n, w.voice[None], 0xFFFFFFFF), "voice.wav"),
    Row("unclosed.wav", lambda w, n: w.wave(n, w.voice[None], 0), "voice.wav"),
    *(
        Row(f"sound{bits}.wav", sound(codec, rate), "voice.wav", 0.2)
        for bits, codec, rate in (
            (8, "pcm_u8", 16_000),
            (24, "pcm_s24le", 48_000),
            (32, "pcm_f32le", 16_000),
            (64, "pcm_f64le", 16_000),
            (7, "pcm_alaw", 16_000),
            (6, "pcm_mulaw", 16_000),
        )
    ),
    Row("sound.mp3", sound("libmp3lame"), "voice.wav", 0.3),
    Row("sound.flac", sound("flac", 44_100), "voice.wav"),
    Row("sound.ogg", sound("libopus", 48_000), "voice.wav", 0.3),
    Row("sound.m4a", sound("aac", 44_100), "voice.wav", 0.3),
    Row("sound.aiff", sound("pcm_s16be", 22_050), "voice.wav", 0.2),
    Row("sound.ac3", sound("ac3", 48_000), "voice.wav", 0.3),
    Row("stereo.flac", sound("flac", 48_000, "stereo"), "voice.wav"),
    Row("cinema.flac", sound("flac", 48_000, "5.1"), "voice.wav", 0.4),
    Row("two_sounds.mka", Workshop.two_sounds, "voice.wav", 0.1, "number 2 is read", corpus=False),
]
JOINED = [
    Row("continuous.ts", joined(3.0), "continuous.ts", corpus=False),
    Row("again.ts", joined(0.0), "continuous.ts", 0.1, JUMPS, corpus=False),
    *(Row(f"jump{s}.ts", joined(float(s)), "continuous.ts", 0.1, JUMPS) for s in (60, 3600, 80_000)),
    *(
        Row(f"jump.{e}", lambda w, n: w.jumping(n, 3600.0), "continuous.ts", 0.2, JUMPS)
        for e in ("mkv", "mp4")
    ),
]
NAMES = [
    Row(name, lambda w, n: w.still("face.png").rename(w.folder / n), "still.png", corpus=False)
    for name in (
        "10:30:00.png",
        "http:face.png",
        "face%03d.png",
        "face [1].png",
        "-face.png",
        "\x1b[31m.png",
        "a|b.png",
    )
]
GROUPS = {"face": (FACE, [*STILLS, *CLIPS, *JOINED, *NAMES]), "voice": (VOICE, SOUNDS)}
ROWS = [row for _, rows in GROUPS.values() for row in rows]
RIGHT = {
    "still.png": (2.3, 0.1),
    "smile.mp4": (2.2, 0.3),
    "continuous.ts": (0.5, 0.6),
    "voice.wav": (0.4, 0.4),
}
"""What the references themselves must be, and how far off."""


@dataclass(frozen=True)
class Read:
    """What came of a group: the summary of each row by its name, and the lines on standard error."""

    summaries: dict[str, dict[str, Any]]
    lines: list[str]


def analysed(workshop: Workshop, rows: Sequence[Row], without: Sequence[str]) -> Read:
    """Make the files, and read them by one manifest."""
    names = sorted({row.reference for row in rows} | {row.name for row in rows})
    by_name = {row.name: row for row in ROWS}
    for name in names:
        by_name[name].make(workshop, name)
    table = workshop.folder / "manifest.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("media",), *((name,) for name in names)])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["analyze", "--manifest", str(table), "--without", ",".join(without), "--jsonl", "-"])
    assert code == 0, err.getvalue()
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    return Read(dict(zip(names, found, strict=True)), err.getvalue().splitlines())


@pytest.fixture(scope="module")
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Read]:
    """Every row that is asked for, by the name of its group."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    asked = {item.callspec.id for item in items if hasattr(item, "callspec")}
    workshop = Workshop(tmp_path_factory.mktemp("corpus"), REPOSITORY / "demo" / "demo.mp4")
    groups = {
        group: [row for row in rows if row.name in asked or not row.corpus]
        for group, (_, rows) in GROUPS.items()
    }
    return {group: analysed(workshop, rows, GROUPS[group][0]) for group, rows in groups.items()}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name, marks=[pytest.mark.corpus] if row.corpus else []) for row in ROWS]
)
def test_a_file_is_read_right(read: dict[str, Read], row: Row) -> None:
    group = next(name for name, (_, rows) in GROUPS.items() if row in rows)
    summaries = read[group].summaries
    assert summaries[row.name].get("error") is None
    assert summaries[row.name]["score"] == pytest.approx(summaries[row.reference]["score"], abs=row.tolerance)
    right, off = RIGHT[row.reference]
    assert summaries[row.reference]["score"] == pytest.approx(right, abs=off)
    lines = [line for line in read[group].lines if f"/{row.name}:" in line]
    assert len(lines) == (row.said is not None)
    assert row.said is None or row.said in lines[0]


def test_there_are_enough_rows() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 80
