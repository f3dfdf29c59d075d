"""What must hold of the windows of a sync buffer, and of what is known of a source, whatever goes in."""

from collections import OrderedDict
from typing import Protocol

from fsrf_live.stream.faults.spec import Fault
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Change, Item, Role, Samples, State
from fsrf_live.stream.flow.settings import StallSettings, WindowSettings
from fsrf_live.stream.windows.buffer import MOST_FACES, MOST_VOICES, SyncBuffer
from fsrf_live.stream.windows.transcript import MOST_WORDS
from fsrf_live.stream.windows.window import Window

SETTINGS = WindowSettings()
LONGEST_NS = round(max(SETTINGS.longest_s, SETTINGS.fixed_s) * NS)
REMEMBERED = 20_000
LEAD_NS = 100_000_000
"""How far a device's clock may run ahead of ours."""


class Laws:
    """Takes every window in the order in which it comes, and fails at the first that breaks a law."""

    def __init__(self) -> None:
        self.windows = 0
        self._last: dict[int, Window] = {}
        self._closed_to_ns = 0
        self._newest = -1
        self._used: OrderedDict[int, object] = OrderedDict()

    def check(self, window: Window, now_ns: int) -> None:
        self.windows += 1
        self._check_shape(window, now_ns)
        before = self._last.get(window.id)
        if before is None:
            assert window.id == self._newest + 1, "ids count up"
            assert window.revision == 0
            assert window.start_ns >= self._closed_to_ns, "windows do not overlap"
            assert self._newest < 0 or self._last[self._newest].final, "one window at a time is open"
            self._newest = window.id
        else:
            self._check_revision(before, window)
        if window.final and (before is None or not before.final):
            self._closed_to_ns = window.end_ns
            self._use(window)
        elif window.final and before is not None:
            self._use_words(window, before)
        self._last[window.id] = window
        self._last.pop(window.id - 200, None)

    def check_counts(self, buffer: SyncBuffer) -> None:
        bounds = {"text": MOST_WORDS, "audio": MOST_VOICES, "video": MOST_FACES}
        for modality, c in buffer.counts.items():
            parts = (c.used, c.late, c.refused, c.overflow, c.unused, c.held)
            assert min(parts) >= 0
            assert c.pushed == sum(parts), f"{modality}: {c}"
            assert c.held <= bounds[modality], "queues are bounded"

    @staticmethod
    def _check_shape(window: Window, now_ns: int) -> None:
        assert window.start_ns <= window.end_ns <= now_ns + LEAD_NS, "a window lies in the past"
        assert window.hold_ns >= 0
        assert window.end_ns <= window.due_ns or not window.final
        for items in (window.faces, window.voices):
            times = [item.time_ns for item in items]
            assert times == sorted(set(times)), "items are in order"
            assert all(window.start_ns <= time < window.end_ns for time in times)
        for presence in window.presence.values():
            assert 0 <= presence.coverage <= 1
            assert presence.reason is not None or presence.coverage > 0.9

    @staticmethod
    def _check_revision(before: Window, window: Window) -> None:
        assert window.revision == before.revision + 1
        assert window.start_ns == before.start_ns
        assert window.end_ns >= before.end_ns, "time never goes back"
        if before.final:
            assert window.final, "what is closed stays closed"
            assert (window.faces, window.voices) == (before.faces, before.voices)
            assert window.end_ns == before.end_ns
            assert set(before.words) <= set(window.words)
            assert len(before.words) < len(window.words), "a revision brings words"
            late_ns = round(SETTINGS.late_text_s * NS)
            assert window.due_ns - window.end_ns <= late_ns

    def _use(self, window: Window) -> None:
        for item in (*window.faces, *window.voices, *window.words):
            self._use_item(item)

    def _use_words(self, window: Window, before: Window) -> None:
        for words in window.words:
            if not any(words is old for old in before.words):
                self._use_item(words)

    def _use_item(self, item: object) -> None:
        """Remember what was used lately; the items are kept, so that no other gets the identity of one."""
        assert id(item) not in self._used, "an item is used once"
        self._used[id(item)] = item
        if len(self._used) > REMEMBERED:
            self._used.popitem(last=False)


STEPS = {
    State.STARTING: {State.LIVE, State.STALLED, State.LOST, State.DISABLED, State.ENDED},
    State.LIVE: {State.STALLED, State.LOST, State.DISABLED, State.ENDED},
    State.STALLED: {State.LIVE, State.STALLED, State.LOST, State.DISABLED, State.ENDED},
    State.LOST: {State.LIVE, State.RECONNECTING, State.DISABLED, State.ENDED},
    State.RECONNECTING: {State.LIVE, State.STALLED, State.DISABLED, State.ENDED},
    State.DISABLED: {State.STARTING, State.ENDED},
    State.ENDED: set(),
}
"""From each state of a source, those that may come next."""
BACK_NS = NS
"""How soon a device that works again is live."""
SLACK_NS = 400_000_000
"""A device may give one more item, and is looked at a few times a second."""
LAG_NS = NS // 2
"""How long after a rehearsed fault its late items may still come."""
FAILING: dict[Role, tuple[str, ...]] = {
    "camera": ("gone", "mute", "same", "hung"),
    "mic": ("gone", "mute", "same", "hung"),
    "text": ("gone",),
}
"""What a device may do that must be noticed; of text nothing need come."""


class FailingDevice(Protocol):
    """A device as it truly is."""

    mode: str
    since_ns: int


class CaptureLaws:
    """Follows one source: its changes are lawful, each outage is noticed, and each return too."""

    def __init__(self, role: Role, now_ns: int) -> None:
        self.outages = 0
        self._role = role
        self._state = State.STARTING
        self._changed_ns = self._disturbed_ns = now_ns
        settings = StallSettings()
        limit_s = {"camera": settings.camera_s, "mic": settings.mic_s, "text": 0.0}[role]
        self._notice_ns = round(limit_s * NS) + SLACK_NS

    def changed(self, change: Change) -> None:
        assert change.state in STEPS[self._state], f"{self._state} -> {change.state}"
        assert change.time_ns >= self._changed_ns, "time never goes back"
        assert (change.cause is None) == (change.state in (State.LIVE, State.STARTING))
        self.outages += self._state is State.LIVE
        self._state, self._changed_ns = change.state, change.time_ns

    def delivered(self, item: Item, state: State) -> None:
        if state is not State.LIVE:
            silent = isinstance(item, Samples) and not item.samples.any()
            assert silent, "what is late is dropped"
            assert state is not State.DISABLED, "what is late is dropped"

    def disturbed(self, now_ns: int) -> None:
        """Something else than the device keeps the source from being live until now."""
        self._disturbed_ns = now_ns

    def check(self, now_ns: int, state: State, device: FailingDevice, faults: tuple[Fault, ...]) -> None:
        assert state is self._state, "every change is told"
        if faults:
            self.disturbed(now_ns + LAG_NS)
        if state is State.DISABLED:
            return
        since_ns = max(device.since_ns, self._disturbed_ns)
        # Something new came when it went live: the first picture of a camera that then repeats it.
        fresh_ns = max(since_ns, self._changed_ns)
        if device.mode in FAILING[self._role] and now_ns - fresh_ns > self._notice_ns:
            assert state is not State.LIVE, f"{self._role}: {device.mode} was not noticed"
        if device.mode == "fine" and now_ns - since_ns > BACK_NS:
            assert state is State.LIVE, f"{self._role} is back, which was not noticed"
