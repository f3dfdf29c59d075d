"""Asks a fleet from outside."""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.tools.fleet.bus import REQUEST_KEY, Bus
from fsrf_live.tools.fleet.core.messages import StreamRequest
from fsrf_live.tools.fleet.wire import encode_message

FLEET_ANSWERS_S = 8.0
"""Longer than a fleet takes to notice that its leader hangs, and to have another one."""
_PAUSE_S = 0.2


class FleetClient:
    """Asks questions on a bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def ask(
        self,
        kind: Literal["add", "stop", "move", "list"],
        name: str = "",
        *,
        spec: str = "",
        worker: str = "",
    ) -> Mapping[str, Any]:
        """The answer of the fleet; raises UsageError if it refuses, SourceError if it does not answer."""
        # The same request is asked again until the leader answers, and is done once.
        request = StreamRequest(kind, secrets.token_hex(8), name, spec, worker)
        payload, until_s = encode_message(request), time.monotonic() + FLEET_ANSWERS_S
        while (answer := self._bus.ask_now(REQUEST_KEY, payload)) is None:
            if time.monotonic() > until_s:
                raise SourceError(
                    f"no worker answers at {self._bus.address}: is one there ('fsrf serve --worker')?"
                )
            time.sleep(_PAUSE_S)
        said: Mapping[str, Any] = json.loads(answer)
        if "refused" in said:
            raise UsageError(str(said["refused"]))
        return said
