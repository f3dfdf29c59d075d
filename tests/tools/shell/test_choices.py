"""What options mean to the rooms below."""

from argparse import Namespace
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.stream.live.opening import Wanted
from fsrf_live.stream.reading.loading import EngineChoice
from fsrf_live.stream.sources.media.container import Tracks
from fsrf_live.tools.shell.choices import engine_choice, wanted_of


def test_without_a_checkpoint_it_is_the_one_that_ships() -> None:
    args = Namespace(engine="onnx", checkpoint=None, precision="fp16")
    assert engine_choice(args) == EngineChoice("onnx", default_checkpoint(), "fp16")


def test_a_checkpoint_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"missing\.safetensors"):
        engine_choice(
            Namespace(engine="auto", checkpoint=str(tmp_path / "missing.safetensors"), precision="fp32")
        )


def test_what_a_session_listens_to() -> None:
    tracks = {"video_track": 2, "audio_track": None, "subtitle_track": None}
    args = Namespace(camera="0", mic=None, text="stdin", media="talk.mp4", loop=True, language="de", **tracks)
    assert wanted_of(args) == Wanted(
        "0", None, "stdin", Path("talk.mp4"), loop=True, tracks=Tracks(2, None, None), language="de"
    )
