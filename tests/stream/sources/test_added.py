"""What sources of strangers bring."""

from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.features.sound.tone import HOP, TONE, TONE_WIDTHS
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Frame, Item, Samples, VoiceFeatures
from fsrf_live.stream.sources.added import Sane
from fsrf_live.stream.sources.sound import sanitised
from tests.doubles.sources import ScriptedSource

VOICE = (0.1 * np.sin(np.arange(10 * HOP) / 10)).astype(np.float32)


class Talk:
    """All that it hears is speech, so that what is usual for a voice is learned of it."""

    def reset(self) -> None:
        """Nothing is remembered."""

    def probability(self, chunk: Floats) -> float:
        return 1.0


class NoTone:
    """Hears no tone."""

    def reset(self) -> None:
        """Nothing is remembered."""

    def push(self, samples: Floats) -> tuple[Floats, Floats]:
        hops = len(samples) // HOP
        return np.zeros((hops, TONE_WIDTHS[TONE]), np.float32), np.zeros(hops, np.float32)


def through(items: list[Item]) -> list[Item]:
    """What comes of a source of these items, which somebody else wrote."""
    clock = FakeClock()
    source = Sane(ScriptedSource(items, "audio", clock))
    clock.advance(3600.0)
    read = [source.read() for _ in items]
    return [item for item in read if item is not None]


def sound(blocks: list[Floats]) -> list[Item]:
    firsts = accumulate(map(len, blocks), initial=0)
    return [
        Samples(first * NS // SAMPLE_RATE_HZ, block) for first, block in zip(firsts, blocks, strict=False)
    ]


def heard(items: list[Item]) -> list[VoiceFeatures]:
    extractor = ProsodyVoiceExtractor(Talk, make_tone=NoTone)
    return [hop for item in items if isinstance(item, Samples) for hop in extractor.push(item)]


ANY = st.one_of(st.floats(-1, 1, width=32), st.floats(width=32), st.sampled_from([np.nan, np.inf, 1e30]))

BLOCKS = st.integers(0, 3 * HOP).flatmap(lambda length: arrays(np.float32, length, elements=ANY))


@settings(max_examples=50)
@given(st.lists(BLOCKS, max_size=4))
def test_no_sample_of_any_source_spoils_what_is_heard(blocks: list[Floats]) -> None:
    wild = sound([*blocks, VOICE])
    hops = heard(through(wild))
    tame = heard(sound([sanitised(block) for block in [*blocks, VOICE]]))
    assert all(np.isfinite(hop.vector).all() for hop in hops)
    assert [hop.time_ns for hop in hops] == [hop.time_ns for hop in tame]
    assert all(np.array_equal(one.vector, other.vector) for one, other in zip(hops, tame, strict=True))
    assert len(hops) >= 10, "the voice at the end is heard"


def test_what_is_sound_already_and_what_is_none_is_handed_on_as_it_is() -> None:
    items: list[Item] = [Samples(0, VOICE), Frame(NS, np.zeros((4, 4, 3), np.uint8))]
    assert all(one is other for one, other in zip(through(items), items, strict=True))
