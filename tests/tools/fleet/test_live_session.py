"""A real session in a worker: a clip that is played, taken over by another worker, and stopped."""

import json
import signal
import time
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.fleet.session import description, shown
from tests.conftest import REPOSITORY
from tests.doubles.hive import await_state, hive, listed, owner_of
from tests.doubles.waiting import until

CLIP = REPOSITORY / "demo" / "demo.mp4"


def test_a_clip_goes_on_at_another_worker(untrained: Path) -> None:
    options = ("--max-streams", "1", "--max-load", "1", "--engine", "torch", "--checkpoint", str(untrained))
    with hive() as fleet:
        waiting = [fleet.launch(*options, real=True) for _ in range(2)]
        for process in waiting:
            fleet.await_name(process)
        client, hearer = fleet.client(), fleet.hearer()
        await_state(client, lambda workers, _: sum(worker["free"] for worker in workers) == 2)
        client.ask("add", "clip", spec=description({"media": str(CLIP), "loop": True}))
        owner = fleet.called(owner_of(client, "clip"))
        assert until(lambda: bool(hearer.readings("clip")), timeout_s=60.0)
        killed_s = time.monotonic()
        owner.signal(signal.SIGKILL)
        assert until(lambda: hearer.first_by("clip", owner.name, killed_s) is not None, timeout_s=60.0)
        assert not hearer.twice
        health = hearer.of_kind("clip", "health")[-1].values
        assert health["sources"].keys() == {"camera", "mic", "text"}
        states = {record.values["state"] for record in hearer.of_kind("clip", "event")}
        assert "live" in states
        reading = hearer.readings("clip")[-1].values
        assert reading["modalities"].keys() == {"video", "audio", "text"}
        client.ask("stop", "clip")
        assert "clip" not in listed(client)[1]


def test_a_description_says_what_was_given_and_no_more() -> None:
    spec = description({"camera": "0", "mic": None, "loop": False, "name": "door", "bus": "x"})
    assert json.loads(spec) == {"camera": "0"}
    with pytest.raises(UsageError, match="a stream needs something to listen to"):
        description({"loop": True})
    with pytest.raises(UsageError, match="a stream has no standard input"):
        description({"text": "stdin"})
    for device in ("camera", "mic"):
        with pytest.raises(UsageError, match=f"no browser is its --{device}"):
            description({device: "browser", "text": "asr"})


def test_a_description_is_shown_without_secrets() -> None:
    camera = "rtsp://me:secret@10.0.0.7/video?key=7"
    spec = description({"camera": camera, "media": "talk.mp4", "loop": True})
    assert shown(spec) == "--camera rtsp://…@10.0.0.7/video?… --loop --media talk.mp4"
