"""Runs the dashboard on the terminal that this process was given; the way it ends is the first argument."""

import contextlib
import sys
from dataclasses import replace

from rich.console import Console

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.dashboard import Dashboard
from fsrf_live.stream.dashboard.terminal import Terminal
from fsrf_live.stream.flow.markers import MarkerSource
from fsrf_live.stream.flow.snapshot import Snapshot
from tests.doubles.scripted import scripted


class Session:
    """A scripted session that remembers what it was asked to do."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.asked: list[str] = []
        self.frames = 0

    def snapshot(self) -> Snapshot:
        self.frames += 1
        if self.kind == "broken":
            raise ValueError("a broken\x1b[31m snapshot")
        if self.kind == "crash" and self.frames == 2:
            raise GeneratorExit("something that nobody expects")
        moment = scripted(20.0 + self.frames / 10)
        ended = self.frames > 2 if self.kind == "ends" else "fault" in self.kind and "fault" in self.asked
        return replace(moment, ended=ended)

    def cut(self, modality: Modality) -> None:
        self.asked.append(f"cut {modality}")

    def restore(self, modality: Modality) -> None:
        self.asked.append(f"restore {modality}")

    def mark(self, name: str, source: MarkerSource, time_ns: int, rating: float | None) -> float:
        self.asked.append(f"{source} {name}{'' if rating is None else f' {rating:+.1f}'}")
        return 20.0

    def next_fault(self) -> str:
        self.asked.append("fault")
        return "mic:mute@2s"


def main() -> None:
    session = Session(sys.argv[1])
    if session.kind == "raises":
        with Terminal(sys.stdout):
            raise RuntimeError("inside the terminal")
    outcome = "interrupted"
    with contextlib.suppress(KeyboardInterrupt):
        outcome = Dashboard(session.snapshot, session, Console()).run()
    print(f"[{outcome}: {', '.join(session.asked)}]", flush=True)


if __name__ == "__main__":
    main()
