"""Puts pictures on a terminal without flicker: only the lines that changed, in one write."""

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from fsrf_live.stream.dashboard.view import Picture

_BEGIN = "\x1b[?2026h"
_END = "\x1b[?2026l"
_WHOLE_EVERY = 40


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
