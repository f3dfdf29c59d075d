"""Find the one device that a name means."""

from collections.abc import Iterable
from dataclasses import dataclass

from fsrf_live.fsrf.common.errors import SourceError


@dataclass(frozen=True, slots=True)
class Device:
    """One device as the system lists it."""

    index: int
    name: str


class Found:
    """The name of the device that was found first, so that it is found again after it was unplugged."""

    def __init__(self) -> None:
        self.name: str | None = None


def choose(kind: str, wanted: str, devices: Iterable[Device]) -> Device:
    """Find the device that is called `wanted`, or whose name alone holds it, in any case of letters.

    Raises SourceError, with what there is, if it means none or several.
    """
    listed = list(devices)
    names = sorted({device.name for device in listed})
    there_is = f"there is {', '.join(repr(name) for name in names)}" if names else "there is none at all"
    fitting = [name for name in names if name.lower() == wanted.lower()]
    fitting = fitting or [name for name in names if wanted.lower() in name.lower()]
    if not fitting:
        raise SourceError(f"no {kind} is called {wanted!r}; {there_is}")
    if len(fitting) > 1:
        raise SourceError(f"{wanted!r} means {len(fitting)} {kind}s; {there_is}: write more of the name")
    return next(device for device in listed if device.name == fitting[0])
