"""Real streams in real hosts: what a fork computes is what this process computes."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError, EngineError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.records import Latency, Reading, Record
from fsrf_live.stream.live.opening import Wanted
from fsrf_live.stream.reading.loading import EngineChoice, Extractors
from fsrf_live.tools.hosting.hosts import StreamHosts
from fsrf_live.tools.hosting.live_streams import OpenLiveStreams
from fsrf_live.tools.hosting.messages import StreamFailed, StreamRecord
from fsrf_live.tools.hosting.numbered import NumberedStreams
from fsrf_live.tools.profiling.elsewhere import profile_elsewhere
from tests.conftest import REPOSITORY
from tests.doubles import hosted
from tests.doubles.mosquitto import free_port
from tests.doubles.triton import triton_server, written_repository
from tests.doubles.waiting import until

DEMO = REPOSITORY / "demo" / "demo.mp4"
NO_LATENCY = Latency(0.0, 0.0, 0.0, 0.0)
CAPTIONS = """WEBVTT

00:00:02.200 --> 00:00:02.400
The good room

00:00:02.500 --> 00:00:02.700
is bad.

00:00:02.800 --> 00:00:03.000
It is a good, good day.
"""
"""Of text alone each piece is a window, whatever the machine's speed; the first comes once it has begun."""


class Kept:
    """A sink that keeps everything."""

    closed = False

    def __init__(self) -> None:
        self.records: list[Record] = []

    def emit(self, record: Record) -> None:
        self.records.append(record)

    def close(self) -> None:
        pass


def readings(records: Iterable[Record]) -> list[Record]:
    """The readings, without the moments at which they came, and the trend, which weighs by these."""
    return [
        replace(r, start_s=0.0, end_s=0.0, trend=None, latency_ms=NO_LATENCY, time=None)
        for r in records
        if isinstance(r, Reading)
    ]


def test_streams_in_hosts_read_what_a_single_one_reads(tmp_path: Path) -> None:
    captions = tmp_path / "talk.vtt"
    captions.write_text(CAPTIONS)
    wanted, kept = Wanted("none", "none", str(captions), None), Kept()
    session = hosted.live_opening()(wanted, kept)
    session.start()
    assert session.wait(60.0)
    session.stop()
    alone = readings(kept.records)
    assert len({getattr(reading, "score", None) for reading in alone}) == 3
    told: dict[int, list[Record]] = {0: [], 1: [], 2: []}
    with closing(StreamHosts(hosted.live_opening, 2)) as hosts:
        streams = NumberedStreams(hosts, wanted)
        for stream in told:
            streams.start(stream)
        assert streams.processes == 2

        def listen() -> bool:
            for stream, record in streams.records(0.1):
                told[stream].append(record)
            return not hosts.streams

        assert until(listen, timeout_s=60.0)
    assert [readings(records) for records in told.values()] == [alone] * 3


def test_faces_and_voices_are_described_in_a_fork_as_here() -> None:
    here = hosted.digest_of_features(Extractors(), DEMO)
    with closing(StreamHosts(hosted.features_opening, 2)) as hosts:
        streams = NumberedStreams(hosts, DEMO)
        for stream in range(3):  # the second of a host has an extractor of its own
            streams.start(stream)
        there: list[Record] = []

        def listen() -> bool:
            there.extend(record for _, record in streams.records(0.1))
            return not hosts.streams

        assert until(listen, timeout_s=60.0)
    assert [getattr(record, "name", None) for record in there] == [here] * 3


def test_what_cannot_be_opened_is_told_by_its_own_stream() -> None:
    with closing(StreamHosts(hosted.live_opening, None)) as hosts:
        streams = NumberedStreams(hosts, Wanted("none", None, None, Path("nowhere.mp4")))
        streams.start(4)
        with pytest.raises(EngineError, match=r"stream 5: .*nowhere.mp4"):
            profile_elsewhere(streams, 0, MonotonicClock(), duration_s=60.0)
        hosts.start("again", Wanted("none", None, None, Path("nowhere.mp4")))
        failed: list[StreamFailed] = []

        def listen() -> bool:
            failed.extend(news for news in hosts.news(0.1) if isinstance(news, StreamFailed))
            return bool(failed)

        assert until(listen)
        assert "nowhere.mp4" in failed[0].reason


def test_a_server_is_met_by_each_host_itself(untrained: Path, tmp_path: Path) -> None:
    """A connection has a thread, which no fork would have: what is asked by it would never be answered."""
    folder = written_repository(untrained, tmp_path / "models", PlanCache(tmp_path / "plans"))
    with triton_server(folder) as server:
        choice = EngineChoice(f"triton://127.0.0.1:{server.port}/fsrf", untrained)
        with closing(StreamHosts(OpenLiveStreams(choice), None)) as hosts:
            hosts.start("s", Wanted("none", None, None, DEMO))
            read: list[StreamRecord] = []

            def listen() -> bool:
                news = (each for each in hosts.news(0.1) if isinstance(each, StreamRecord))
                read.extend(each for each in news if isinstance(each.record, Reading))
                return bool(read)

            assert until(listen, timeout_s=60.0)


def test_a_server_that_is_not_there_is_told_before_any_stream() -> None:
    choice = EngineChoice(f"triton://127.0.0.1:{free_port()}", default_checkpoint())
    with pytest.raises(EngineError, match="cannot be reached"):
        StreamHosts(OpenLiveStreams(choice), None)


def test_a_checkpoint_that_is_not_there_is_told_before_any_stream() -> None:
    with pytest.raises(CheckpointError, match="nowhere"):
        StreamHosts(OpenLiveStreams(EngineChoice("torch", Path("nowhere"))), None)
