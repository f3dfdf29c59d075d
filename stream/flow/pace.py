"""How fast somebody may ask."""

from fsrf_live.stream.flow.clock import NS, Clock

BURST, PER_SECOND = 20, 5
"""What one page may ask for: so much at once, and so much on and on."""


class Pace:
    """Counts what is asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._may = float(BURST)
        self._asked_ns = clock.now_ns()

    def may_ask(self) -> bool:
        """Whether it is slow enough to be heard; counts."""
        now_ns = self._clock.now_ns()
        self._may = min(BURST, self._may + PER_SECOND * (now_ns - self._asked_ns) / NS)
        self._asked_ns = now_ns
        if self._may < 1:
            return False
        self._may -= 1
        return True
