"""The table of awkward inputs: how each is made, and the right value of what is read from it.

Every clip shows the same smile, every sound has the same sentence and every caption file the same words, so
the right value of a row is that of its reference, whose own value is in `RIGHT`.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fsrf_live.fsrf.common.modalities import Modality
from tests.doubles.inputs import WRITTEN, Workshop, isom_box

Make = Callable[[Workshop, str], Path]


@dataclass(frozen=True)
class Row:
    """A file: how it is made, what it is read as, how far that may be off, and what is said of it.

    `refused` are words of its error if it can hold nothing; with `corpus` it is read by `make corpus` only.
    """

    name: str
    make: Make
    reference: str
    tolerance: float = 0.05
    said: str | None = None
    refused: str | None = None
    corpus: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Group:
    """Rows that are read by one manifest: its column, and the modalities that are left out."""

    column: str
    without: Sequence[Modality]
    rows: Sequence[Row]


def still(mode: str = "RGB", **options: Any) -> Make:
    return lambda workshop, name: workshop.still(name, mode, **options)


def turned(orientation: int) -> Make:
    return lambda workshop, name: workshop.turned(name, orientation)


def clip(codec: str = "libx264", **options: Any) -> Make:
    return lambda workshop, name: workshop.clip(name, codec, **options)


def first_picture(workshop: Workshop, name: str) -> Path:
    return workshop.clip(name, images=workshop.smile[:1])


def seldom(step: int) -> Make:
    """The smile with every `step`-th picture alone."""
    return lambda workshop, name: workshop.clip(name, images=workshop.smile[::step], rate=25 // step)


def squeezed(width: int, height: int, codec: str = "libx264") -> Make:
    return lambda workshop, name: workshop.squeezed(name, width, height, codec)


def sound(codec: str, rate_hz: int = 16_000, layout: str = "mono", **options: str) -> Make:
    return lambda workshop, name: workshop.sound(name, codec, rate_hz, layout, options)


def wave(channels: int, spoken: int, sign: float = 0.0, told: float | None = None) -> Make:
    """A WAV without a layout: the voice in one channel, and in the next one times `sign`."""

    def make(workshop: Workshop, name: str) -> Path:
        samples = np.zeros((channels, workshop.voice.size), np.float32)
        samples[spoken] = workshop.voice
        if sign:
            samples[spoken + 1] = sign * workshop.voice
        return workshop.wave(name, samples, None if told is None else round(told * 2 * samples.size))

    return make


def unplaced(codec: str, channels: int, **options: str) -> Make:
    """The voice in the last of many channels of which nobody says where they belong."""
    return lambda workshop, name: workshop.unplaced(name, codec, channels, options)


def heic(columns: int, rows: int, *turns: bytes) -> Make:
    return lambda workshop, name: workshop.heic(name, columns, rows, turns)


def joined(second_s: float, first_s: float = 0.0) -> Make:
    return lambda workshop, name: workshop.joined(name, second_s, first_s)


def renamed(make: Make, real: str) -> Make:
    """What is made under a name that tells the truth, and then called otherwise."""
    return lambda workshop, name: make(workshop, f"real-{real}").rename(workshop.folder / name)


def changed(make: Make, change: Callable[[bytes], bytes]) -> Make:
    """The file that is made, with other bytes."""

    def made(workshop: Workshop, name: str) -> Path:
        path = make(workshop, name)
        path.write_bytes(change(path.read_bytes()))
        return path

    return made


def holding(data: bytes) -> Make:
    """A file of these bytes."""

    def make(workshop: Workshop, name: str) -> Path:
        (workshop.folder / name).write_bytes(data)
        return workshop.folder / name

    return make


def written(
    form: str = "{start} --> {end}\n{words}\n", encoding: str = "utf-8", newline: str = "\n", **words: str
) -> Make:
    """Captions in this form, which stands below the head of its format."""

    def make(workshop: Workshop, name: str) -> Path:
        webvtt = name.lower().endswith("vtt")
        mark = "." if webvtt else ","
        known = {"start": f"00:00:00{mark}500", "end": f"00:00:02{mark}500", "words": WRITTEN}
        text = ("WEBVTT\n\n" if webvtt else "1\n") + form.format(**known | words)
        return holding(text.replace("\n", newline).encode(encoding))(workshop, name)

    return make


QUARTER, MIRRORED = isom_box(b"irot", b"\1"), isom_box(b"imir", b"\1")
LOSSY, ROUGH = 0.1, 0.2
"""What a codec may take away that people do not hear, and one that they hear, or a pause in the middle."""
JUMPS, TOO_SHORT = "its time stamps jump", "head tells too short"
STILLS = [
    Row("still.png", still(), "still.png", corpus=False),
    *(Row(f"exif{n}.jpg", turned(n), "still.png", corpus=n not in (2, 6)) for n in range(1, 9)),
    *(Row(f"exif{n}.png", turned(n), "still.png") for n in range(2, 9)),
    *(Row(f"exif{n}.webp", turned(n), "still.png") for n in range(2, 9)),
    *(Row(f"exif{n}.tiff", turned(n), "still.png") for n in range(2, 9)),
    Row("still.gif", still("P"), "still.png", corpus=False),
    Row("still.webp", still(lossless=True), "still.png"),
    Row("lossy.webp", still("RGBA", quality=90), "still.png"),
    Row("still.avif", still(quality=90), "still.png", corpus=False),
    Row("still.bmp", still(), "still.png"),
    Row("still.tiff", still(), "still.png"),
    *(
        Row(f"{packing}.tiff", still(compression=packing), "still.png")
        for packing in ("tiff_lzw", "tiff_deflate", "packbits")
    ),
    Row("pages.tiff", still(save_all=True), "still.png"),
    Row("still.jp2", still(), "still.png"),
    Row("still.ppm", still(), "still.png"),
    Row("still.tga", still(), "still.png"),
    Row("packed.tga", still(compression="tga_rle"), "still.png"),
    Row("still.pcx", still(), "still.png"),
    Row("still.sgi", still(), "still.png"),
    Row("progressive.jpg", still(progressive=True, quality=95), "still.png"),
    Row("full.jpg", still(subsampling=0, quality=95), "still.png"),
    Row("half.jpg", still(subsampling=1, quality=95), "still.png"),
    Row("printer.jpg", still("CMYK", quality=95), "still.png"),
    Row("rgb.jpg", still(keep_rgb=True, quality=95), "still.png"),
    Row("grey.jpg", still("L", quality=95), "grey.png"),
    Row("grey.png", still("L"), "grey.png"),
    Row("deep.png", Workshop.deep, "still.png"),
    Row("deep.tiff", Workshop.deep, "still.png"),
    Row("clear.png", still("RGBA"), "still.png"),
    Row("few.png", still("P"), "still.png"),
    Row("one.heic", heic(1, 1), "still.png", corpus=False),
    Row("four.heic", heic(2, 2), "still.png", corpus=False),
    Row("many.heic", heic(5, 4), "still.png"),
    Row("turned.heic", heic(3, 2, QUARTER), "still.png"),
    Row("mirrored.heic", heic(3, 2, MIRRORED), "still.png"),
    Row("both.heic", heic(3, 2, MIRRORED, QUARTER), "still.png"),
    Row("misnamed.jpg", renamed(still(), "still.png"), "still.png"),
    Row("nameless", renamed(still(), "still.png"), "still.png"),
    Row("behind.jpg", changed(still(quality=95), lambda data: data + b"\0" * 5000), "still.png"),
]
CLIPS = [
    Row("smile.mp4", clip(), "smile.mp4", corpus=False),
    *(Row(f"matrix{n}.mp4", clip(turned=n), "smile.mp4", corpus=n not in (2, 8)) for n in range(2, 9)),
    *(Row(f"matrix{n}.mov", clip("mpeg4", turned=n), "smile.mp4") for n in (3, 4, 6)),
    Row("wide.mp4", squeezed(120, 180), "smile.mp4", corpus=False),
    Row("high.mkv", squeezed(240, 90), "smile.mp4"),
    Row("disc.mp4", squeezed(168, 180), "smile.mp4"),
    Row("tape.mkv", squeezed(220, 180), "smile.mp4"),
    Row("strange.mp4", clip(pixel=Fraction(90, 1)), "smile.mp4"),
    Row("odd.mkv", squeezed(239, 179, "ffv1"), "smile.mp4"),
    Row("television.dv", squeezed(720, 576, "dvvideo"), "smile.mp4"),
    Row("telephone.3gp", squeezed(176, 144, "h263"), "smile.mp4"),
    Row("codec.mkv", clip("ffv1"), "smile.mp4"),
    Row("codec.webm", clip("libvpx-vp9"), "smile.mp4"),
    Row("older.webm", clip("libvpx"), "smile.mp4"),
    Row("newer.mp4", clip("libsvtav1"), "smile.mp4"),
    Row("codec.avi", clip("mpeg4"), "smile.mp4"),
    Row("ahead.avi", clip(), "smile.mp4"),
    Row("raw.avi", clip("rawvideo", pixels="bgr24"), "smile.mp4"),
    Row("utvideo.avi", clip("utvideo", pixels="gbrp"), "smile.mp4"),
    Row("huffyuv.avi", clip("huffyuv", pixels="yuv422p"), "smile.mp4"),
    Row("codec.mov", clip("prores"), "smile.mp4"),
    Row("codec.mjpeg.mov", clip("mjpeg"), "smile.mp4"),
    Row("codec.mpg", clip("mpeg1video"), "smile.mp4"),
    Row("disc.vob", clip("mpeg2video"), "smile.mp4"),
    Row("codec.ts", clip(), "smile.mp4"),
    Row("codec.flv", clip(), "smile.mp4"),
    Row("older.flv", clip("flv"), "smile.mp4"),
    Row("hevc.mp4", clip("libx265"), "smile.mp4"),
    Row("codec.wmv", clip("wmv2"), "smile.mp4"),
    Row("codec.nut", clip(), "smile.mp4"),
    Row("codec.y4m", clip("wrapped_avframe"), "smile.mp4"),
    *(
        Row(f"{pixels}.mkv", clip(pixels=pixels), "smile.mp4")
        for pixels in ("yuv422p", "yuv444p", "yuv420p10le", "yuvj420p", "nv12")
    ),
    *(Row(f"raw{rate}.h264", clip(rate=rate), "smile.mp4", corpus=rate != 15) for rate in (15, 25, 30)),
    Row("raw25.hevc", clip("libx265"), "smile.mp4"),
    Row("fast.mp4", clip(rate=75), "smile.mp4"),
    Row("slow.mp4", seldom(5), "smile.mp4"),
    Row("slower.mkv", seldom(25), "smile.mp4"),
    Row("parts.mp4", clip(options={"movflags": "frag_keyframe+empty_moov"}), "smile.mp4"),
    Row("head_first.mp4", clip(options={"movflags": "faststart"}), "smile.mp4"),
    Row("piped.mkv", clip(options={"live": "1"}), "smile.mp4"),
    Row("torn.ts", changed(clip(), lambda data: b"\x47" * 100 + data), "smile.mp4"),
    Row("torn.mkv", changed(clip(), lambda data: data[: len(data) * 9 // 10]), "smile.mp4"),
    *(
        Row(f"late.{ending}", clip(start_s=10.0), "smile.mp4", corpus=ending != "mkv")
        for ending in ("mkv", "mp4", "ts")
    ),
    *(
        Row(f"one.{ending}", first_picture, "smile.mp4", corpus=ending != "mp4")
        for ending in ("mp4", "mkv", "ts")
    ),
    *(Row(f"moving.{ending}", Workshop.animation, "smile.mp4") for ending in ("gif", "webp", "png", "avif")),
    Row("two_pictures.mkv", Workshop.two_pictures, "smile.mp4", said="number 2 is read", corpus=False),
    Row("misnamed.avi", renamed(clip(), "smile.mp4"), "smile.mp4"),
]
SOUNDS = [
    Row("voice.wav", wave(1, 0), "voice.wav", corpus=False),
    *(
        Row(f"channels{n}.wav", wave(n, n - 1), "voice.wav", corpus=n != 17)
        for n in (3, 4, 5, 6, 7, 8, 9, 12, 17, 32)
    ),
    Row("channels11.wv", unplaced("wavpack", 11), "voice.wav", corpus=False),
    Row("channels12.mka", unplaced("libopus", 12, mapping_family="255"), "voice.wav", LOSSY),
    Row("low.wav", wave(6, 3), "voice.wav"),
    Row("left.wav", wave(2, 0), "voice.wav"),
    Row("right.wav", wave(2, 1), "voice.wav"),
    Row("opposite.wav", wave(2, 0, -1.0), "voice.wav", corpus=False),
    Row("nearly.wav", wave(2, 0, -0.8), "voice.wav"),
    Row("opposite5.wav", wave(5, 2, -1.0), "voice.wav"),
    Row("same.wav", wave(2, 0, 1.0), "voice.wav"),
    Row("short.wav", wave(1, 0, told=0.25), "voice.wav", said=TOO_SHORT, corpus=False),
    Row("endless.wav", lambda w, n: w.wave(n, w.voice[None], 0xFFFFFFFF), "voice.wav"),
    # What a program leaves that is killed while it records: a length of 0.
    Row("unclosed.wav", lambda w, n: w.wave(n, w.voice[None], 0), "voice.wav", said=TOO_SHORT),
    *(
        Row(f"sound{bits}.wav", sound(codec, rate), "voice.wav")
        for bits, codec, rate in (
            (8, "pcm_u8", 16_000),
            (24, "pcm_s24le", 48_000),
            (32, "pcm_f32le", 16_000),
            (64, "pcm_f64le", 16_000),
            (7, "pcm_alaw", 16_000),
            (6, "pcm_mulaw", 16_000),
        )
    ),
    Row("sound4.wav", sound("adpcm_ima_wav"), "voice.wav", ROUGH),
    Row("sound3.wav", sound("adpcm_ms"), "voice.wav", ROUGH),
    *(
        Row(f"rate{rate}.wav", sound("pcm_s16le", rate), "voice.wav")
        for rate in (22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
    ),
    # At 16 kHz LAME gives 24 kbit/s and takes away what is above 6 kHz: a duller voice, read rightly.
    Row("sound.mp3", sound("libmp3lame", 44_100), "voice.wav", LOSSY),
    Row("sound.mp2", sound("mp2", 48_000), "voice.wav", LOSSY),
    Row("sound.flac", sound("flac", 44_100), "voice.wav"),
    Row("sound.ogg", sound("libopus", 48_000), "voice.wav", LOSSY),
    Row("sound.webm", sound("libopus", 48_000), "voice.wav", LOSSY),
    Row("sound.m4a", sound("aac", 44_100), "voice.wav", LOSSY),
    Row("sound.aac", sound("aac", 44_100), "voice.wav", ROUGH),
    Row("sound.mp4", sound("aac", 48_000), "voice.wav", LOSSY),
    Row("sound.ts", sound("aac", 48_000), "voice.wav", LOSSY),
    Row("sound.wma", sound("wmav2", 44_100, "stereo"), "voice.wav", LOSSY),
    Row("sound.aiff", sound("pcm_s16be", 22_050), "voice.wav"),
    Row("sound.au", sound("pcm_s16be", 44_100), "voice.wav"),
    Row("sound.caf", sound("pcm_f32be", 48_000), "voice.wav"),
    Row("sound.w64", sound("pcm_s16le", 48_000), "voice.wav"),
    Row("sound.rf64.wav", sound("pcm_s16le", rf64="always"), "voice.wav"),
    Row("sound.tta", sound("tta", 44_100), "voice.wav"),
    Row("sound.wv", sound("wavpack", 44_100), "voice.wav"),
    Row("lossless.m4a", sound("alac", 44_100), "voice.wav"),
    Row("sound.ac3", sound("ac3", 48_000), "voice.wav", LOSSY),
    Row("sound.eac3", sound("eac3", 48_000), "voice.wav", LOSSY),
    Row("stereo.flac", sound("flac", 48_000, "stereo"), "voice.wav"),
    Row("cinema.flac", sound("flac", 48_000, "5.1"), "voice.wav"),
    Row("four.wav", sound("pcm_s16le", 48_000, "quad"), "voice.wav"),
    Row("large.flac", sound("flac", 48_000, "7.1"), "voice.wav", ROUGH),
    Row("two_sounds.mka", Workshop.two_sounds, "voice.wav", said="number 2 is read", corpus=False),
    Row("cover.mp3", Workshop.covered, "voice.wav", LOSSY, corpus=False),
    Row("cover.mp4", Workshop.covered, "voice.wav", LOSSY),
    Row(
        "tagged.mp3",
        changed(sound("libmp3lame", 44_100), lambda data: b"ID3\4\0\0\0\2\0\0" + b"\0" * 32768 + data),
        "voice.wav",
        LOSSY,
    ),
]
JOINED = [
    Row("continuous.ts", joined(3.0), "continuous.ts", corpus=False),
    Row("again.ts", joined(0.0), "continuous.ts", 0.05, JUMPS, corpus=False),
    Row("wraps.ts", joined((1 << 33) / 90_000 + 1.0, (1 << 33) / 90_000 - 2.0), "continuous.ts"),
    *(Row(f"jump{s}.ts", joined(float(s)), "continuous.ts", 0.05, JUMPS) for s in (60, 3600, 80_000)),
    *(
        Row(f"jump.{e}", lambda w, n: w.jumping(n, 3600.0), "continuous.ts", ROUGH, JUMPS)
        for e in ("mkv", "mp4")
    ),
    Row("gap.mkv", lambda w, n: w.jumping(n, 0.4), "continuous.ts", ROUGH),
]
NAMES = [
    Row(name, renamed(still(), "face.png"), "still.png", corpus=False)
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
REFUSED = [
    Row("empty.mp4", holding(b""), "smile.mp4", refused="is empty"),
    Row(
        "letter.mp4",
        holding(b"Dear Ann,\nthis is a letter.\n" * 50),
        "smile.mp4",
        refused="cannot be read as media",
    ),
    Row(
        "noise.mp4",
        holding(np.random.default_rng(0).bytes(20_000)),
        "smile.mp4",
        refused="cannot be read as media",
    ),
    Row(
        "packed.mp4",
        holding(b"PK\3\4" + zlib.compress(b"0" * 10_000)),
        "smile.mp4",
        refused="cannot be read as media",
    ),
    Row(
        "headless.mp4",
        changed(clip(), lambda data: data[: len(data) // 2]),
        "smile.mp4",
        refused="cannot be read as media",
    ),
    Row(
        "beginning.png", changed(still(), lambda data: data[:100]), "still.png", refused="is the file whole?"
    ),
    Row(
        "beginning.jpg",
        changed(still(quality=95), lambda data: data[:300]),
        "still.png",
        refused="is the file whole?",
    ),
    Row(
        "away.m3u8",
        holding(b"#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:9/a.ts\n"),
        "smile.mp4",
        refused="is the file whole?",
    ),
    Row(
        "list.mp4",
        holding(b"ffconcat version 1.0\nfile http://127.0.0.1:9/a.ts\n"),
        "smile.mp4",
        refused="cannot be read as media",
    ),
    Row("words.mkv", lambda w, n: w.only_words(n), "smile.mp4", refused="neither pictures nor sound"),
]
NOT_UTF8 = "are not UTF-8"
CAPTIONS = [
    Row("plain.vtt", written(), "plain.vtt", corpus=False),
    *(
        Row(
            f"{encoding}-{name}.{suffix}",
            written(encoding=encoding, newline=newline),
            "plain.vtt",
            said=NOT_UTF8 if encoding == "cp1252" else None,
        )
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
        for name, newline in (("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r"))
        for suffix in ("vtt", "srt")
    ),
    *(
        Row(f"{name}.vtt", written(form, **words), "plain.vtt")
        for name, form, words in (
            ("note", "NOTE a remark\n\n{start} --> {end}\n{words}\n", {}),
            ("style", "STYLE\n::cue {{ color: red }}\n\n{start} --> {end}\n{words}\n", {}),
            ("settings", "{start} --> {end} line:0 position:20% align:start\n{words}\n", {}),
            ("voice", "{start} --> {end}\n<v Ann>{words}</v>\n", {}),
            ("classes", "{start} --> {end}\n<c.yellow.bg_blue>{words}</c>\n", {}),
            ("numbered", "7\n{start} --> {end}\n{words}\n", {}),
            ("below", "{start} --> {end}\n\n{words}\n", {}),
            ("sounds", "{start} --> {end}\n[applause]\n{words}\n", {}),
            ("speaker", "{start} --> {end}\nANN: {words}\n", {}),
            ("changed", "{start} --> {end}\n>> {words}\n", {}),
            ("entities", "{start} --> {end}\n{words}\n", {"words": WRITTEN.replace("\u00e9", "&eacute;")}),
            ("escapes", "{start} --> {end}\n\x1b[31m{words}\x1b[0m\n", {}),
            ("separator", "{start} --> {end}\n{words}\n", {"words": WRITTEN.replace(" ", "\u2028", 1)}),
            ("minutes", "{start} --> {end}\n{words}\n", {"start": "00:00.500", "end": "00:02.500"}),
            ("swapped", "{end} --> {start}\n{words}\n", {}),
            ("commas", "{start} --> {end}\n{words}\n", {"start": "0:0:0,5", "end": "0:0:2,5"}),
            ("whole", "{start} --> {end}\n{words}\n", {"start": "00:00:01", "end": "00:00:02"}),
            ("micro", "{start} --> {end}\n{words}\n", {"start": "00:00:00.500000", "end": "00:00:02.500000"}),
            ("narrow", "{start}-->{end}\n{words}\n", {}),
        )
    ),
    *(
        Row(f"{name}.srt", written(form, **words), "plain.vtt")
        for name, form, words in (
            ("tags", "{start} --> {end}\n<font color=red><i>{words}</i></font>\n", {}),
            ("place", "{start} --> {end}\n{{\\an8}}{words}\n", {}),
            ("corners", "{start} --> {end} X1:10 X2:20 Y1:30 Y2:40\n{words}\n", {}),
            ("dots", "{start} --> {end}\n{words}\n", {"start": "00:00:00.500", "end": "00:00:02.500"}),
            ("blank", "{start} --> {end}\n \n{words}\n", {}),
            ("spaces", "  {start}   -->   {end}  \n  {words}  \n", {}),
            ("twice", "{start} --> {end}\n{words}\n2\n{end} --> {end}\n\n", {}),
            ("dash", "{start} --> {end}\n- {words}\n", {}),
        )
    ),
    Row("UPPER.VTT", written(), "plain.vtt"),
    Row(
        "untimed.srt",
        holding(b"Dear Ann,\nthis is a letter.\n"),
        "plain.vtt",
        refused="no cue in it can be read",
    ),
    Row("hollow.srt", holding(b"  \n\n"), "plain.vtt", refused="is empty"),
]
GROUPS = {
    "face": Group("media", ("audio", "text"), [*STILLS, *CLIPS, *JOINED, *NAMES, *REFUSED]),
    "voice": Group("media", ("video", "text"), SOUNDS),
    "words": Group("captions", ("video", "audio"), CAPTIONS),
}
ROWS = [row for group in GROUPS.values() for row in group.rows]
RIGHT = {
    "still.png": (2.4, 0.1),
    "grey.png": (2.4, 0.3),
    "smile.mp4": (2.2, 0.3),
    "continuous.ts": (0.5, 0.6),
    "voice.wav": (0.4, 0.4),
    "plain.vtt": (2.2, 0.5),
}
"""What the references themselves must be, and how far off."""
