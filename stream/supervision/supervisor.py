"""The state of one source, judged on given times: no clock, no thread.

    state         what leads to it                                what leads out of it
    starting      the beginning, `restore`                        a new item; text: `opened`
    live          a new item; text: `opened`, and its leader      nothing for a while, `failed`
    stalled       nothing, or the same, for longer than a stall   a new item, or `lost` if nothing came at all
    lost          nothing for `lost_after_s`, `failed`            `retrying`
    reconnecting  `retrying`                                      a new item; text: `opened`
    disabled      `cut` by the user                               `restore`
    ended         `ended`: a file is over                         nothing

Freshness is the age of the last *new* item (`stream.supervision.novelty`), never a return value. A source
that gives nothing at all goes from `stalled` to `lost` and is opened again. One that gives the same for ever
(a picture, digital silence) stays `stalled`, because a muted microphone does just that; because a dead one
does it too, it is opened again now and then, less and less often. A black picture means that the camera
works. Text never stalls: people pause. What a file repeats or leaves silent is its own, and no fault.
"""

from collections import deque

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Change, Item, Reason, Role, State
from fsrf_live.stream.flow.settings import StallSettings
from fsrf_live.stream.supervision.novelty import Novelty

OVER = (State.DISABLED, State.ENDED)
RATE_OVER_S = 2.0

FIRST_RETRY_S, LONGEST_RETRY_S = 0.1, 0.5
"""A device that is plugged in again is found within half a second; asking all the time would load the bus."""

LONGEST_PROBE_S = 30.0
"""Opening a muted microphone again costs it a moment of sound, should it be unmuted just then."""

SAME = {
    Reason.FROZEN: "the same picture for {age:.1f} s",
    Reason.BLACK: "a black picture for {age:.1f} s",
    Reason.SILENT: "digital silence for {age:.1f} s (muted?)",
}
_NOTHING = {"camera": "no new frame for {age:.1f} s", "mic": "no sound for {age:.1f} s"}


def retry_after_s(attempt: int) -> float:
    """Wait so long after failed attempt `attempt` (from 0): it doubles, and stays at half a second."""
    return float(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(attempt, 10)))


class Supervisor:
    """Follows one source. Each call gives the time in ns, which never goes back, and returns what changed."""

    def __init__(
        self, role: Role, now_ns: int, settings: StallSettings | None = None, finite: bool = False
    ) -> None:
        """`finite` (it may be set later) marks a file or pipe without a fault in it."""
        settings = settings or StallSettings()
        stall_s = {"camera": settings.camera_s, "mic": settings.mic_s, "text": None}[role]
        self.role = role
        self.finite = finite
        self.state = State.STARTING
        self.reason: str | None = None
        self.cause: Reason | None = None
        self.rehearsed = False
        self.reconnects = 0
        self.items = 0
        # None: it never stalls.
        self._stall_ns = None if stall_s is None else round(stall_s * NS)
        self._lost_ns = round(settings.lost_after_s * NS)
        self._novelty = Novelty()
        # None while it is closed: nothing can be missed from it then.
        self._opened_ns: int | None = None
        # The last new item, and the last item of any kind: what repeats itself is stalled, not gone.
        self._fresh_ns = now_ns
        self._any_ns = now_ns
        self._ever = False
        # Whether the next new item ends an outage, which counts as a reconnect.
        self._was_lost = False
        self._stale: Reason | None = None
        self._probe_s = settings.lost_after_s
        self._probe_ns: int | None = None
        # Lost because nothing came: its thread may hang, so somebody must open it from another one.
        self._gave_up = False
        self._leader: Change | None = None
        self._recent: deque[int] = deque()

    def opened(self, now_ns: int) -> list[Change]:
        """The device is open; nothing has arrived from it yet."""
        if self.state in OVER:
            return []
        self._opened_ns = self._any_ns = now_ns
        self._gave_up = False
        self._stale = None
        if self._stall_ns is None and self.state in (State.STARTING, State.LOST, State.RECONNECTING):
            return self._live(now_ns) + self._led(now_ns)
        return []

    def item(self, now_ns: int, item: Item) -> tuple[bool, list[Change]]:
        """Judge an item: say whether to pass it on (not an old or black picture), and what it changes."""
        return (False, []) if self.state in OVER else self.judged(now_ns, self._novelty.fault_of(item))

    def judged(self, now_ns: int, stale: Reason | None) -> tuple[bool, list[Change]]:
        """As `item`, for one whose novelty is known: features no longer show whether a picture was new."""
        if self.state in OVER:
            return False, []
        self._any_ns = now_ns
        self._stale = None if self.finite else stale
        if self._stale is not None:
            return self._stale is Reason.SILENT, self.tick(now_ns)
        self.items += 1
        self._fresh_ns, self._ever, self._probe_ns = now_ns, True, None
        self._recent.append(now_ns)
        self._forget(now_ns)
        return True, [] if self.state is State.LIVE or self._leader else self._live(now_ns)

    def tick(self, now_ns: int) -> list[Change]:
        """Judge what the time alone says: stalled or lost."""
        if self._stall_ns is None or self._opened_ns is None:
            return []
        quiet_ns = now_ns - self._any_ns
        if quiet_ns >= self._stall_ns:
            return self._quiet(now_ns, quiet_ns)
        if self._stale is not None:
            return self._dull(now_ns, self._stale, now_ns - max(self._fresh_ns, self._opened_ns))
        return []

    def failed(self, now_ns: int, reason: str, rehearsed: bool = False) -> list[Change]:
        """Opening or reading failed; `rehearsed`, if the user asked for that."""
        if self.state in OVER:
            return []
        return self._lose(now_ns, reason, rehearsed)

    def retrying(self, now_ns: int) -> list[Change]:
        """The device is being opened again."""
        self._opened_ns = None
        if self.state is not State.LOST:
            return []
        return self._go(now_ns, State.RECONNECTING, self.reason, Reason.LOST, self.rehearsed)

    def follow(self, now_ns: int, leader: Change) -> list[Change]:
        """The source whose items this one is made of has changed: this one fails and returns with it.

        What it still has of earlier items it gives all the same.
        """
        if leader.state is State.STARTING:
            return []
        self._leader = None if leader.state in (State.LIVE, State.ENDED) else leader
        if self.state in OVER or self.state is State.STARTING or self._was_lost:
            return []
        if self._leader is None:
            return [] if self.state is State.LIVE else self._live(now_ns)
        return self._led(now_ns)

    def ended(self, now_ns: int, reason: str | None = None) -> list[Change]:
        """The file is over."""
        if self.state is State.ENDED:
            return []
        self._opened_ns = None
        return self._go(now_ns, State.ENDED, reason, Reason.ABSENT)

    def cut(self, now_ns: int) -> list[Change]:
        """Disable it, because the user says so."""
        if self.state in OVER:
            return []
        self._opened_ns = None
        return self._go(now_ns, State.DISABLED, "cut by the user", Reason.DISABLED)

    def restore(self, now_ns: int) -> list[Change]:
        """Enable it again."""
        if self.state is not State.DISABLED:
            return []
        self._fresh_ns, self._was_lost, self._probe_ns = now_ns, False, None
        return self._go(now_ns, State.STARTING, None, None)

    def should_reopen(self, now_ns: int) -> bool:
        """Say whether to open a source again that gives nothing, or always the same; True counts as done."""
        if self._gave_up:
            self._gave_up = False
            return True
        if self.finite or self.state is not State.STALLED or self.cause not in (Reason.FROZEN, Reason.SILENT):
            return False
        if self._probe_ns is None:
            self._probe_s = self._lost_ns / NS
            self._probe_ns = now_ns + self._lost_ns
        if now_ns < self._probe_ns:
            return False
        self._probe_s = min(LONGEST_PROBE_S, 2 * self._probe_s)
        self._probe_ns = now_ns + round(self._probe_s * NS)
        return True

    def rate_hz(self, now_ns: int) -> float:
        """New items a second over the last two seconds."""
        self._forget(now_ns)
        return len(self._recent) / RATE_OVER_S

    def age_s(self, now_ns: int) -> float | None:
        """Age of the last new item; None before the first."""
        return (now_ns - self._fresh_ns) / NS if self._ever else None

    def _dull(self, now_ns: int, stale: Reason, age_ns: int) -> list[Change]:
        if age_ns < (self._stall_ns or 0) or (self.state is State.STALLED and self.cause is stale):
            return []
        return self._go(now_ns, State.STALLED, SAME[stale].format(age=age_ns / NS), stale)

    def _quiet(self, now_ns: int, age_ns: int) -> list[Change]:
        reason = _NOTHING[self.role].format(age=age_ns / NS)
        if age_ns >= self._lost_ns and not self.finite:
            self._gave_up = True
            return self._lose(now_ns, reason, rehearsed=False)
        if self.state in (State.LIVE, State.STALLED) and self.cause is not Reason.STALLED:
            return self._go(now_ns, State.STALLED, reason, Reason.STALLED)
        return []

    def _live(self, now_ns: int) -> list[Change]:
        self.reconnects += self._was_lost
        self._was_lost = False
        was = self.state
        changes = self._go(now_ns, State.LIVE, None, None)
        return (
            changes if was is State.STARTING else [Change(now_ns, self.role, State.LIVE, "it is back", None)]
        )

    def _led(self, now_ns: int) -> list[Change]:
        """Share the state of the source that is followed, if that is gone."""
        if self._leader is None:
            return []
        lost = self._leader.state in (State.LOST, State.RECONNECTING)
        state = State.LOST if lost else State.STALLED
        if (self.state, self.cause) == (state, self._leader.cause):
            return []
        reason = f"{self._leader.source}: {self._leader.reason}"
        return self._go(now_ns, state, reason, self._leader.cause, self._leader.rehearsed)

    def _lose(self, now_ns: int, reason: str, rehearsed: bool) -> list[Change]:
        self._was_lost, self._opened_ns = True, None
        if self.state in (State.LOST, State.RECONNECTING):
            self.reason, self.rehearsed = reason, rehearsed
            return []
        return self._go(now_ns, State.LOST, reason, Reason.LOST, rehearsed)

    def _go(
        self, now_ns: int, state: State, reason: str | None, cause: Reason | None, rehearsed: bool = False
    ) -> list[Change]:
        self.state, self.reason, self.cause, self.rehearsed = state, reason, cause, rehearsed
        return [Change(now_ns, self.role, state, reason, cause, rehearsed)]

    def _forget(self, now_ns: int) -> None:
        while self._recent and self._recent[0] <= now_ns - round(RATE_OVER_S * NS):
            self._recent.popleft()
