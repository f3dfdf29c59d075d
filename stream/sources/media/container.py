"""Opens media files, and chooses among the tracks that are in one. Nothing here ever opens the network."""

import argparse
import stat
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeVar

from fsrf_live.fsrf.common.errors import MediaError, UsageError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.stream import Stream
    from av.subtitles.stream import SubtitleStream

RECORDED_TAG = "CLOCK_ORIGIN_NS"
"""What a recording of ours bears: its time zero on the clock of the machine that made it."""
AVFMT_NOTIMESTAMPS, AVFMT_TS_DISCONT = 0x0080, 0x0200
TrackKind = Literal["video", "audio", "subtitle"]
_KINDS: dict[TrackKind, str] = {"video": "pictures", "audio": "sound", "subtitle": "subtitles"}
MOST_TRAILING = 10
"""Less than such a share of a WAV file's sound behind it is no sound, but what somebody has appended."""
_FILE = "file:"
_LATE_US = 1_000_000
_S = TypeVar("_S", bound="Stream")


@dataclass(frozen=True, slots=True)
class Tracks:
    """Which track of each kind is to be read, counted from 1 among those of its kind.

    None leaves it to the file: its default track, or else the best.
    """

    video: int | None
    audio: int | None
    subtitle: int | None

    @classmethod
    def of(cls, args: argparse.Namespace) -> "Tracks":
        """From parsed options."""
        return cls(args.video_track, args.audio_track, args.subtitle_track)


ANY_TRACKS = Tracks(None, None, None)


def open_container(path: Path | str) -> "InputContainer":
    """Open a file for reading; raises MediaError with what is wrong with it.

    A name is that of a file, whatever it looks like: FFmpeg's addresses and patterns mean nothing here, and
    a file that refers to an address does not get it opened.
    """
    import av

    options = {"pattern_type": "none", "protocol_whitelist": "file,crypto,data"}
    try:
        _check(Path(path))
        if wave_goes_on(path):
            options["ignore_length"] = "1"
        return av.open(f"{_FILE}{path}", options=options, metadata_errors="replace")
    except FileNotFoundError as error:
        raise MediaError(f"{path} does not exist: {_advice(str(path))}") from error
    except (OSError, av.FFmpegError) as error:
        raise MediaError(f"{path} cannot be read as media ({error.strerror}): is the file whole?") from error


def _check(file: Path) -> None:
    """Raises MediaError if this is a file that can never be media, OSError if there is none."""
    status = file.stat()
    if stat.S_ISFIFO(status.st_mode):
        raise MediaError(f"{file} is a pipe, which can be read only once: save it as a file first")
    if stat.S_ISREG(status.st_mode) and status.st_size == 0:
        raise MediaError(f"{file} is empty: give a video, a sound file or a picture")


def _advice(name: str) -> str:
    scheme = name.partition(":/")[0]
    if scheme != name and scheme.isalnum():
        return "it looks like an address, and media are files: save it first"
    return "check the name"


def video_stream(container: "InputContainer", track: int | None) -> "av.VideoStream | None":
    """Give the track of pictures to read, None if there is none; raises UsageError if `track` is none.

    The cover of a record does not count, nor do the tiles of a picture that is put together, nor the still
    picture that stands for a moving one, as in AVIF.
    """
    return _chosen(container, "video", _pictures(container), track)


def audio_stream(container: "InputContainer", track: int | None) -> "av.AudioStream | None":
    """Give the track of sound to read, None if there is none; raises UsageError if `track` is none."""
    return _chosen(container, "audio", _decodable(container.streams.audio), track)


def subtitle_streams(container: "InputContainer") -> "list[SubtitleStream]":
    """The tracks of subtitles that are text."""
    return [s for s in _decodable(container.streams.subtitles) if s.codec_context.codec.text_sub]


def subtitle_stream(container: "InputContainer", track: int | None) -> "SubtitleStream | None":
    """Give the track of subtitles to read, None if there is none; raises UsageError if `track` is none.

    By itself it is one in English, which is what the model reads, then the file's default; one that has
    nothing but what is foreign in the film comes last.
    """
    from av.stream import Disposition

    there = subtitle_streams(container)
    if track is not None:
        return _numbered(container, "subtitle", there, track)
    return max(
        there,
        key=lambda s: (
            not s.disposition & Disposition.forced,
            s.metadata.get("language", "").startswith("en"),
            bool(s.disposition & Disposition.default),
            -s.index,
        ),
        default=None,
    )


def tiles_of(container: "InputContainer") -> "list[av.VideoStream]":
    """The tiles of a picture that is put together of several, each a stream with one picture."""
    from av.stream import Disposition

    return [s for s in container.streams.video if s.disposition & Disposition.dependent]


def others_of(container: "InputContainer", tracks: Tracks) -> tuple[str, ...]:
    """What there is besides the pictures and the sound that are read, a line for each; raises UsageError."""
    pictures, sounds = _pictures(container), _decodable(container.streams.audio)
    found: list[tuple[int | None, Sequence[Stream], Stream | None]] = [
        (tracks.video, pictures, video_stream(container, tracks.video)),
        (tracks.audio, sounds, audio_stream(container, tracks.audio)),
    ]
    return tuple(
        choice_among(container, there, read)
        for wanted, there, read in found
        if wanted is None and read is not None and len(there) > 1
    )


def choice_among(container: "InputContainer", there: "Sequence[Stream]", read: "Stream") -> str:
    """Such as: of 2 tracks of sound (1 eng, 2 deu default) number 2 is read."""
    names = [_name(number, stream) for number, stream in enumerate(there, start=1)]
    number = 1 + [stream.index for stream in there].index(read.index)
    kind = next(kind for kind in _KINDS if kind == read.type)
    return (
        f"{name_of(container)}: of {len(there)} tracks of {_KINDS[kind]} ({', '.join(names)}) "
        f"number {number} is read; --{kind}-track chooses"
    )


def name_of(container: "InputContainer") -> str:
    """The file's name as it was given."""
    return container.name.removeprefix(_FILE)


def is_unclosed(container: "InputContainer") -> bool:
    """Say whether this is a recording of ours whose writer was killed: FFmpeg then guesses its duration."""
    ours = RECORDED_TAG in container.metadata
    return ours and not any("DURATION" in stream.metadata for stream in container.streams)


def may_begin_again(container: "InputContainer") -> bool:
    """Whether time stamps of this format may jump, as those of transport streams do."""
    return bool(container.format.flags & AVFMT_TS_DISCONT)


def told_length_s(container: "InputContainer") -> float | None:
    """How long the file says that it lasts; None if it does not say, or what it says means little.

    That of a transport stream is guessed by its first and last stamp, that of pictures without a container
    by their size; Matroska's end, by some writers, is counted from zero although the file begins later.
    """
    late = "matroska" in container.format.name and (container.start_time or 0) > _LATE_US
    guessed = container.format.flags & (AVFMT_TS_DISCONT | AVFMT_NOTIMESTAMPS)
    if container.duration is None or is_unclosed(container) or guessed or late:
        return None
    return container.duration / 1_000_000


def wave_goes_on(path: Path | str) -> bool:
    """Whether a WAV file has more sound than its head tells, as one whose writer was stopped has."""
    with Path(path).open("rb") as file:
        if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WAVE":
            return False
        end = file.seek(0, 2)
        at, sound = 12, None
        while at + 8 <= end:
            file.seek(at)
            name, size = _chunk(file)
            if sound is not None and not name.replace(b" ", b"").isalnum():
                return end - at > sound / MOST_TRAILING
            sound = size if name == b"data" else sound
            at += 8 + size + size % 2
        return False


def _chunk(file: BinaryIO) -> tuple[bytes, int]:
    name, size = struct.unpack("<4sI", file.read(8))
    return name, size


def _decodable(streams: "Sequence[_S]") -> "list[_S]":
    return [stream for stream in streams if stream.codec_context is not None]


def _pictures(container: "InputContainer") -> "list[av.VideoStream]":
    from av.stream import Disposition

    apart = Disposition.attached_pic | Disposition.dependent
    there = [s for s in _decodable(container.streams.video) if not s.disposition & apart]
    return [s for s in there if not _is_still(s)] or there


def _is_still(stream: "av.VideoStream") -> bool:
    """Whether it is an item of HEIF or AVIF, which has no time, and not a track."""
    return stream.frames == 1 and stream.duration is None


def _chosen(
    container: "InputContainer", kind: Literal["video", "audio"], there: "list[_S]", track: int | None
) -> "_S | None":
    if track is not None:
        return _numbered(container, kind, there, track)
    best = container.streams.best(kind)
    return next((s for s in there if best is not None and s.index == best.index), there[0] if there else None)


def _numbered(container: "InputContainer", kind: TrackKind, there: "list[_S]", track: int) -> "_S":
    if track > len(there):
        raise UsageError(
            f"--{kind}-track {track}: {name_of(container)} has {len(there) or 'no'} tracks of {_KINDS[kind]}"
        )
    return there[track - 1]


def _name(number: int, stream: "Stream") -> str:
    from av.stream import Disposition

    words = [str(number), stream.metadata.get("language", ""), stream.metadata.get("title", "")]
    if stream.disposition & Disposition.default:
        words.append("default")
    return " ".join(word for word in words if word and word != "und")
