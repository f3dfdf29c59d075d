"""Log messages of this package, as single lines on standard error."""

import contextlib
import logging
from collections.abc import Iterator

from fsrf_live.tools.shell import exits

ROOT = "fsrf_live"
MOST_HELD = 50


class Messages(logging.Handler):
    """Writes each message as one line; while held it collects them, each once, and writes them later."""

    def __init__(self, *, debug: bool) -> None:
        super().__init__(logging.DEBUG if debug else logging.WARNING)
        self._held: dict[str, None] | None = None
        self._debug = debug

    def emit(self, record: logging.LogRecord) -> None:
        """Write or keep one message."""
        line = f"{record.name}: {record.getMessage()}" if self._debug else record.getMessage()
        if self._held is None:
            exits.say(line)
        elif len(self._held) < MOST_HELD:
            self._held[line] = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold messages back while the dashboard owns the terminal."""
        self._held = {}
        try:
            yield
        finally:
            lines, self._held = list(self._held), None
            for line in lines:
                exits.say(line)


@contextlib.contextmanager
def listening(*, debug: bool) -> Iterator[Messages]:
    """Handle messages of this package only."""
    messages = Messages(debug=debug)
    logger = logging.getLogger(ROOT)
    level = logger.level
    logger.addHandler(messages)
    logger.setLevel(messages.level)
    logger.propagate = False
    try:
        yield messages
    finally:
        logger.removeHandler(messages)
        logger.setLevel(level)
        logger.propagate = True
