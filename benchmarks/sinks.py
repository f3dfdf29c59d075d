"""What sinks cost a reading: sessions without any, and with all of them on, one dead and one slow, in turn.

    python -m benchmarks.sinks [--media FILE] [--seconds S] [--rounds N]

Windows that are open are read ten times a second, so that there are enough readings to speak of a p99. Those
of the beginning of a window are due before it is known that there is one: they do not count, and neither do
the first seconds of a session. A sink whose library is missing is left out, and named.
"""

import argparse
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.faces import DEMO
from fsrf_live.engines.common.contract import Engine
from fsrf_live.engines.select import select_engine
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.records import Reading, Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import MemorySink, Sink, open_sink
from fsrf_live.stream.live.composing import RecordingChoice, compose_session
from fsrf_live.stream.live.opening import Wanted
from fsrf_live.stream.reading.loading import EngineChoice

ASKED = 1.05
WARM_UP_S = 5.0
EVERY_S = 0.1
BEGINNING_S = 0.6
SLOW_S = 0.5


class Slow(MemorySink):
    """Takes half a second for each record."""

    def emit(self, record: Record) -> None:
        """Keep one record, in no hurry."""
        MonotonicClock().sleep(SLOW_S)
        super().emit(record)


def all_sinks(folder: Path) -> list[Sink]:
    """Every sink that can be had here; the broker of the one for MQTT does not exist."""
    specs = [
        f"jsonl:{folder / 'talk.jsonl'}",
        f"csv:{folder / 'talk.csv'}",
        f"parquet:{folder / 'talk.parquet'}",
        f"lsl:{uuid.uuid4()}",
        "osc://127.0.0.1:9",
        "mqtt://127.0.0.1:9",
        "ws:127.0.0.1:18765",
        "metrics:127.0.0.1:19464",
        "otlp://127.0.0.1:9",
    ]
    sinks: list[Sink] = [Slow()]
    for spec in specs:
        try:
            sinks.append(open_sink(spec))
        except UsageError as error:
            print(f"left out: {error}")
    return sinks


def processing_ms(media: Path, engine: Engine, seconds: float, sinks: Sequence[Sink]) -> list[float]:
    """Milliseconds of processing of each reading of one session."""
    memory = MemorySink()
    session = compose_session(
        Wanted(None, None, None, media, loop=True),
        EngineChoice(engine, default_checkpoint()),
        lambda: [memory, *sinks],
        faults=(),
        recording=RecordingChoice(None),
        duration_s=seconds,
        windows=WindowSettings(partial_every_s=EVERY_S),
    )
    session.start()
    session.wait()
    session.stop()
    readings = [record for record in memory.records if isinstance(record, Reading)]
    counted = [r for r in readings if r.end_s > WARM_UP_S and r.end_s - r.start_s > BEGINNING_S]
    return [r.latency_ms.total - r.latency_ms.wait for r in counted]


def main() -> None:
    """Run both in turn; print the percentiles of each round, and of all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=DEMO)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    engine = select_engine("onnx", default_checkpoint(), print)
    kept: dict[str, list[list[float]]] = {"none": [], "all": []}
    for turn in range(options.rounds):
        for name in ("none", "all") if turn % 2 == 0 else ("all", "none"):
            with tempfile.TemporaryDirectory() as folder:
                sinks = all_sinks(Path(folder)) if name == "all" else []
                kept[name].append(processing_ms(options.media, engine, options.seconds, sinks))
            print(f"{name}: {_line(kept[name][-1])}")
    none, every = ([each for part in kept[name] for each in part] for name in ("none", "all"))
    ratio = np.percentile(every, 99) / np.percentile(none, 99)
    print(f"no sink: {_line(none)}\nall sinks: {_line(every)}\np99: {ratio:.3f} times (asked: {ASKED:g})")


def _line(values: Sequence[float]) -> str:
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms of {len(values)} readings"


if __name__ == "__main__":
    main()
