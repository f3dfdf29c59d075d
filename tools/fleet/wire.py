"""Messages as JSON, and back; what comes from the bus may be anything."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.stream.flow.records import as_line
from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.fleet.core.messages import Beat, Declined, Knowledge, News, Offer, Seen, StreamRequest

WIRE_VERSION = 1
"""It changes if a program that passes over what it does not know would no longer understand."""

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
    """Inverse of `encode_message`; raises DataError if it is no message of this version."""
    try:
        values = json.loads(text)
        if values["version"] != WIRE_VERSION:
            raise ValueError(f"it is of version {values['version']}, not {WIRE_VERSION}")
        return _made(MESSAGE_KINDS[values["type"]], values)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DataError(f"no message of this program ({error}): {text[:60]!r}; leave it out") from error


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
