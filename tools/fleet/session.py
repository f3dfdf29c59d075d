"""What a stream of a fleet listens to: its description, as it travels, and the session that it asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsrf_live.fsrf.common.errors import UsageError

if TYPE_CHECKING:
    from fsrf_live.stream.live.opening import Wanted
    from fsrf_live.stream.reading.loading import EngineChoice
    from fsrf_live.tools.hosting.messages import OpenStream

DESCRIBED = ("camera", "mic", "text", "media", "loop", "language")


def description(parts: Mapping[str, Any]) -> str:
    """What a stream listens to, as it travels; raises UsageError if that is nothing, or no worker could."""
    from fsrf_live.stream.speech.opening import language_of_text

    given = {part: parts[part] for part in DESCRIBED if parts.get(part)}
    if all(given.get(part, "none") == "none" for part in ("camera", "mic", "media", "text")):
        raise UsageError("a stream needs something to listen to: give --camera, --mic, --text or --media")
    for device in ("camera", "mic"):
        if given.get(device) == "browser":
            raise UsageError(
                f"a stream has no page, so no browser is its --{device}: name a device or an address"
            )
    if given.get("text") == "stdin":
        raise UsageError("a stream has no standard input: give --text a file, asr, or leave it out")
    if "loop" in given and "media" not in given:
        raise UsageError("--loop plays a file again and again: give --media too")
    language_of_text(given.get("language"))
    return json.dumps(given, sort_keys=True)


def shown(spec: str) -> str:
    """A description for people: what they gave, without names and passwords in addresses.

    It may come from anybody who speaks on the bus.
    """
    from fsrf_live.stream.sources.camera import is_address, redacted

    try:
        given = json.loads(spec or "{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return "no description of a stream"
    words = []
    for part, value in given.items():
        text = redacted(value) if isinstance(value, str) and is_address(value) else value
        words.append(f"--{part}" if value is True else f"--{part} {text}")
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class OpenDescribed:
    """The opening of hosts of live streams, each asked for by its `description`."""

    choice: "EngineChoice"

    def __call__(self) -> "OpenStream":
        """Load what can be forked; raises CheckpointError, EngineError, SourceError."""
        from fsrf_live.tools.hosting.live_streams import OpenLiveStreams

        streams = OpenLiveStreams(self.choice)()
        return lambda spec, sink: streams(_wanted(json.loads(spec)), sink)


def _wanted(given: Mapping[str, Any]) -> "Wanted":
    """What a description wants. A stream has no default devices: only what was named."""
    from fsrf_live.stream.live.opening import Wanted

    media = given.get("media")
    absent = None if media else "none"
    return Wanted(
        given.get("camera", absent),
        given.get("mic", absent),
        given.get("text"),
        Path(media) if media else None,
        loop=bool(given.get("loop", False)),
        language=given.get("language"),
    )
