"""What running a command gives."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Standard output as JSON records."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def line(self) -> str:
        """The one line on standard error; fails where there is another number of them."""
        lines = self.err.splitlines()
        assert len(lines) == 1, f"expected one line on standard error: {self.err!r}"
        return lines[0]


Fsrf = Callable[..., Ran]
