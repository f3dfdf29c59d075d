"""Whisper by faster-whisper's engine, one utterance at a time, with guards against what it makes up.

Whisper was trained on 30 s of sound, and to pad an utterance to that costs five times what hearing it does.
Its encoder also works on 10 s; on less it falls into loops. An answer that cannot be trusted is therefore
asked for once more with all 30 s, and dropped if that is no better. It does not hold Python's lock while it
works, so a thread of its own is enough.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Words
from fsrf_live.stream.flow.text import printable
from fsrf_live.stream.speech.models import SpeechModel

SHORTEST_S = 0.2
LONGEST_PART_S = 28.0
"""What fits into the full context with silence behind it; longer sound is heard in parts."""
SILENCE_S = 1.0
"""Put behind the sound, for the last word to end in."""
SHORT_CONTEXT, FULL_CONTEXT = 1000, 3000
"""Frames of 10 ms that the encoder sees at least: the first time, and the second."""
FRAMES_PER_S, TOKENS_PER_S = 100, 50
LEAST_LOG_PROBABILITY = -1.0
"""Of a token, on average. What is made up of noise lies below; of clear speech nothing does."""
TOKENS_AT_LEAST, TOKENS_IN_A_SECOND = 10, 6.5
"""More than anybody says: an answer that is longer was cut off in a loop."""
BEAMS = 2
"""Answers that are followed at once. With a second one base gets 15.8 % of German words wrong, not 18.7, and
28.6 % of Polish ones, not 31.8, at the same cost; a context of 15 s or 30 s adds less and costs more. Of two
the engine tells no probabilities of tokens: the pass that aligns them does, for a seventh of the work."""
UNSPACED = frozenset(["zh", "ja", "th", "lo", "my", "yue"])
"""Languages that are written without blanks between the words."""
_STAMMER = re.compile(r"(\S{1,4}?)\1{9,}")
"""A sign or a syllable over and over, as made of laughter."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word as the model gave it: its text, its times in seconds, and the least probability of its tokens.

    Of 1,500 words that the two small models gave of clean and noisy talk (`benchmarks/speech.py`), those with
    a probability above .8 were right in 97 of 100 cases, those below .2 in 9 to 35; the area under the curve
    is .89. The mean of the tokens is no better.
    """

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model gave for some sound.

    `log_probability` is that of a token, on average; `capped`: there was more of it, which was cut off.
    """

    pieces: tuple[Piece, ...]
    log_probability: float
    capped: bool

    @property
    def doubtful(self) -> bool:
        """Whether it is worth asking once more: cut off, improbable, or it repeats itself."""
        return self._unlikely or repeats(self._words, 3, 2) or repeats(self._words, 1, 3)

    @property
    def hopeless(self) -> bool:
        """Whether nothing of it can be believed. People do say a thing two or three times."""
        loops = repeats(self._words, 3, 3) or repeats(self._words, 1, 6)
        return self._unlikely or loops or _STAMMER.search("".join(self._words)) is not None

    @property
    def _unlikely(self) -> bool:
        return self.capped or self.log_probability < LEAST_LOG_PROBABILITY

    @property
    def _words(self) -> list[str]:
        return ["".join(filter(str.isalnum, p.text)).casefold() or p.text.strip() for p in self.pieces]


class Whisper:
    """A `Recogniser` with the weights of one of the models of `stream.speech.models`."""

    def __init__(self, model: SpeechModel, folder: Path, language: str | None) -> None:
        """Load from a folder; raises SourceError. Without a language each utterance's is identified."""
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise SourceError(
                "speech recognition needs faster-whisper: pip install faster-whisper"
            ) from error
        try:
            self._whisper: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        except (OSError, RuntimeError, ValueError) as error:
            raise SourceError(
                f"the speech model {model.name} does not load ({error}): fetch it again"
            ) from error
        self._whisper.feature_extractor.mel_filters = _InPieces(self._whisper.feature_extractor.mel_filters)
        self.name = f"whisper {model.name}"
        self.languages = model.languages if language is None else frozenset([language])
        self._language = language

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        """See `Recogniser`."""
        if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
            return []
        words = []
        longest = round(LONGEST_PART_S * SAMPLE_RATE_HZ)
        for first in range(0, len(samples), longest):
            part_ns = start_ns + first * NS // SAMPLE_RATE_HZ
            words += self._hear(samples[first : first + longest], part_ns, draft)
        return words

    def close(self) -> None:
        """Release the model's memory."""
        self._whisper = None

    def _hear(self, samples: NDArray[np.float32], start_ns: int, draft: bool) -> list[Words]:
        seconds = len(samples) / SAMPLE_RATE_HZ
        mel = self._spectrum(samples)
        seen = self._encoded(mel, SHORT_CONTEXT)
        language = self._language or str(self._whisper.model.detect_language(seen)[0][0][0]).strip("<|>")
        answer = self._answer(seen, language, seconds)
        if answer.doubtful and draft:
            return []
        if answer.doubtful:
            answer = self._answer(self._encoded(mel, FULL_CONTEXT), language, seconds)
        if answer.hopeless:
            return []
        return list(_words(answer.pieces, start_ns, seconds, language))

    def _spectrum(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel frames ``[80, T] float32`` of the sound and the silence behind it."""
        silence = np.zeros(round(SILENCE_S * SAMPLE_RATE_HZ), np.float32)
        sound = np.concatenate([samples, silence])
        return np.asarray(self._whisper.feature_extractor(sound, padding=0), np.float32)

    def _encoded(self, mel: NDArray[np.float32], frames: int) -> Any:
        frames = max(frames, mel.shape[1] + mel.shape[1] % 2)
        return self._whisper.encode(np.pad(mel, ((0, 0), (0, frames - mel.shape[1]))))

    def _answer(self, seen: Any, language: str, seconds: float) -> Answer:
        from faster_whisper.tokenizer import Tokenizer

        engine = self._whisper.model
        tokenizer = Tokenizer(self._whisper.hf_tokenizer, engine.is_multilingual, "transcribe", language)
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        most = TOKENS_AT_LEAST + round(TOKENS_IN_A_SECOND * seconds)
        (result,) = engine.generate(
            seen, [prompt], beam_size=BEAMS, max_length=len(prompt) + most, return_scores=True
        )
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        log_probability = result.scores[0] * len(tokens) / (len(tokens) + 1)
        pieces = self._pieces(tokenizer, tokens, seen, seconds) if tokens else ()
        return Answer(pieces, log_probability, capped=len(tokens) >= most)

    def _pieces(self, tokenizer: Any, tokens: list[int], seen: Any, seconds: float) -> tuple[Piece, ...]:
        """Tokens as words, with the times and probabilities that the model gives when it has read them."""
        frames = round(seconds * FRAMES_PER_S)
        (aligned,) = self._whisper.model.align(seen, tokenizer.sot_sequence, [tokens], frames)
        begins: dict[int, float] = {}
        for token, frame in aligned.alignments:
            begins.setdefault(token, frame / TOKENS_PER_S)
        words, groups = tokenizer.split_to_word_tokens(tokens)
        probabilities = iter(aligned.text_token_probs)
        least = [min(itertools.islice(probabilities, len(group))) for group in groups]
        firsts = itertools.accumulate(map(len, groups), initial=0)
        bounds = [begins.get(first, seconds) for first in firsts]
        return tuple(Piece(*of) for of in zip(words, bounds, bounds[1:], least, strict=False))


class _InPieces:
    """Mel filters ``[80, F] float32`` that are applied to a few frames at a time.

    The product with all of them wakes the threads of NumPy's OpenBLAS, which then spin for 100 ms: as much
    processor time as it takes to hear 3 s. It has one thread for products of up to 2^18 multiplications.
    """

    def __init__(self, filters: NDArray[np.float32]) -> None:
        self._filters = filters
        self._frames = 2**18 // filters.size

    def __matmul__(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mel spectrum ``[80, T]`` of ``power [F, T]``."""
        starts = range(0, power.shape[1], self._frames)
        return np.concatenate([self._filters @ power[:, at : at + self._frames] for at in starts], axis=1)


def repeats(words: Sequence[str], least: int, times: int) -> bool:
    """Whether `least` or more words in a row come so many times in a row."""
    return any(
        all(
            words[at : at + length] == words[at + n * length : at + (n + 1) * length] for n in range(1, times)
        )
        for length in range(least, len(words) // times + 1)
        for at in range(len(words) - times * length + 1)
    )


def _words(pieces: Sequence[Piece], start_ns: int, seconds: float, language: str) -> Iterator[Words]:
    """Words within the sound, with their signs; without blanks between them, all as one."""
    for piece in _joined(pieces, whole=language in UNSPACED):
        text = printable(piece.text)
        begun_s, over_s = min(max(piece.start_s, 0.0), seconds), min(piece.end_s, seconds)
        end_ns = start_ns + round(max(begun_s, over_s) * NS)
        if text:
            yield Words(start_ns + round(begun_s * NS), end_ns, text, min(piece.probability, 1.0), language)


def _joined(pieces: Sequence[Piece], *, whole: bool) -> list[Piece]:
    """Put signs to the word before them, or everything together."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and (whole or not any(map(str.isalnum, piece.text))):
            joined[-1] = replace(joined[-1], text=joined[-1].text + piece.text, end_s=piece.end_s)
        else:
            joined.append(piece)
    if whole and joined:
        joined[0] = replace(joined[0], probability=sum(p.probability for p in pieces) / len(pieces))
    return joined
