"""FSRF Live: live multimodal sentiment that goes on when an input does not.

Analyse a file, or follow devices live; both give the same records, and the last one is the summary:

    import fsrf_live

    for record in fsrf_live.analyze("talk.mp4"):
        print(record)

    with fsrf_live.listen(camera="0", mic="default") as session:
        for record in session:
            if isinstance(record, fsrf_live.Reading):
                print(record.score, record.low, record.high)

`analyze`, `listen` and `load_engine` are what to call; each `Record` that they give is a `Reading`, an
`Event`, a `Marker` or the `Summary`.
`Engine`, `Source`, `Sink` and `Recogniser` say what an object must do to take the place of one of ours, and
`WindowSettings` when windows open and close. Nothing heavy is imported before it is needed.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from fsrf_live._analysis import analyze, load_engine
    from fsrf_live._listening import listen
    from fsrf_live.engines.common.contract import Engine
    from fsrf_live.stream.flow.records import Event, Marker, Reading, Record, Summary
    from fsrf_live.stream.flow.settings import WindowSettings
    from fsrf_live.stream.flow.sinks import Sink
    from fsrf_live.stream.sources.source import Source
    from fsrf_live.stream.speech.recogniser import Recogniser

    __version__: str

__all__ = [
    "Engine",
    "Event",
    "Marker",
    "Reading",
    "Recogniser",
    "Record",
    "Sink",
    "Source",
    "Summary",
    "WindowSettings",
    "__version__",
    "analyze",
    "listen",
    "load_engine",
]

_HOMES = {
    "Engine": "engines.common.contract",
    "Event": "stream.flow.records",
    "Marker": "stream.flow.records",
    "Reading": "stream.flow.records",
    "Recogniser": "stream.speech.recogniser",
    "Record": "stream.flow.records",
    "Sink": "stream.flow.sinks",
    "Source": "stream.sources.source",
    "Summary": "stream.flow.records",
    "WindowSettings": "stream.flow.settings",
    "analyze": "_analysis",
    "listen": "_listening",
    "load_engine": "_analysis",
}
"""The module of each public name: it is imported with the first use of the name (PEP 562)."""


if not _typing.TYPE_CHECKING:  # a type checker would take every misspelt name for one of these

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            value: object = version("fsrf-live")
        elif name in _HOMES:
            value = getattr(_importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
