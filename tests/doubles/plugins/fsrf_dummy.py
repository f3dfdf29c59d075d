"""A package that adds a sink, a source and a recogniser, as another project would."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live import Event, Reading, Summary
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Samples, Words
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource


class Scores:
    """A sink: the text of each reading as a line of a file."""

    closed = False

    def __init__(self, target: str) -> None:
        self._file = Path(target).open("w", encoding="utf-8")  # noqa: SIM115 - closed by `close`

    def emit(self, record: Event | Reading | Summary) -> None:
        if isinstance(record, Reading):
            self._file.write(f"{record.text}\n")

    def close(self) -> None:
        self._file.close()


class Lines:
    """A source of text: what stands between the commas of its target."""

    modality: Modality = "text"
    name = "dummy lines"
    health = HEALTHY

    def __init__(self, target: str, clock: Clock) -> None:
        self._clock = clock
        self._target = target
        self._lines: Iterator[str] = iter(())

    def open(self) -> None:
        self._lines = iter(self._target.split(","))

    def read(self) -> Words:
        line = next(self._lines, None)
        if line is None:
            raise EndOfSource
        now_ns = self._clock.now_ns()
        return Words(now_ns, now_ns, line)

    def close(self) -> None:
        pass


class Parrot:
    """A recogniser that understands one word in whatever it hears."""

    name = "parrot"
    languages = frozenset(["en"])

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        return [Words(start_ns, Samples(start_ns, samples).end_ns, "pretty")]

    def close(self) -> None:
        pass
