"""Markers that the programs of a lab send through the Lab Streaming Layer, as those of PsychoPy or OpenViBE.

Each is marked at the moment at which it was sent, which LSL tells on the clock of this machine, whichever
machine it comes from.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.stream.sinks.lsl import OWN_STREAMS, lsl_library

_LOOK_S, _PULL_S = 0.5, 0.02
"""How often new streams are looked for, and markers."""

_log = logging.getLogger(__name__)

MarkingThen = Callable[[str, int], float]
"""Marks the moment of a time on the session's clock in ns by a name; gives its seconds."""


class MarkerInlet:
    """Takes the markers of streams in a thread of its own until `close`."""

    def __init__(self, stream: str, clock: Clock, mark: MarkingThen) -> None:
        """Of the streams of that name, else of all whose type is Markers but our own.

        Raises UsageError without pylsl. `mark` is called in the thread.
        """
        self._lsl = lsl_library()
        self._clock = clock
        self._mark = mark
        by, value = ("name", stream) if stream else ("type", "Markers")
        self._resolver = self._lsl.ContinuousResolver(prop=by, value=value)
        self._inlets: dict[str, Any] = {}
        self._refused = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="lsl markers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more of them."""
        self._over.set()
        self._thread.join()
        if self._refused > 1:
            _log.warning("%d markers from LSL were none: a marker is a line of text", self._refused)

    def _serve(self) -> None:
        name_this_thread("lsl markers")
        rounds = round(_LOOK_S / _PULL_S)
        number = 0
        while not self._over.is_set():
            if number % rounds == 0:
                self._look_for_streams()
            for inlet in self._inlets.values():
                self._take_all(inlet)
            number += 1
            self._over.wait(_PULL_S)

    def _look_for_streams(self) -> None:
        for info in self._resolver.results():
            if info.uid() not in self._inlets and not info.source_id().startswith(OWN_STREAMS):
                # Stamps are moved to this machine's clock; a stream that comes back is found again by LSL.
                inlet = self._lsl.StreamInlet(info, processing_flags=self._lsl.proc_clocksync)
                self._inlets[info.uid()] = inlet

    def _take_all(self, inlet: Any) -> None:
        try:
            samples, stamps_s = inlet.pull_chunk(timeout=0.0)
        except self._lsl.util.LostError:
            return
        ahead_s: float = self._lsl.local_clock()
        now_ns = self._clock.now_ns()
        for sample, stamp_s in zip(samples, stamps_s, strict=True):
            self._set(" ".join(map(str, sample)), now_ns - round((ahead_s - stamp_s) * NS))

    def _set(self, name: str, time_ns: int) -> None:
        try:
            self._mark(name, time_ns)
        except UsageError as error:
            if not self._refused:
                _log.warning("a marker from LSL is passed over: %s", error)
            self._refused += 1


def need_lsl(stream: str | None) -> None:
    """Raise UsageError without pylsl if `marker_inlet` will need it: before a session costs anything."""
    if stream is not None:
        lsl_library()


@contextlib.contextmanager
def marker_inlet(stream: str | None, clock: Clock, mark: MarkingThen) -> Iterator[None]:
    """An inlet for as long as this lasts; none if `stream` is None."""
    if stream is None:
        yield
        return
    inlet = MarkerInlet(stream, clock, mark)
    try:
        yield
    finally:
        inlet.close()
