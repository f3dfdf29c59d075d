"""Messages as JSON, and back; what comes from the bus may be anything."""

import json
import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.stream.flow.records import as_line
from fsrf_live.tools.fleet.core.catalogue import LONGEST_COUNT, Stamp
from fsrf_live.tools.fleet.core.messages import Beat, Declined, Knowledge, News, Offer, Seen, StreamRequest

WIRE_VERSION = 1
"""It changes if a program that passes over what it does not know would no longer understand."""

_DEEPEST = 16
"""So many values may be within each other; those of our messages are at most six. Python reads about a
thousand, and writes fewer where it is deeper in its calls."""

MESSAGE_KINDS: Mapping[str, type] = {
    "load": Beat,
    "news": News,
    "offer": Offer,
    "declined": Declined,
    "seen": Seen,
    "knowledge": Knowledge,
    "request": StreamRequest,
}
_NAMES = {kind: name for name, kind in MESSAGE_KINDS.items()}


def encode_message(message: Any) -> str:
    """One line of JSON."""
    return as_line({"type": _NAMES[type(message)], "version": WIRE_VERSION, **_plain(message)})


def decode_message(text: bytes) -> Any:
    """Inverse of `encode_message`; raises DataError if it is no message of this version.

    What it gives can be encoded again, whole or in part: numbers are finite and bounded, and so is depth.
    """
    try:
        values = json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_finite)
        if not _is_shallow(values):
            raise ValueError("too many values are within each other")
        if values["version"] != WIRE_VERSION:
            raise ValueError(f"it is of version {values['version']}, not {WIRE_VERSION}")
        return _made(MESSAGE_KINDS[values["type"]], values)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DataError(f"no message of this program ({error}): {text[:60]!r}; leave it out") from error


def _integer(digits: str) -> int:
    """Raises ValueError for one that nobody means."""
    if len(digits.lstrip("-")) > LONGEST_COUNT:
        raise ValueError(f"{digits[:LONGEST_COUNT]}… is too large")
    return int(digits)


def _finite(number: str) -> float:
    """Raises ValueError for NaN, for Infinity and for what is read as such, as 1e400."""
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number:.40} is no number of JSON")
    return value


def _is_shallow(value: Any, left: int = _DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left > 0 and all(_is_shallow(each, left - 1) for each in inner)


def _plain(value: Any) -> Any:
    if isinstance(value, Stamp):
        return str(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _made(kind: Any, value: Any) -> Any:
    """The value as what its type says; raises TypeError, ValueError, KeyError."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Stamp:
        return Stamp.of(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _made(hint, value[name]) for name, hint in hints.items()})
    if origin is tuple:
        return _tuple_of(inner, value)
    if origin in (Union, types.UnionType):
        return None if value is None else _made(inner[0], value)
    if origin is Literal:
        return _checked(value in inner, value)
    if kind is float:
        return float(_checked(type(value) in (int, float), value))
    expected = dict if origin is not None else kind
    return _checked(type(value) is expected, value)


def _tuple_of(inner: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    _checked(type(value) is list, value)
    if len(inner) == 2 and inner[1] is ...:
        return tuple(_made(inner[0], each) for each in value)
    return tuple(_made(each, one) for each, one in zip(inner, value, strict=True))


def _checked(holds: bool, value: Any) -> Any:
    if not holds:
        raise TypeError(f"{value!r:.40} is of another kind")
    return value
