"""Which time of our clock a time of a browser's clock is.

The browser is asked again and again what its clock shows. Its answer lies between our question and its coming
back, so the middle of them is wrong by half of that at most; of the newest answers the one that came back
soonest is believed (as NTP's clock filter does: RFC 5905, section 10). One that cannot be true together with
it means that their clock has jumped, as that of a device that slept: it is then all that is known. Pure.
"""

from collections import deque

from fsrf_live.stream.flow.clock import NS

MOST_ANSWERS = 30
"""Half a minute of them: two clocks that differ by 50 ppm have moved 1.5 ms apart by then."""
ANSWERS_APART_NS = 5_000_000
"""What true answers may differ by beyond their halves: the drift, and what a browser rounds its clock to."""
LATEST_NS = 2 * NS
"""A capture that is said to be older is taken to be of this age, and one that is yet to come to be of now."""


class BrowserOffset:
    """Follows one page's clock."""

    def __init__(self) -> None:
        self._answers: deque[tuple[int, int]] = deque(maxlen=MOST_ANSWERS)

    def answered(self, asked_ns: int, their_ms: float, came_ns: int) -> None:
        """Their clock showed `their_ms` between two moments of ours."""
        trip_ns, middle_ns = came_ns - asked_ns, (asked_ns + came_ns) // 2
        offset_ns = middle_ns - round(their_ms * 1e6)
        if self._answers:
            best_trip_ns, best_ns = min(self._answers)
            if abs(offset_ns - best_ns) > (trip_ns + best_trip_ns) // 2 + ANSWERS_APART_NS:
                self._answers.clear()
        self._answers.append((trip_ns, offset_ns))

    def ours(self, their_ms: float, now_ns: int) -> int:
        """Our time of their time, which was at most 2 s ago; now, before the first answer."""
        if not self._answers:
            return now_ns
        time_ns = round(their_ms * 1e6) + min(self._answers)[1]
        return min(now_ns, max(now_ns - LATEST_NS, time_ns))
