"""The terminal as the dashboard needs it: alternate screen, single keys, and everything put back afterwards.

POSIX only. The terminal is left as it was found on every way out: return, exception, Ctrl-C, SIGTERM, SIGHUP
and, for the time being, Ctrl-Z.
"""

import codecs
import contextlib
import os
import re
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import IO, Any

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J\x1b[H"
LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_ENDING = (signal.SIGTERM, signal.SIGHUP)
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[^\[O])")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?$")


def split_keys(text: str) -> tuple[list[str], str]:
    """Keys in what was typed, escape sequences (arrows, mouse) left out; and the unfinished rest."""
    plain = _SEQUENCE.sub("", text)
    rest = _UNFINISHED.search(plain)
    return list(plain[: rest.start()] if rest else plain), rest.group() if rest else ""


class Terminal:
    """A context in which the alternate screen is on and keys come one by one, unechoed.

    Keys are read from standard input, or from the controlling terminal if standard input is something
    else; `keys` False reads none (standard input is a terminal that someone else reads). Signal handlers are
    installed in the main thread only. `resumed` becomes True when the program comes back from Ctrl-Z: the
    screen is empty. `ending` becomes True on SIGTERM or SIGHUP if the program has a handler of its own;
    if it has none, they raise SystemExit(128 + signal) so that everything is closed on the way out.
    """

    def __init__(self, output: IO[str], keys: bool = True) -> None:
        self.resumed = False
        self.ending = False
        self._output = output
        self._wanted = keys
        self._input: int | None = None
        self._opened: int | None = None
        self._saved: list[Any] | None = None
        self._handlers: dict[int, Any] = {}
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""

    def __enter__(self) -> "Terminal":
        self._input = self._find_input() if self._wanted else None
        if self._input is not None:
            self._saved = termios.tcgetattr(self._input)
        try:
            self._install_handlers()
            self._take()
        except BaseException:
            self._give_back_all()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back_all()

    @property
    def reads_keys(self) -> bool:
        """Whether there is a terminal to read keys from."""
        return self._input is not None

    def size(self) -> tuple[int, int]:
        """Columns and rows; 80 x 24 if the output has no size."""
        try:
            columns, rows = os.get_terminal_size(self._output.fileno())
        except (OSError, ValueError):
            return 80, 24
        return (columns, rows) if columns > 0 and rows > 0 else (80, 24)

    def write(self, text: str) -> None:
        """Put text on the screen; characters that the terminal's encoding lacks become question marks."""
        encoding = getattr(self._output, "encoding", None) or "utf-8"
        self._output.write(text.encode(encoding, "replace").decode(encoding))
        self._output.flush()

    def read_keys(self, timeout_s: float) -> list[str]:
        """The keys typed by now; waits for the first one for `timeout_s` at most."""
        watched = [] if self._input is None else [self._input]
        ready, _, _ = select.select(watched, [], [], max(0.0, timeout_s))
        if not ready or self._input is None:
            escape, self._unfinished = self._unfinished == "\x1b", ""
            return ["\x1b"] if escape else []  # nothing followed: it was the key itself
        try:
            typed = os.read(self._input, 1024)
        except OSError:
            typed = b""
        if not typed:
            self._input = None
            return []
        keys, self._unfinished = split_keys(self._unfinished + self._decoder.decode(typed))
        return keys

    def _find_input(self) -> int | None:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if os.isatty(sys.stdin.fileno()):
                return sys.stdin.fileno()
        with contextlib.suppress(OSError):
            self._opened = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        return self._opened

    def _take(self) -> None:
        if self._input is not None:
            tty.setcbreak(self._input, termios.TCSANOW)
        self.write(ENTER)

    def _give_back(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.write(LEAVE)
        if self._saved is not None and self._input is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcflush(self._input, termios.TCIFLUSH)
                termios.tcsetattr(self._input, termios.TCSANOW, self._saved)

    def _give_back_all(self) -> None:
        with _undisturbed():
            self._give_back()
            if self._opened is not None:
                os.close(self._opened)
                self._opened = None
            self._input = None
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._handlers.clear()

    def _install_handlers(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _ENDING:
            self._handlers[number] = signal.signal(number, self._end)
        self._handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._suspend)

    def _end(self, number: int, frame: FrameType | None) -> None:
        own = self._handlers.get(number)
        if own is signal.SIG_IGN:
            return
        if callable(own):
            self.ending = True
            own(number, frame)
            return
        raise SystemExit(128 + number)

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        """Give the terminal back, stop as the shell expects it, and take it again on `fg`."""
        self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._suspend)
        self._take()
        self.resumed = True


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back, so that a second Ctrl-C does not leave the terminal half restored."""
    held = {signal.SIGINT, signal.SIGTSTP, *_ENDING}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
