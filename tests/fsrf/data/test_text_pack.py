from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.data.text_corpora import TextRow, TextSplit, class_of
from fsrf_live.fsrf.data.text_pack import PACKED, TextPack, choose_rows, pack_text, write_pack


def row(text: str, corpus: str = "sst5", split: TextSplit = "train", score: float = 1.6) -> TextRow:
    return TextRow(text, score, class_of(score), 1.0, corpus, split)


def encode(texts: list[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """One vector a word: its length, and whether it is in lower case."""
    vectors, mask = np.zeros((len(texts), 8, 2), np.float32), np.zeros((len(texts), 8), np.bool_)
    for index, text in enumerate(texts):
        for at, word in enumerate(text.split()[:8]):
            vectors[index, at], mask[index, at] = (len(word), word.islower()), True
    return vectors, mask


def packed() -> TextPack:
    rows = [row("A Fine Film"), row("Go Away", "meld", "validation", -1.7), row("Hm", split="dev", score=0.0)]
    return pack_text(rows, encode, 0)


def test_a_sentence_owns_its_stretch_of_vectors() -> None:
    pack = packed()
    assert pack.offsets[:4].tolist() == [0, 3, 5, 6]
    assert pack.vectors.dtype == np.float16
    assert pack.vectors[3:5].tolist() == [[2, 0], [4, 0]]
    assert len(pack.offsets) == len(pack.score) + 1
    assert pack.offsets[-1] == len(pack.vectors)


def test_threads_make_the_same_pack() -> None:
    rows = [row(f"{word} film") for word in "abcdefgh" * 400]
    with ThreadPoolExecutor(3) as pool:
        together = pack_text(rows, encode, 0, pool.map)
    alone = pack_text(rows, encode, 0)
    assert np.array_equal(together.vectors, alone.vectors)
    assert np.array_equal(together.offsets, alone.offsets)


def test_each_rendering_knows_its_sentence_and_label() -> None:
    pack = packed()
    assert pack.row.tolist() == [0, 1, 2, 0, 2]
    assert pack.recognised.tolist() == [False, False, False, True, True]
    assert pack.corpus.tolist() == ["sst5", "meld", "sst5", "sst5", "sst5"]
    assert pack.split.tolist() == ["train", "validation", "test", "train", "test"]
    assert pack.label.tolist() == [2, 0, 1, 2, 1]
    lower_case = [bool(pack.vectors[start, 1]) for start in pack.offsets[:-1]]
    assert lower_case == pack.recognised.tolist()


def test_a_pack_comes_back_as_it_was_written(tmp_path: Path) -> None:
    pack = packed()
    write_pack(tmp_path / "text.npz", pack)
    with np.load(tmp_path / "text.npz", allow_pickle=False) as again:
        assert set(again) == {field.name for field in fields(TextPack)}
        assert all(np.array_equal(again[name], getattr(pack, name)) for name in again)
    assert [p.name for p in tmp_path.iterdir()] == ["text.npz"]


def test_a_pack_takes_all_of_the_small_corpora_and_a_sample_of_the_large_ones() -> None:
    rows = [row(f"s {n}") for n in range(10)] + [
        row(f"g {n}", "goemotions") for n in range(PACKED["goemotions"] + 9)
    ]
    rows += [row("held", split="dev"), row("other", "meld", "dev")]
    chosen = choose_rows(rows, 0)
    assert sum(r.corpus == "goemotions" for r in chosen) == PACKED["goemotions"]
    assert sum(r.corpus == "sst5" for r in chosen) == 11
    assert not any(r.text == "other" for r in chosen)
    assert chosen == choose_rows(rows, 0)
