"""Awkward media, made from the demo clip: `Workshop` makes each by the name of its method, in one folder.

Everything shows the same smile, or lets hear the same sentence, so every file has the same right answer.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fsrf_live.stream.sources.decoding import decode_frames

SMILE_S, FROWN_S, LENGTH_S = 7.0, 19.5, 3.0
WIDTH, HEIGHT, RATE = 240, 180, 25
SOUND_HZ = 16_000
Bgr = NDArray[np.uint8]
SENTENCE = "I loved every minute of it!"
WRITTEN = "It\u2019s wonderful, I love this caf\u00e9!"
"""With letters that each encoding has, and has elsewhere."""
STORED: dict[int, Callable[[Bgr], Bgr]] = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: np.rot90(image, 1),
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: np.rot90(image, -1),
}
"""How a picture is stored so that this EXIF orientation brings it upright."""
ONE = 1 << 16
MATRICES = {
    1: (ONE, 0, 0, ONE),
    2: (-ONE, 0, 0, ONE),
    3: (-ONE, 0, 0, -ONE),
    4: (ONE, 0, 0, -ONE),
    5: (0, ONE, ONE, 0),
    6: (0, ONE, -ONE, 0),
    7: (0, -ONE, -ONE, 0),
    8: (0, -ONE, ONE, 0),
}
"""The same as a, b, c, d of a display matrix."""


class Workshop:
    """Makes files in a folder; each method gives the file's path."""

    def __init__(self, folder: Path, demo: Path) -> None:
        self.folder = folder
        self._demo = demo

    @cached_property
    def face(self) -> Bgr:
        """One picture of the smile, ``[360, 480, 3]`` BGR."""
        return _scaled(next(decode_frames(self._demo, 9.0)).image, (480, 360))

    @cached_property
    def smile(self) -> list[Bgr]:
        """Three seconds of it."""
        return self._pictures(SMILE_S)

    @cached_property
    def frown(self) -> list[Bgr]:
        """Three seconds of the opposite."""
        return self._pictures(FROWN_S)

    @cached_property
    def voice(self) -> NDArray[np.float32]:
        """A sentence that is spoken, ``[n] float32``, 16 kHz."""
        with av.open(str(self._demo)) as container:
            resampler = av.AudioResampler("flt", "mono", SOUND_HZ)
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        whole = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        return np.asarray(whole[7 * SOUND_HZ : 9 * SOUND_HZ], np.float32)

    def still(self, name: str, mode: str = "RGB", **options: Any) -> Path:
        """The face as PIL writes it, in one of its modes."""
        image = Image.fromarray(self.face[..., ::-1]).convert(mode)
        image.save(self.folder / name, **options)
        return self.folder / name

    def deep(self, name: str) -> Path:
        """The face with 16 bits a channel."""
        import cv2

        cv2.imwrite(str(self.folder / name), self.face.astype(np.uint16) * 257)
        return self.folder / name

    def turned(self, name: str, orientation: int) -> Path:
        """The face stored so that this EXIF orientation is right."""
        exif = Image.Exif()
        exif[0x112] = orientation
        stored = np.ascontiguousarray(STORED[orientation](self.face)[..., ::-1])
        Image.fromarray(stored).save(self.folder / name, exif=exif, quality=90)
        return self.folder / name

    def animation(self, name: str) -> Path:
        """A second of the smile as PIL writes it."""
        images = [Image.fromarray(np.ascontiguousarray(image[..., ::-1])) for image in self.smile[:25:5]]
        images[0].save(self.folder / name, save_all=True, append_images=images[1:], duration=200)
        return self.folder / name

    def clip(
        self,
        name: str,
        codec: str = "libx264",
        *,
        images: Sequence[Bgr] | None = None,
        pixel: Fraction = Fraction(1),
        start_s: float = 0.0,
        rate: int = RATE,
        sound: bool = False,
        turned: int = 1,
        pixels: str | None = None,
        options: dict[str, str] | None = None,
    ) -> Path:
        """The smile (or other pictures), stored turned; `pixel` is how much wider than high one is.

        `pixels` is their format, `options` are those of the container's writer.
        """
        images = [STORED[turned](image) for image in (self.smile if images is None else images)]
        with av.open(f"file:{self.folder / name}", "w", options=options or {}) as container:
            pictures = add_pictures(container, codec, images[0].shape, rate, pixel)
            pictures.pix_fmt = pixels or pictures.pix_fmt
            voice = add_sound(container) if sound else None
            if turned != 1:
                a, b, c, d = MATRICES[turned]
                pictures.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))
            write_pictures(container, pictures, images, start_s)
            if voice is not None:
                write_voice(container, voice, self.voice, start_s)
        return self.folder / name

    def squeezed(self, name: str, width: int, height: int, codec: str = "libx264") -> Path:
        """The smile with so many pixels that are not square."""
        images = [_scaled(image, (width, height)) for image in self.smile]
        return self.clip(name, codec, images=images, pixel=Fraction(WIDTH * height, HEIGHT * width))

    def joined(self, name: str, second_s: float, first_s: float = 0.0) -> Path:
        """The smile and the frown, whose stamps begin at these times, one file appended to the other."""
        first = self.clip(f"first-{name}", sound=True, start_s=first_s)
        second = self.clip(f"second-{name}", images=self.frown, sound=True, start_s=second_s)
        (self.folder / name).write_bytes(first.read_bytes() + second.read_bytes())
        return self.folder / name

    def jumping(self, name: str, jump_s: float) -> Path:
        """The smile and the frown in one container, with so much nothing between them."""
        with av.open(str(self.folder / name), "w") as container:
            pictures = add_pictures(container, "libx264", self.smile[0].shape, RATE, Fraction(1))
            write_pictures(container, pictures, [*self.smile, *self.frown], 0.0, len(self.smile), jump_s)
        return self.folder / name

    def two_pictures(self, name: str) -> Path:
        """A black track and the smile, which is the default."""
        black = [np.zeros_like(image) for image in self.smile]
        with av.open(str(self.folder / name), "w") as container:
            tracks = [add_pictures(container, "libx264", (HEIGHT, WIDTH, 3), RATE, Fraction(1)) for _ in "12"]
            choose_default(tracks, 1)
            for track, images in zip(tracks, (black, self.smile), strict=True):
                write_pictures(container, track, images, 0.0)
        return self.folder / name

    def two_sounds(self, name: str, codec: str = "pcm_s16le") -> Path:
        """Silence and the voice, which is the default."""
        with av.open(str(self.folder / name), "w") as container:
            tracks = [add_sound(container, codec) for _ in "12"]
            choose_default(tracks, 1)
            for track, samples in zip(tracks, (self.voice * 0, self.voice), strict=True):
                write_voice(container, track, samples, 0.0)
        return self.folder / name

    def sound(
        self,
        name: str,
        codec: str,
        rate_hz: int = SOUND_HZ,
        layout: str = "mono",
        options: dict[str, str] | None = None,
    ) -> Path:
        """The voice as this codec has it; `options` are those of the container's writer."""
        with av.open(str(self.folder / name), "w", options=options or {}) as container:
            write_voice(container, add_sound(container, codec, rate_hz, layout), self.voice, 0.0)
        return self.folder / name

    def covered(self, name: str) -> Path:
        """The voice with a picture on the cover."""
        from av.stream import Disposition

        codec = "libmp3lame" if name.endswith(".mp3") else "aac"
        with av.open(str(self.folder / name), "w") as container:
            voice = add_sound(container, codec, 44_100)
            cover = add_pictures(container, "mjpeg", self.face.shape, RATE, Fraction(1))
            cover.disposition = Disposition.attached_pic
            write_pictures(container, cover, [self.face], 0.0)
            write_voice(container, voice, self.voice, 0.0)
        return self.folder / name

    def unplaced(self, name: str, codec: str, channels: int, options: dict[str, str]) -> Path:
        """The voice in the last of so many channels without a layout, each in a plane of its own."""
        layout = f"{channels} channels"
        with av.open(str(self.folder / name), "w") as container:
            track = add_sound(container, codec, 48_000, layout)
            track.options = {**options}
            samples = np.zeros((self.voice.size * 3, channels), np.float32)
            samples[:, -1] = np.repeat(self.voice, 3)
            mux_sound(container, track, samples.reshape(1, -1), 48_000)
        return self.folder / name

    def only_words(self, name: str) -> Path:
        """A container with subtitles alone."""
        with av.open(str(self.folder / name), "w") as container:
            stream = container.add_mux_stream("srt")
            packet = av.Packet(SENTENCE.encode())
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = 500
            packet.duration = 2000
            container.mux(packet)
        return self.folder / name

    def wave(self, name: str, channels: NDArray[np.float32], told: int | None = None) -> Path:
        """A WAV of ``[c, n]`` with 16 bits and no layout; `told` is how many bytes the head says."""
        data = (np.clip(channels, -1, 1) * 32767).astype("<i2").T.tobytes()
        width = 2 * len(channels)
        form = struct.pack("<HHIIHH", 1, len(channels), SOUND_HZ, SOUND_HZ * width, width, 16)
        told = len(data) if told is None else told
        body = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", told)
        head = b"RIFF" + struct.pack("<I", 4 + len(body) + len(data)) + b"WAVE"
        (self.folder / name).write_bytes(head + body + data)
        return self.folder / name

    def heic(self, name: str, columns: int, rows: int, turns: Iterable[bytes] = ()) -> Path:
        """The face as phones write it: in tiles, the last of which reach over the edge."""
        image = self.face
        turns = tuple(turns)
        for turn in reversed(turns):
            back = -turn[8] if turn[4:8] == b"irot" else 0
            image = np.rot90(image, back) if turn[4:8] == b"irot" else np.flip(image, turn[8])
        (self.folder / name).write_bytes(heif(np.ascontiguousarray(image), columns, rows, turns))
        return self.folder / name

    def _pictures(self, start_s: float) -> list[Bgr]:
        frames = decode_frames(self._demo, start_s)
        return [_scaled(next(frames).image, (WIDTH, HEIGHT)) for _ in range(round(LENGTH_S * RATE))]


def add_pictures(
    container: av.container.OutputContainer, codec: str, shape: tuple[int, ...], rate: int, pixel: Fraction
) -> av.VideoStream:
    """A track of pictures of this shape."""
    stream = container.add_stream(codec, rate=rate)
    assert isinstance(stream, av.VideoStream)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = {"mjpeg": "yuvj420p", "ffv1": "bgr0", "prores": "yuv422p10le"}.get(codec, "yuv420p")
    stream.codec_context.sample_aspect_ratio = pixel
    raw = codec in ("mpeg1video", "mpeg2video") or container.format.name in ("h264", "hevc")
    stream.codec_context.time_base = Fraction(1, rate if raw else 1000)
    if codec == "libx265":
        stream.options = {"x265-params": "log-level=error:info=0:pools=none"}
    return stream


def write_pictures(
    container: av.container.OutputContainer,
    stream: av.VideoStream,
    images: Sequence[Bgr],
    start_s: float,
    jump_at: int = 1 << 30,
    jump_s: float = 0.0,
) -> None:
    """Encode all; from the picture `jump_at` on, stamps are later by `jump_s`."""
    step = 1 / Fraction(stream.codec_context.framerate or RATE)
    for number, image in enumerate(images):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        time_s = Fraction(start_s) + number * step + (Fraction(jump_s) if number >= jump_at else 0)
        frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def add_sound(
    container: av.container.OutputContainer,
    codec: str = "aac",
    rate_hz: int = SOUND_HZ,
    layout: str = "mono",
) -> av.AudioStream:
    """A track of sound."""
    stream = container.add_stream(codec, rate=rate_hz, layout=layout)
    assert isinstance(stream, av.AudioStream)
    if codec.startswith("wma"):
        stream.bit_rate = 128_000  # it has no default of its own
    return stream


def write_voice(
    container: av.container.OutputContainer,
    stream: av.AudioStream,
    samples: NDArray[np.float32],
    start_s: float,
) -> None:
    """Encode mono samples of 16 kHz, the same in every channel."""
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, stream.rate, frame_size=size)
    packed = np.repeat(samples, stream.layout.nb_channels)[None]
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=stream.layout.name)
    frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, 0, Fraction(1, SOUND_HZ)
    start = round(start_s * stream.rate)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        part.pts = (part.pts or 0) + start
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def mux_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, packed: NDArray[np.float32], rate_hz: int
) -> None:
    """Encode ``[1, n * channels]`` samples as they are."""
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=stream.layout.name)
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, rate_hz, frame_size=size)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def choose_default(tracks: Sequence[av.VideoStream | av.AudioStream], number: int) -> None:
    """Make one track of several the default."""
    from av.stream import Disposition

    for index, track in enumerate(tracks):
        track.disposition = Disposition.default if index == number else Disposition(0)


def add_subtitles(path: Path, texts: Sequence[tuple[str, str]]) -> Path:
    """A Matroska beside `path` with its packets and a track of SubRip for each language and text."""
    made = path.with_name(f"subtitled-{path.name}")
    with av.open(str(path)) as given, av.open(str(made), "w") as container:
        tracks = {s.index: container.add_stream_from_template(s) for s in given.streams}
        spoken = [container.add_mux_stream("srt") for _ in texts]
        for stream, (language, _) in zip(spoken, texts, strict=True):
            stream.metadata["language"] = language
        for stream, (_, text) in zip(spoken, texts, strict=True):
            packet = av.Packet(text.encode())
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = 500
            packet.duration = 2000
            container.mux(packet)
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = tracks[packet.stream.index]
                container.mux(packet)
    return made


def heif(image: Bgr, columns: int, rows: int, turns: tuple[bytes, ...]) -> bytes:
    """A HEIC file by hand (ISO/IEC 23008-12) with HEVC tiles of one size, the picture cut out of them."""
    height, width = image.shape[:2]
    high, wide = -(-height // rows // 2) * 2, -(-width // columns // 2) * 2
    canvas = np.zeros((high * rows, wide * columns, 3), np.uint8)
    canvas[:height, :width] = image
    tiles = [
        _hevc(canvas[r * high : (r + 1) * high, c * wide : (c + 1) * wide])
        for r in range(rows)
        for c in range(columns)
    ]
    count = len(tiles)
    main = count + 1
    grid = struct.pack(">4BHH", 0, 0, rows - 1, columns - 1, width, height)
    names = [(number, b"hvc1", 1) for number in range(1, main)] + [(main, b"grid", 0)]
    entries = [
        _full(b"infe", 2, hidden, struct.pack(">HH", n, 0) + kind + b"\0") for n, kind, hidden in names
    ]
    parts = struct.pack(f">HH{count}H", main, count, *range(1, main))
    tile, whole = struct.pack(">II", wide, high), struct.pack(">II", width, height)
    properties = [
        isom_box(b"hvcC", tiles[0][0]),
        _full(b"ispe", 0, 0, tile),
        _full(b"ispe", 0, 0, whole),
        *turns,
    ]
    own = bytes(range(3, 4 + len(turns)))
    uses = b"".join(struct.pack(">HBBB", number, 2, 0x81, 2) for number in range(1, main))
    uses += struct.pack(">HB", main, len(own)) + own
    fixed = [
        _full(b"hdlr", 0, 0, b"\0\0\0\0pict" + b"\0" * 13),
        _full(b"pitm", 0, 0, struct.pack(">H", main)),
        _full(b"iinf", 0, 0, struct.pack(">H", main) + b"".join(entries)),
        _full(b"iref", 0, 0, isom_box(b"dimg", parts)),
        isom_box(
            b"iprp",
            isom_box(b"ipco", b"".join(properties)) + _full(b"ipma", 0, 0, struct.pack(">I", main) + uses),
        ),
        isom_box(b"idat", grid),
    ]
    kind = isom_box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def described(places: Sequence[int]) -> bytes:
        rest = b"".join(
            struct.pack(">HHHHII", number, 0, 0, 1, place, len(data))
            for number, place, (_, data) in zip(range(1, main), places, tiles, strict=True)
        )
        rest += struct.pack(">HHHHII", main, 1, 0, 1, 0, len(grid))
        return _full(
            b"meta", 0, 0, b"".join(fixed) + _full(b"iloc", 1, 0, struct.pack(">BBH", 0x44, 0, main) + rest)
        )

    at = len(kind) + len(described([0] * count)) + 8
    places = [at + sum(len(data) for _, data in tiles[:number]) for number in range(count)]
    return kind + described(places) + isom_box(b"mdat", b"".join(data for _, data in tiles))


def _hevc(image: Bgr) -> tuple[bytes, bytes]:
    """One picture as HEVC: its configuration record (ISO/IEC 14496-15), and its data with lengths."""
    encoder = av.CodecContext.create("libx265", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.height, encoder.width = image.shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, RATE)
    encoder.options = {"x265-params": "log-level=error:info=0:pools=none:frame-threads=1", "crf": "18"}
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts = 0
    data = b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
    units = [unit.rstrip(b"\0") for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]
    heads = {kind: [unit for unit in units if unit[0] >> 1 == kind] for kind in (32, 33, 34)}
    arrays = b"".join(
        bytes([0x80 | kind, 0, 1]) + struct.pack(">H", len(unit)) + unit for kind, (unit, *_) in heads.items()
    )
    record = bytes(
        [1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 90, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 3]
    )
    coded = [unit for unit in units if unit[0] >> 1 < 32]
    return record + arrays, b"".join(struct.pack(">I", len(unit)) + unit for unit in coded)


def isom_box(name: bytes, content: bytes) -> bytes:
    """A box of an MP4 or HEIF."""
    return struct.pack(">I", 8 + len(content)) + name + content


def _full(name: bytes, version: int, flags: int, content: bytes) -> bytes:
    return isom_box(name, bytes([version]) + flags.to_bytes(3, "big") + content)


def _scaled(image: Bgr, size: tuple[int, int]) -> Bgr:
    import cv2

    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
