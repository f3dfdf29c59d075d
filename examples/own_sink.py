"""A sink of your own, in a thread of its own: ``python examples/own_sink.py talk.mp4``."""

import sys

import fsrf_live


class Meter:
    closed = False

    def emit(self, record: fsrf_live.Record) -> None:
        if isinstance(record, fsrf_live.Reading):
            print("#" * round(10 * (record.score + 3)))

    def close(self) -> None:
        print("over")


with fsrf_live.listen(media=sys.argv[1], sinks=[Meter()]) as session:
    for _ in session:
        pass
