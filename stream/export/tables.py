"""The records of a session as tables, and its words as captions: by the laws of sinks and of captions."""

from contextlib import closing
from pathlib import Path

from fsrf_live.stream.flow.captions import caption_lines
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.recording.account import Account
from fsrf_live.stream.sinks.csv_file import CsvFile
from fsrf_live.stream.sinks.parquet import ParquetParts
from fsrf_live.stream.speech.captioning import SHORTEST_NS


def write_csv(account: Account, path: Path) -> None:
    """A row a record, as ``--sink csv:FILE`` writes them; raises OSError and SinkError."""
    _bring(account, CsvFile(path))


def write_parquet(account: Account, folder: Path) -> None:
    """The same with types; raises UsageError without pyarrow, OSError and SinkError."""
    _bring(account, ParquetParts(folder))


def write_vtt(account: Account, path: Path) -> None:
    """The words as captions; raises OSError."""
    cues = []
    for said in account.words:
        start_ns, end_ns = round(said.start_s * NS), round(said.end_s * NS)
        # What was typed came in a moment, and is to be seen for longer.
        cues.append(Words(start_ns, end_ns if end_ns > start_ns else start_ns + SHORTEST_NS, said.text))
    path.write_text("".join(caption_lines(cues, "vtt")), encoding="utf-8")


def _bring(account: Account, sink: Sink) -> None:
    with closing(sink):
        for record in account.records:
            sink.emit(record)
