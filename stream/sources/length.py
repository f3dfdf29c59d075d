"""How long a media file lasts, also where it does not tell: its writer was killed, or wrote to a pipe."""

import math
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from fsrf_live.stream.sources.decoding import MediaInfo, audio_stream, open_container, probe, video_stream


def probe_whole(path: Path | str) -> MediaInfo:
    """As `probe`; but a file that does not tell its length is read to its end, without decoding it.

    The length stays None where its packets bear no times either. Raises MediaError.
    """
    info = probe(path)
    return info if info.duration_s is not None else replace(info, duration_s=_read_length_s(path))


def _read_length_s(path: Path | str) -> float | None:
    import av

    with closing(open_container(path)) as container:
        streams = [stream for stream in (video_stream(container), audio_stream(container)) if stream]
        start_s, end_s = math.inf, -math.inf
        with suppress(av.FFmpegError):
            for packet in container.demux(streams):
                if packet.pts is not None and packet.time_base is not None:
                    start_s = min(start_s, float(packet.pts * packet.time_base))
                    end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        return end_s - start_s if end_s >= start_s else None
