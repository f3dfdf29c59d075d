"""Every kind of fault, in one table: who may have it, what its value means, and what it does.

A new kind is one entry of `KINDS` and the functions that it names. All else reads the table: specs and their
messages, ``--fault --help``, live sources, files, recordings, the key that rehearses the next fault, and the
cases of ``fsrf simulate``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fsrf_live.stream.flow.items import (
    ROLES,
    FlowItem,
    Frame,
    Reason,
    Role,
    Samples,
    VoiceFeatures,
    Words,
    start_ns,
)

if TYPE_CHECKING:
    import numpy as np

# numpy is imported by what changes items: the table alone must not cost the command line 0.1 s of its start.

SPEECH_RMS = 10 ** (-26 / 20)
"""Usual level of speech, 26 dB below full scale (ITU-T P.56 reference level).

`noise` is measured from it and not from the sound at hand, so that the noise of a pause is as loud as that
of a sentence, as that of a room is.
"""

_SEED = 0
"""Another one would garble other words and make other noise than in the figures that are published."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What the value of a kind is, in range [`lowest`, `highest`]; `reads` names it in messages.

    `units` are suffixes, each with how many of it make one of the first, in which a value is kept; an amount
    without any is a plain number.
    """

    reads: str
    units: Mapping[str, float]
    lowest: float
    highest: float

    @property
    def unit(self) -> str:
        """The suffix with which a value is written."""
        return next(iter(self.units), "")


_SHARE = Amount("a share from 0 to 1", {}, 0.0, 1.0)
# What is late waits in memory: each second of pictures of 1080 lines, 30 a second, takes 190 MB.
_LATENESS = Amount("given in s or ms, at most 30 s and not negative", {"s": 1.0, "ms": 1000.0}, 0.0, 30.0)
_LEVEL = Amount("given in dB", {"dB": 1.0}, float("-inf"), float("inf"))
_CLOCK_ERROR = Amount("given in ppm", {"ppm": 1.0}, float("-inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a fault may use: its value, the chance of the item, and the picture that a frozen camera shows."""

    value: float
    chance: np.random.Generator
    still: Frame | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one kind of fault is.

    `roles` are the sources that may have it, each with the value that a rehearsal of it takes. `frame`,
    `samples`, `words` and `voice` change an item; words of which nothing is left are None. `loses`, `delays`
    and `skews` say that the value is the share of items that is lost, the seconds by which items are late,
    and the ppm by which the clock of the source runs fast. `looks` is why a source with this fault is missed,
    None if it is not; `needs_sound`, that features do not show what it does, so a recording needs its sound.
    `turns` are the faults of this kind in the round that a key of the dashboard goes through, by place.
    """

    roles: Mapping[Role, float | None]
    value: Amount | None = None
    frame: Callable[[Frame, Circumstances], Frame] | None = None
    samples: Callable[[Samples, Circumstances], Samples] | None = None
    words: Callable[[Words, Circumstances], Words | None] | None = None
    voice: Callable[[VoiceFeatures], VoiceFeatures] | None = None
    loses: bool = False
    delays: bool = False
    skews: bool = False
    looks: Reason | None = None
    needs_sound: bool = False
    turns: Mapping[int, str] = field(default_factory=dict)

    @property
    def silences(self) -> bool:
        """Whether nothing is left of the source: a dropout."""
        return self.looks is not None


def chance_of(role: Role, item: FlowItem, epoch_ns: int) -> np.random.Generator:
    """All chance that the faults of a source have at one item, in a session that began at `epoch_ns`.

    It depends on the source and the item's own time alone, so a fault does the same thing to the same item
    live, in a file and in a replay. Microseconds, because times that went through a file of media or captions
    are no finer; masked, because a seed is not negative and an item may begin before the session.
    """
    import numpy as np

    since_us = (start_ns(item) - epoch_ns) // 1000 & 0xFFFF_FFFF_FFFF
    return np.random.default_rng((_SEED, zlib.crc32(role.encode()), since_us))


def changed(kind: Kind, item: FlowItem, at: Circumstances) -> FlowItem | None:
    """Do what a kind does to an item that is not lost; gives None if nothing is left of it."""
    if isinstance(item, Frame) and kind.frame is not None:
        return kind.frame(item, at)
    if isinstance(item, Samples) and kind.samples is not None:
        return kind.samples(item, at)
    if isinstance(item, Words) and kind.words is not None:
        return kind.words(item, at)
    if isinstance(item, VoiceFeatures) and kind.voice is not None:
        return kind.voice(item)
    return item


def _frozen(frame: Frame, at: Circumstances) -> Frame:
    return frame if at.still is None else replace(frame, image=at.still.image)


def _black(frame: Frame, at: Circumstances) -> Frame:
    import numpy as np

    return replace(frame, image=np.zeros_like(frame.image))


def _muted(block: Samples, at: Circumstances) -> Samples:
    import numpy as np

    return replace(block, samples=np.zeros_like(block.samples))


def _muted_voice(voice: VoiceFeatures) -> VoiceFeatures:
    import numpy as np

    return replace(voice, vector=np.zeros_like(voice.vector), speech=0.0, silent=True, speechlike=0.0)


def _noisy(block: Samples, at: Circumstances) -> Samples:
    import numpy as np

    rms = SPEECH_RMS * 10 ** (-at.value / 20)
    noise = at.chance.standard_normal(len(block.samples), dtype=np.float32)
    return replace(block, samples=np.clip(block.samples + rms * noise, -1, 1).astype(np.float32))


def _garbled(words: Words, at: Circumstances) -> Words | None:
    """Lose or scramble a share of the words, half of it each, as a recogniser does in noise."""
    heard = []
    for word, confidence in words.said:
        if at.chance.random() >= at.value:
            heard.append((word, confidence))
        elif at.chance.random() < 0.5:
            heard.append(("".join(at.chance.permutation(list(word))), confidence))
    if not heard:
        return words if words.unclear else None
    confidences = tuple(confidence for _, confidence in heard) if words.confidences else ()
    return replace(words, text=" ".join(word for word, _ in heard), confidences=confidences)


KINDS: Mapping[str, Kind] = {
    "unplug": Kind(
        roles=dict.fromkeys(ROLES), looks=Reason.LOST, turns={1: "camera:unplug", 5: "mic:unplug"}
    ),
    "freeze": Kind(roles={"camera": None}, frame=_frozen, looks=Reason.FROZEN, turns={3: "camera:freeze"}),
    "black": Kind(roles={"camera": None}, frame=_black, looks=Reason.BLACK),
    "mute": Kind(
        roles={"mic": None}, samples=_muted, voice=_muted_voice, looks=Reason.SILENT, turns={2: "mic:mute"}
    ),
    "noise": Kind(
        roles={"mic": 5.0}, value=_LEVEL, samples=_noisy, needs_sound=True, turns={6: "mic:noise=5dB"}
    ),
    "garble": Kind(roles={"text": 0.5}, value=_SHARE, words=_garbled, turns={4: "text:garble=0.5"}),
    "drop": Kind(roles=dict.fromkeys(ROLES, 0.5), value=_SHARE, loses=True, turns={7: "*:drop=0.3"}),
    "lag": Kind(roles={"camera": 1.0, "mic": 1.0, "text": 5.0}, value=_LATENESS, delays=True),
    "skew": Kind(roles={"mic": 500.0}, value=_CLOCK_ERROR, skews=True, needs_sound=True),
}
"""By name, in the order in which they are listed and done; what silences is done last (see `in_effect`)."""
