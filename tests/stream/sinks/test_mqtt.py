"""``mqtt://`` with Debian's mosquitto."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SinkError
from fsrf_live.stream.flow.records import encode
from fsrf_live.stream.flow.sinks import open_sink
from fsrf_live.stream.sinks.mqtt import PASSWORD, USER, node
from tests.doubles.mosquitto import Broker, Listener, free_port
from tests.doubles.records import BACK, END, LOST, MARKER, READING

pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is not here: pip install 'fsrf-live[mqtt]'")

CRASHES = """
import os, sys
from fsrf_live.stream.flow.sinks import open_sink
from tests.doubles.records import LOST

open_sink(sys.argv[1]).emit(LOST)
os._exit(1)
"""


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a broker of their own."""
    monkeypatch.delenv(USER, raising=False)
    monkeypatch.delenv(PASSWORD, raising=False)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    listener = Listener(broker.port)
    yield listener
    listener.close()


def test_each_record_is_published_as_json_under_its_type(broker: Broker, listener: Listener) -> None:
    sink = open_sink(f"mqtt://127.0.0.1:{broker.port}")
    for record, topic in (
        (READING, "reading"),
        (LOST, "source/camera"),
        (MARKER, "marker"),
        (END, "summary"),
    ):
        sink.emit(record)
        assert listener.next_of(f"fsrf/{node()}/{topic}") == encode(record)
    sink.close()


def test_home_assistant_finds_the_sensors_and_their_values_are_in_the_readings(
    broker: Broker, listener: Listener
) -> None:
    sink = open_sink(f"mqtt://127.0.0.1:{broker.port}")
    sink.emit(READING)
    score = json.loads(listener.next_of("/score/config"))
    face = json.loads(listener.next_of("/face/config"))
    sink.close()
    assert score["state_topic"] == f"fsrf/{node()}/reading"
    assert score["value_template"] == "{{ value_json.score }}"
    assert json.loads(encode(READING))["score"] == 0.81
    assert (
        face["value_template"]
        == "{{ value_json.modalities.video.reason or value_json.modalities.video.state }}"
    )
    assert score["availability_topic"] == face["availability_topic"] == f"fsrf/{node()}/status"
    assert score["unique_id"] != face["unique_id"]


def test_whoever_comes_later_learns_that_the_session_is_on_and_how_the_sources_are(broker: Broker) -> None:
    sink = open_sink(f"mqtt://127.0.0.1:{broker.port}")
    for record in (LOST, BACK):
        sink.emit(record)
    for topic, kept in (("source/camera", encode(BACK)), ("/status", "online")):
        late = Listener(broker.port)
        assert late.next_of(topic) == kept
        late.close()
    late = Listener(broker.port)
    assert json.loads(late.next_of("/score/config"))["state_topic"] == f"fsrf/{node()}/reading"
    late.close()
    sink.close()
    late = Listener(broker.port)
    assert late.next_of("/status") == "offline"
    late.close()


def test_the_end_of_a_session_is_told(broker: Broker, listener: Listener) -> None:
    sink = open_sink(f"mqtt://127.0.0.1:{broker.port}")
    sink.emit(READING)
    assert listener.next_of("/status") == "online"
    sink.close()
    assert listener.next_of("/status") == "offline"


def test_so_is_the_crash_of_one(broker: Broker, listener: Listener) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", CRASHES, f"mqtt://127.0.0.1:{broker.port}"]
    assert subprocess.run(command, env=environment, check=False).returncode == 1
    assert [listener.next_of("/status"), listener.next_of("/status")] == ["online", "offline"]


def test_a_broker_that_is_not_there_yet_or_vanishes_is_an_outage(broker: Broker) -> None:
    broker.stop()
    sink = open_sink(f"mqtt://127.0.0.1:{broker.port}")
    with pytest.raises(SinkError, match=r"cannot be reached \(Connection refused\)"):
        sink.emit(READING)
    broker.start()
    sink.emit(READING)
    broker.stop()
    with pytest.raises(SinkError, match=r"sink mqtt://127.0.0.1:\d+ (is gone|cannot be reached)"):
        sink.emit(READING)
    broker.start()
    listener = Listener(broker.port)
    sink.emit(LOST)
    assert listener.next_of("source/camera") == encode(LOST)
    listener.close()
    sink.close()


def test_who_is_not_known_is_told_how_to_say_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(tmp_path, user=("anna", "right"))
    sink = open_sink(f"mqtt://127.0.0.1:{broker.port}")
    with pytest.raises(SinkError, match=rf"refuses \(.+\): set {USER} and {PASSWORD}"):
        sink.emit(READING)
    monkeypatch.setenv(USER, "anna")
    monkeypatch.setenv(PASSWORD, "wrong")
    with pytest.raises(SinkError, match="refuses") as refused:
        sink.emit(READING)
    assert "wrong" not in str(refused.value)
    monkeypatch.setenv(PASSWORD, "right")
    sink.emit(READING)
    sink.close()
    broker.stop()


def test_nothing_is_connected_before_there_is_a_record() -> None:
    open_sink(f"mqtt://127.0.0.1:{free_port()}").close()
