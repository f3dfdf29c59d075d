"""How far two answers for one utterance agree: what is heard twice in a row may be relied on.

LocalAgreement with two answers: Liu, Spanakis and Niehues, "Low-Latency Sequence-to-Sequence Speech
Recognition and Translation by Partial Hypothesis Selection", Interspeech 2020; with Whisper: Macháček, Dabre
and Bojar, "Turning Whisper into Real-Time Transcription System", IJCNLP-AACL 2023. There, words that agree
are kept for ever. Here the next answer may take them back, as every answer is one for all of the utterance.
"""

from itertools import takewhile


def agreement(before: str, now: str) -> int:
    """How many of the first words are the same in both texts but for case and signs."""
    pairs = zip(_folded(before), _folded(now), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _folded(text: str) -> list[str]:
    """The words of a text; one of signs alone stays as it is."""
    return ["".join(filter(str.isalnum, word)).casefold() or word for word in text.split()]
