"""Time stamps of packets that jump or begin again, made one time that goes on.

Recordings that were joined begin again at zero, clocks are set while a recorder runs, transport streams wrap.
All tracks of a file jump together, though not at the same packet: the first that jumps makes a new stretch,
the others follow into it, so that they stay together. A picture may still come from the stretch before.
"""

from dataclasses import dataclass, field

from fsrf_live.stream.flow.clock import NS

BACK_NS = NS
"""Stamps may go back by so much: pictures come in the order in which they are decoded, and writers round."""
APART_NS = 10 * NS
"""How far apart tracks may be at a join, as when one was stopped before the other."""


@dataclass(slots=True)
class StampMender:
    """Gives the shift of each packet of a file, in ns, to be added to its stamps.

    `gap_ns` is the longest time in which a file may have nothing at all; None: any. `start_ns` is where the
    file is read from. Packets come in the order of the file.
    """

    gap_ns: int | None
    start_ns: int = 0
    jumps: list[int] = field(default_factory=list)
    """When in the mended time a stretch began that needed mending, in ns."""
    _shifts: list[int] = field(default_factory=lambda: [0])
    _stretch: dict[int, int] = field(default_factory=dict)
    _ends: dict[int, int] = field(default_factory=dict)
    _lasts: dict[int, int] = field(default_factory=dict)

    @property
    def end_ns(self) -> int:
        """The end of what has been read so far, in mended time."""
        return max(self._ends.values(), default=self.start_ns)

    def shift_of(self, track: int, stamp_ns: int, length_ns: int) -> int:
        """The shift of a packet of this track, which lasts `length_ns`, 0 if that is not known.

        A length beyond the longest gap is not believed: some formats make one packet last until the next.
        """
        number = self._stretch.setdefault(track, len(self._shifts) - 1)
        if self._jumps(track, stamp_ns + self._shifts[number]):
            number = self._stretch[track] = self._joined(track, stamp_ns)
        at_ns = stamp_ns + self._shifts[number]
        self._lasts[track] = at_ns
        if self.gap_ns is not None and length_ns > self.gap_ns:
            length_ns = 0
        self._ends[track] = max(self._ends.get(track, at_ns), at_ns + length_ns)
        return self._shifts[number]

    def _jumps(self, track: int, at_ns: int) -> bool:
        last_ns = self._lasts.get(track)
        if last_ns is not None and at_ns < last_ns - BACK_NS:
            return True
        return self.gap_ns is not None and at_ns > self.end_ns + self.gap_ns

    def _joined(self, track: int, stamp_ns: int) -> int:
        """The stretch that a packet belongs to: the one that it fits best, or a new one."""
        end_ns = self._ends.get(track, self.start_ns)
        off_ns = [stamp_ns + shift_ns - end_ns for shift_ns in self._shifts]
        fitting = [n for n, off in enumerate(off_ns) if -BACK_NS <= off <= APART_NS]
        if fitting:
            return min(fitting, key=lambda n: abs(off_ns[n]))
        goes_on_ns = self.end_ns
        self._shifts.append(goes_on_ns - stamp_ns)
        self.jumps.append(goes_on_ns)
        return len(self._shifts) - 1
