"""The running dashboard: takes snapshots, draws them, and turns keys into actions."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

from rich.console import Console
from rich.text import Text

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.dashboard.cells import KEY_OF, clean, signed
from fsrf_live.stream.dashboard.state import Actions, UiState
from fsrf_live.stream.dashboard.terminal import Terminal
from fsrf_live.stream.dashboard.view import Picture, apology, render
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.markers import RATING
from fsrf_live.stream.flow.snapshot import Snapshot

FRAMES_PER_SECOND = 6.0
NOTICE_S = 2.5

Exit = Literal["quit", "ended"]
_MODALITY_OF: dict[str, Modality] = {KEY_OF[modality]: modality for modality in MODALITIES}
_RATING_STEPS: dict[str, float | None] = {"+": 0.5, "=": 0.5, "-": -0.5, "0": None}
"""What a key adds to the rating: + often needs Shift, = is the same key without it."""
_ACTING = frozenset({" ", "f", "m", "M", *_RATING_STEPS, *_MODALITY_OF})
_ENTER, _ESCAPE, _DELETE = ("\n", "\r"), "\x1b", ("\x7f", "\b")
_LOG = logging.getLogger(__name__)


class Painter:
    """Remembers what is on the screen and writes the difference.

    Every frame is one write inside a synchronized update, which terminals that do not know it ignore. Now and
    then the whole picture is written, so that what another program left on the screen goes away.
    """

    def __init__(self, console: Console, write: Callable[[str], None]) -> None:
        self._console = console
        self._write = write
        self._shown: tuple[Text, ...] = ()
        self._width = 0
        self._frames = 0

    def forget(self) -> None:
        """The screen is empty or unknown: write everything next time."""
        self._shown = ()

    def draw(self, picture: Picture) -> None:
        """Bring the screen to this picture."""
        width = picture.lines[0].cell_len if picture.lines else 0
        resized = len(picture.lines) != len(self._shown) or width != self._width
        whole = resized or self._frames % _WHOLE_EVERY == 0
        changed = [
            f"\x1b[{row + 1};1H{self._ansi(text)}"
            for row, text in enumerate(picture.lines)
            if whole or text != self._shown[row]
        ]
        if resized:
            changed.insert(0, "\x1b[0m\x1b[2J")
        if changed:
            self._write(_BEGIN + "".join(changed) + _END)
        self._shown, self._width = picture.lines, width
        self._frames += 1

    def _ansi(self, text: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(text, end="", soft_wrap=True, highlight=False, markup=False, emoji=False)
        return capture.get()


class Dashboard:
    """Draws `snapshot_of()` on the console's terminal until the session has ended or the user quits.

    `snapshot_of` must return at once; the dashboard never waits for the session nor the session for it.
    If a snapshot or its drawing fails, the screen says so, the session goes on, and one line is logged at
    the end. `keys` False leaves standard input alone.
    """

    def __init__(
        self,
        snapshot_of: Callable[[], Snapshot],
        actions: Actions,
        console: Console,
        keys: bool = True,
    ) -> None:
        self._snapshot_of = snapshot_of
        self._actions = actions
        self._console = console
        self._keys = keys
        self._clock = MonotonicClock()
        self._ui = UiState(keys=keys)
        self._held: Snapshot | None = None
        self._notice_until_ns = 0
        self._markers = 0
        self._marked_ns = 0
        self._first_failure: Exception | None = None
        self._failures = 0

    def run(self) -> Exit:
        """Draw until the end; the terminal is as it was when this returns or raises."""
        try:
            with Terminal(self._console.file, self._keys) as terminal:
                self._ui = replace(self._ui, keys=terminal.reads_keys)
                return self._loop(terminal, Painter(self._console, terminal.write))
        finally:
            self._report()

    def _loop(self, terminal: Terminal, painter: Painter) -> Exit:
        period_ns = round(NS / FRAMES_PER_SECOND)
        while True:
            due_ns = self._clock.now_ns() + period_ns
            if terminal.resumed:
                terminal.resumed = False
                painter.forget()
            picture, ended = self._picture(*terminal.size())
            painter.draw(picture)
            if ended:
                return "ended"
            keys = terminal.read_keys((due_ns - self._clock.now_ns()) / NS)
            if terminal.ending or self._press_all(keys):
                return "quit"

    def _picture(self, width: int, height: int) -> tuple[Picture, bool]:
        """The next picture, and whether the session has ended and is not held by the user."""
        if self._clock.now_ns() >= self._notice_until_ns:
            self._ui = replace(self._ui, notice=None)
        try:
            snapshot = self._snapshot_of()
            shown = snapshot if self._held is None else _held(self._held, snapshot)
            return render(shown, width, height, self._ui), snapshot.ended and self._held is None
        except Exception as error:  # noqa: BLE001 - the outermost edge: the session goes on
            self._failed(error)
            return apology(error, width, height), False

    def _press_all(self, keys: list[str]) -> bool:
        """Whether the user quits; letters of a name that is typed are no keys."""
        for key in keys:
            if self._ui.typed is not None:
                self._guarded(partial(self._type, self._ui.typed, key))
            elif key == "q":
                return True
            else:
                self._press(key)
        return False

    def _press(self, key: str) -> None:
        if key == _ESCAPE:
            self._ui = replace(self._ui, help=False)
        elif key == "?":
            self._ui = replace(self._ui, help=not self._ui.help)
        elif key in _ACTING:
            self._guarded(partial(self._act, key))

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except UsageError as error:
            self._say(str(error))
        except Exception as error:  # noqa: BLE001 - the outermost edge: the session goes on
            self._failed(error)
            self._say(f"that failed: {error}")

    def _act(self, key: str) -> None:
        if key == " ":
            self._freeze()
        elif key == "f":
            self._say(f"rehearsing {self._actions.next_fault()}")
        elif key == "m":
            self._markers += 1
            self._mark(f"marker {self._markers}", self._clock.now_ns())
        elif key in _RATING_STEPS:
            self._rate(key)
        elif key == "M":
            # The moment is that of this key: to type a name takes seconds.
            self._marked_ns = self._clock.now_ns()
            self._ui = replace(self._ui, typed="")
        else:
            self._toggle(_MODALITY_OF[key])

    def _type(self, typed: str, key: str) -> None:
        """Take one key of the name of a marker: Enter sets it, Escape or no name leaves it."""
        over = key in _ENTER or key == _ESCAPE
        text = typed[:-1] if key in _DELETE else typed + (key if key.isprintable() else "")
        self._ui = replace(self._ui, typed=None if over else text)
        if key in _ENTER and typed.strip():
            self._mark(typed, self._marked_ns)

    def _mark(self, name: str, time_ns: int) -> None:
        time_s = self._actions.mark(name, "key", time_ns, None)
        self._say(f"{time_s:.1f} s is marked: {name}")

    def _rate(self, key: str) -> None:
        """A step up or down from the last rating, or back to 0."""
        step = _RATING_STEPS[key]
        rating = 0.0 if step is None else (self._ui.rating or 0.0) + step
        rating = min(SCORE_HIGH, max(SCORE_LOW, rating))
        time_s = self._actions.mark(RATING, "key", self._clock.now_ns(), rating)
        self._ui = replace(self._ui, rating=rating)
        self._say(f"{time_s:.1f} s is rated {signed(rating, 1)}")

    def _freeze(self) -> None:
        self._held = None if self._held else self._snapshot_of()
        self._ui = replace(self._ui, frozen=self._held is not None)

    def _toggle(self, modality: Modality) -> None:
        views = [view for view in self._snapshot_of().sources if view.modality == modality]
        if not views:
            self._say(f"there is no source of {modality}")
        elif any(view.state is State.DISABLED for view in views):
            self._actions.restore(modality)
            self._say(f"{modality} restored")
        else:
            self._actions.cut(modality)
            self._say(f"{modality} cut: press {KEY_OF[modality]} to restore it")

    def _say(self, notice: str) -> None:
        self._notice_until_ns = self._clock.now_ns() + round(NOTICE_S * NS)
        self._ui = replace(self._ui, notice=notice)

    def _failed(self, error: Exception) -> None:
        """Keep the first alone: a fault of every frame comes six times a second, for hours."""
        self._first_failure = self._first_failure or error
        self._failures += 1

    def _report(self) -> None:
        first = self._first_failure
        if first is not None:
            _LOG.warning(
                "the dashboard failed %d times, the session went on: %s: %s",
                self._failures,
                type(first).__name__,
                clean(str(first)),
            )
            _LOG.debug("the first of them", exc_info=first)


def _held(held: Snapshot, now: Snapshot) -> Snapshot:
    """A frozen picture still shows the truth about the recording, and that the session is over."""
    return replace(held, ended=now.ended, recording_media=now.recording_media)


_BEGIN = "\x1b[?2026h"
_END = "\x1b[?2026l"
_WHOLE_EVERY = 40
