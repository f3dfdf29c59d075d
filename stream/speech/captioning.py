"""Words with their times as captions."""

from collections.abc import Iterator, Sequence

from fsrf_live.stream.flow.items import Words

MOST_LETTERS = 84
"""Two lines of 42, as subtitles have them."""
LONGEST_NS = 7_000_000_000
SHORTEST_NS = 500_000_000
_ENDS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f")


def cues_of(words: Sequence[Words]) -> Iterator[Words]:
    """The words of an utterance as captions: sentences, cut if they are long; each is to be seen a while."""
    cue: list[Words] = []
    for word in words:
        letters = sum(len(each.text) + 1 for each in cue) + len(word.text)
        if cue and (letters > MOST_LETTERS or word.end_ns - cue[0].start_ns > LONGEST_NS):
            yield _cue(cue)
            cue = []
        cue.append(word)
        if word.text.endswith(_ENDS):
            yield _cue(cue)
            cue = []
    if cue:
        yield _cue(cue)


def _cue(words: Sequence[Words]) -> Words:
    start_ns = words[0].start_ns
    end_ns = max(words[-1].end_ns, start_ns + SHORTEST_NS)
    return Words(start_ns, end_ns, " ".join(word.text for word in words), language=words[0].language)
