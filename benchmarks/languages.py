"""Which language a text is told to be in: English, and clear sentences of six other languages.

python -m benchmarks.languages --data DIR

Each text is told by itself, as a session of its own, then after the texts before it in its corpus, then
by itself as a recogniser writes it, in lower case without signs. English should be told to be English,
everything else anything but. A sentence is clear if it has 20 letters, or 6 Chinese ones. Rows are those of
split dev, if a corpus has one.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.stream.sources.languages import Teller, fits

CLEAR_LETTERS, CLEAR_SIGNS = 20, 6
UMSAB = {"de": "german", "es": "spanish", "fr": "french", "it": "italian"}

Texts = Sequence[str]


def rows(data: Path, name: str) -> Iterator[dict[str, str]]:
    """Rows of a corpus's split dev; none if it is not there."""
    path = data / "text" / f"{name}.csv.gz"
    if path.is_file():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from (row for row in csv.DictReader(file) if row.get("split", "dev") != "train")


def english(data: Path) -> Iterator[tuple[str, Texts]]:
    """English sets: name and texts, in the order of their talks."""
    yield "dailydialog", [row["text"] for row in rows(data, "dailydialog") if row["lang"] == "en"]
    yield "meld", [row["text"] for row in rows(data, "meld_dev")]
    yield "goemotions", [row["text"] for row in rows(data, "goemotions_dev")]
    yield "tweeteval", [row["text"] for row in rows(data, "tweeteval_val")]
    yield "amazon", [row["text"] for row in rows(data, "counterfactual") if row["lang"] == "en"]
    mosi = data / "mosi" / "mosi_utterance.npz"
    if mosi.is_file():
        with np.load(mosi, allow_pickle=False) as stored:
            yield "mosi", [str(text) for text in stored["transcript"]]


def others(data: Path) -> Iterator[tuple[str, Texts]]:
    """Sets of six other languages: language and corpus, and texts."""
    for language in ("de", "it", "zh"):
        said = [row["text"] for row in rows(data, "dailydialog") if row["lang"] == language]
        yield f"{language} dailydialog", said
    for language, name in UMSAB.items():
        yield f"{language} umsab", [row["text"] for row in rows(data, "umsab") if row["lang"] == name]
    yield "de amazon", [row["text"] for row in rows(data, "counterfactual") if row["lang"] == "de"]
    yield "zh cped", [row["text"] for row in rows(data, "cped")]
    voices = data / "audio" / "manifest.csv.gz"
    if voices.is_file():
        with gzip.open(voices, "rt", encoding="utf-8") as file:
            spoken = {row["transcript"] for row in csv.DictReader(file) if row["language"] == "pl"}
            yield "pl nemo", sorted(spoken - {""})


def is_clear(text: str) -> bool:
    """Whether there is enough of a text to tell by itself."""
    signs = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return signs >= CLEAR_SIGNS or sum(map(str.isalpha, text)) >= CLEAR_LETTERS


def as_heard(text: str) -> str:
    """Lower case, without signs."""
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in clean_text(text).lower()).split())


def alone(texts: Texts) -> list[bool]:
    """Whether each text by itself is told to be English."""
    return [Teller(fits).tell(text) == "en" for text in texts]


def in_turn(texts: Texts) -> list[bool]:
    """The same, one after the other."""
    tell = Teller(fits).tell
    return [tell(text) == "en" for text in texts]


def heard(texts: Texts) -> list[bool]:
    """The same, each by itself, as a recogniser writes."""
    return alone([as_heard(text) for text in texts])


WAYS: tuple[Callable[[Texts], list[bool]], ...] = (alone, in_turn, heard)


def line(name: str, texts: Texts, *, wanted: bool) -> None:
    """Print the shares in which a set is told as wanted: English, or anything else."""
    if texts:
        shares = [np.mean(np.equal(way(texts), wanted)) for way in WAYS]
        print(f"{name:16}{len(texts):7}" + "".join(f"{100 * share:9.1f}" for share in shares))


def speed(texts: Texts) -> None:
    """Print how long the first text takes, and each of the others."""
    begun = time.perf_counter()
    fits("first")
    loaded = time.perf_counter() - begun
    times = []
    for text in texts:
        begun = time.perf_counter()
        fits(text)
        times.append(time.perf_counter() - begun)
    middle, late = np.percentile(times, [50, 95]) * 1e3
    print(f"loaded in {loaded:.2f} s; a text takes {middle:.2f} ms, p95 {late:.2f} ms\n")


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    data = parser.parse_args().data
    speed([text for _, texts in english(data) for text in texts][:2000])
    print(f"{'':16}{'texts':>7}" + "".join(f"{way.__name__:>9}" for way in WAYS))
    for name, texts in english(data):
        line(name, texts, wanted=True)
    print("clear sentences, told not to be English")
    for name, texts in others(data):
        line(name, [text for text in texts if is_clear(text)], wanted=False)


if __name__ == "__main__":
    main()
