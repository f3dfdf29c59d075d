"""How long files last that tell it, and files that do not."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import Epoch, FakeClock
from fsrf_live.stream.sources.decoding import probe, probe_whole
from fsrf_live.stream.sources.opening import open_media
from tests.doubles.media import write_still, write_video
from tests.stream.recording.test_media import conversation, written


def test_a_file_that_tells_its_length_is_believed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mkv", sound_s=1.0)
    assert probe_whole(path) == probe(path)
    still = write_still(tmp_path / "still.png")
    assert probe_whole(still) == probe(still)


def test_what_a_killed_writer_left_is_read_to_its_end(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", conversation(3.0))
    unclosed = tmp_path / "unclosed.mkv"
    unclosed.write_bytes(written(tmp_path / "open", conversation(3.0), close=False).read_bytes())
    assert probe(unclosed).duration_s is None
    measured = probe_whole(unclosed)
    assert measured.duration_s == pytest.approx(probe(whole).duration_s, abs=0.4)
    clock = FakeClock()
    assert open_media(unclosed, clock, Epoch(clock), loop=True).info == measured


def test_what_is_no_media_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no media")
    with pytest.raises(MediaError, match="cannot be read as media"):
        probe_whole(tmp_path / "text")
