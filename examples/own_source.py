"""A source of your own, here of text; a camera gives `Frame` and a microphone `Samples` in the same way."""

import fsrf_live
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource

LINES = ["I loved every minute of it", "the food was awful"]


class Lines:
    name, health = "lines", HEALTHY
    modality: Modality = "text"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def open(self) -> None:
        self._lines = iter(LINES)

    def read(self) -> Words:
        for line in self._lines:
            return Words(self._clock.now_ns(), self._clock.now_ns(), line)
        raise EndOfSource

    def close(self) -> None:
        pass


with fsrf_live.listen(camera="none", mic="none", text=Lines) as session:
    for record in session:
        if isinstance(record, fsrf_live.Reading):
            print(f"{record.score:+.2f}  {record.text}")
