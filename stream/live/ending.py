"""When a live session is over by itself."""

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.live.core import Core
from fsrf_live.stream.live.intake import Intake

DRAIN_S = 5.0
LINGER_S = 0.5
"""How long after its end a file may take to say that it has ended."""


class Ending:
    """Asked at every turn by the thread of the core, and by no other."""

    def __init__(
        self, core: Core, intake: Intake, *, duration_s: float | None, media_s: float | None
    ) -> None:
        """`duration_s` is how long the session may last, `media_s` how long its files do; None: no end."""
        self._core = core
        self._intake = intake
        self._duration_s = duration_s
        self._media_s = media_s
        self._ended_at_ns: int | None = None
        self._empties: tuple[int, ...] = ()

    def is_over(self, now_ns: int, *, playing: bool) -> bool:
        """Whether it is; what ended sources have left is read before that, once the engine is there."""
        time_s = (now_ns - self._core.epoch_ns) / NS
        if self._core.deserted:
            return True
        if not playing:
            return False
        if self._duration_s is not None and time_s >= self._duration_s:
            return True
        played = self._media_s is not None and time_s >= self._media_s + LINGER_S
        ended = played or self._have_sources_ended()
        return ended and self._core.analyst is not None and self._is_drained(now_ns)

    def _have_sources_ended(self) -> bool:
        """Every camera and microphone has; every text source, where there is neither."""
        states = self._core.states
        timed = {m: state for m, state in states.items() if m != "text"} or states
        over = all(state in (State.ENDED, State.DISABLED) for state in timed.values())
        return over and State.ENDED in timed.values()

    def _is_drained(self, now_ns: int) -> bool:
        """Whether the workers have come to the end of what the ended sources left them."""
        empties = self._intake.empties
        if self._ended_at_ns is None:
            self._ended_at_ns, self._empties = now_ns, empties
        if now_ns - self._ended_at_ns > DRAIN_S * NS:
            return True
        working = any(now == before for now, before in zip(empties, self._empties, strict=True))
        if working or len(self._intake.inbox):
            return False
        if not self._intake.finish_recognition():
            return True
        return self._core.states["text"] in (State.ENDED, State.DISABLED)
