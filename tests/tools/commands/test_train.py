"""`fsrf train` and `fsrf evaluate`: steps that are not done twice, on small packs that the tests make."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file
from torch import nn

from fsrf_live.fsrf.common.checkpoint import Arrays
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.text_corpora import text_row
from fsrf_live.fsrf.network.lora import merge
from fsrf_live.fsrf.training.live import LivePlan
from fsrf_live.tools.commands.train import make_adapter, make_packs
from fsrf_live.tools.corpora.conditions import CONDITIONS
from fsrf_live.tools.corpora.packs import PackMaker, People, arrays_digest
from fsrf_live.tools.shell.parallel import in_parallel
from tests.doubles.cli import Fsrf
from tests.doubles.packs import SMALL, write_conditions, write_packs

ADAPTER = {"alpha": np.array(1.0, np.float32)}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working folder in which every pack and the adapter are made at once, and are small."""
    work = tmp_path / "work"

    def text(self: PackMaker, adapter: Arrays, workers: int) -> Path:
        assert arrays_digest(adapter) == arrays_digest(ADAPTER)
        place = work / "packs"
        if not place.exists():
            place.mkdir()
            write_packs(place)
        return place

    def conditions(self: PackMaker, workers: int) -> Path:
        return write_conditions(work / "packs", work / "conditions.npz", len(CONDITIONS))

    def plan(packs: Path, seed: int) -> LivePlan:
        recipe = Recipe(seed=seed, epochs=1, steps=1, composed=8, solo=2)
        return LivePlan(packs, recipe, SMALL, samples=48)

    monkeypatch.setattr(PackMaker, "text", text)
    monkeypatch.setattr(PackMaker, "conditions", conditions)
    monkeypatch.setattr(PackMaker, "read", lambda self: People(None, None))
    monkeypatch.setattr(PackMaker, "link", lambda self, folder, packs: None)
    monkeypatch.setattr("fsrf_live.fsrf.data.text.load_text", lambda folder: [])
    monkeypatch.setattr(
        "fsrf_live.tools.commands.train.make_adapter", lambda path, *_: save_file(ADAPTER, path)
    )
    monkeypatch.setattr("fsrf_live.tools.commands.train.make_plan", plan)
    monkeypatch.setattr("fsrf_live.tools.commands.train.SIBLINGS", 2)
    monkeypatch.setattr(
        "fsrf_live.tools.shell.parallel.in_parallel", lambda work, tasks, workers, what: map(work, tasks)
    )
    return work


def test_a_checkpoint_is_trained_and_measured(fsrf: Fsrf, small: Path, tmp_path: Path) -> None:
    out, figures = tmp_path / "mine.safetensors", tmp_path / "figures.json"
    options = ("--data", str(tmp_path), "--work", str(small), "--threads", "1")
    ran = fsrf("train", "live", *options, "--out", str(out), "--seed", "7")
    assert ran.code == 0
    assert re.search(r"adapter-7-[0-9a-f]{12}\.safetensors: made in", ran.err)
    assert "siblings: mean absolute error " in ran.err
    assert "network: epoch 1 of 1" in ran.err
    assert out.is_file()
    again = fsrf("train", "live", *options, "--out", str(tmp_path / "again.safetensors"), "--seed", "7")
    assert re.search(r"adapter-7-[0-9a-f]{12}\.safetensors: found in", again.err)
    assert (tmp_path / "again.safetensors").read_bytes() == out.read_bytes()
    measure = ("evaluate", "live", *options, "--checkpoint", str(out), "--json", str(figures))
    table = fsrf(*measure, "--samples", "60", "--report", str(tmp_path / "page"))
    assert table.code == 0, table.err
    assert "text+audio+video" in table.out
    assert "60 composed held-out samples" in table.out
    assert "noise at 5 dB" in table.out
    written = json.loads(figures.read_text())
    assert set(written) >= {"alone", "subsets", "average6", "intervals", "recovery", "reliability"}
    page = (tmp_path / "page" / "evaluation.md").read_text()
    assert table.out.strip() in page
    assert "checkpoint mine.safetensors, SHA-256 " in page
    assert json.loads((tmp_path / "page" / "evaluation.json").read_text()) == written
    assert (tmp_path / "page" / "evaluation-reliability.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("command", [("train", "live", "--out", "x.safetensors"), ("evaluate", "live")])
def test_a_folder_without_the_corpora_is_one_line(
    fsrf: Fsrf, tmp_path: Path, untrained: Path, command: tuple[str, ...]
) -> None:
    checkpoint = ("--checkpoint", str(untrained)) if command[0] == "evaluate" else ()
    ran = fsrf(*command, "--data", str(tmp_path / "gone"), "--work", str(tmp_path), *checkpoint)
    assert ran.code == 4
    assert str(tmp_path / "gone") in ran.line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("train",), "WHAT"),
        (("train", "live", "--data", "x", "--out", "y", "--seed", "-1"), "--seed must not be negative"),
        (("train", "live", "--data", "x", "--out", "y", "--threads", "0"), "whole number above zero"),
        (("evaluate", "everything", "--data", "x"), "invalid choice"),
        (("evaluate", "live"), "--data"),
    ],
)
def test_what_makes_no_sense_is_refused(fsrf: Fsrf, words: tuple[str, ...], says: str) -> None:
    ran = fsrf(*words)
    assert ran.code == 2
    assert says in ran.line


class Corpora:
    """Readers and makers of packs that take no time; `made` are the packs' names in the order of making."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.workers: list[int] = []
        monkeypatch.setattr(PackMaker, "_make_text", lambda maker, path, adapter, workers: self.make(path))
        monkeypatch.setattr("fsrf_live.tools.corpora.faces.read_faces", lambda data: ())
        monkeypatch.setattr("fsrf_live.tools.corpora.voices.read_voices", lambda data: ())
        monkeypatch.setattr("fsrf_live.tools.corpora.synthetic_voices.read_synthetic", lambda data: ())
        monkeypatch.setattr("fsrf_live.tools.corpora.voices.read_surroundings", lambda *_: None)
        monkeypatch.setattr(
            "fsrf_live.tools.corpora.faces.face_pack", lambda faces, workers: self.workers.append(workers)
        )
        monkeypatch.setattr("fsrf_live.tools.corpora.voices.voice_pack", lambda *_: None)
        monkeypatch.setattr("fsrf_live.fsrf.data.packs.save_pack", self.make)

    def make(self, path: Path, *_: object) -> None:
        """Write the name of a file into it."""
        self.made.append(path.name.split("-")[0])
        path.write_text(path.name)


@pytest.fixture
def corpora(monkeypatch: pytest.MonkeyPatch) -> Corpora:
    return Corpora(monkeypatch)


def test_packs_are_made_once_for_each_adapter_and_those_of_faces_and_voices_are_shared(
    tmp_path: Path, corpora: Corpora, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsrf_live.fsrf.data.text.load_text", lambda folder: [])
    maker = PackMaker(tmp_path, tmp_path / "work", lambda line: None)
    one, two = maker.folder(ADAPTER, 1), maker.folder({"alpha": np.array(2.0, np.float32)}, 1)
    assert maker.folder(ADAPTER, 1) == one != two
    assert sorted(corpora.made) == ["faces", "text.npz", "text.npz", "voices"]
    assert (one / "faces.npz").read_text() == (two / "faces.npz").read_text()


@pytest.fixture
def two_threads() -> Iterator[None]:
    """Torch computes on two threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_faces_and_voices_come_before_the_adapter_and_sentences_after_it(
    tmp_path: Path, corpora: Corpora, monkeypatch: pytest.MonkeyPatch
) -> None:
    def adapter(path: Path, *_: object) -> None:
        assert torch.get_num_threads() == 1
        corpora.made.append("adapter")
        save_file(ADAPTER, path)

    monkeypatch.setattr("fsrf_live.fsrf.data.text.load_text", lambda folder: [])
    monkeypatch.setattr("fsrf_live.tools.commands.train.make_adapter", adapter)
    made, folder = make_packs(tmp_path, tmp_path / "work", 3, 2, lambda line: None)
    assert re.fullmatch(r"adapter-3-[0-9a-f]{12}\.safetensors", made.name)
    assert corpora.made == ["faces", "voices", "adapter", "text.npz"]
    assert corpora.workers == [2]
    assert sorted(path.name for path in folder.iterdir()) == ["faces.npz", "text.npz", "voices.npz"]


def test_what_was_made_of_other_sentences_is_not_taken_again(
    tmp_path: Path, corpora: Corpora, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "fsrf_live.tools.commands.train.make_adapter", lambda path, *_: save_file(ADAPTER, path)
    )
    sentences = [text_row("standing", "It will do.", 0.0, 1.0)]
    changed = [
        sentences,
        [replace(sentences[0], text="It will do!")],
        [replace(sentences[0], score=0.1)],
        [replace(sentences[0], split="validation")],
        [replace(sentences[0], twin="That will do.")],
        [],
    ]
    made = set()
    for rows in [*changed, *changed]:
        monkeypatch.setattr("fsrf_live.fsrf.data.text.load_text", lambda folder, rows=rows: rows)
        made.add(make_packs(tmp_path, tmp_path / "work", 0, 1, lambda line: None))
    assert len(made) == len({adapter for adapter, _ in made}) == len({folder for _, folder in made}) == 6
    assert corpora.made.count("text.npz") == 6


def test_corpora_that_are_missing_are_told_before_the_adapter_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "fsrf_live.tools.commands.train.make_adapter", lambda *_: pytest.fail("the adapter was trained")
    )
    with pytest.raises(DataError, match=r"fer2013.* does not exist"):
        make_packs(tmp_path, tmp_path / "work", 0, 2, lambda line: None)


def test_texts_that_cannot_be_read_are_told_before_faces_and_voices_are(
    tmp_path: Path, corpora: Corpora
) -> None:
    with pytest.raises(DataError, match="the text corpora belong in that folder"):
        make_packs(tmp_path, tmp_path / "work", 0, 2, lambda line: None)
    assert not corpora.made


def test_a_working_folder_is_of_one_set_of_corpora(tmp_path: Path, corpora: Corpora) -> None:
    (tmp_path / "data" / "text").mkdir(parents=True)
    words = tmp_path / "data" / "text" / "words.csv"
    words.write_text("some")
    for _ in range(2):
        PackMaker(tmp_path / "data", tmp_path / "work", lambda line: None)
    words.write_text("more words")
    with pytest.raises(DataError, match=r"were made from other corpora .* give another --work"):
        PackMaker(tmp_path / "data", tmp_path / "work", lambda line: None)


def write_late(task: tuple[float, Path]) -> None:
    """Write a file after some seconds."""
    time.sleep(task[0])
    task[1].touch()


def test_processes_end_with_who_waits_for_them(tmp_path: Path) -> None:
    soon, late = tmp_path / "soon", tmp_path / "late"
    writing = in_parallel(write_late, [(0, soon), (60, late)], 2, "files")
    next(writing)
    writing.close()
    assert active_children() == []
    assert soon.exists()
    assert not late.exists()


def test_a_digest_stands_for_names_and_contents() -> None:
    same = {"b": np.ones(2), "a": np.zeros(2)}
    assert arrays_digest(same) == arrays_digest({"a": np.zeros(2), "b": np.ones(2)})
    assert arrays_digest(same) != arrays_digest({"a": np.ones(2), "b": np.zeros(2)})


def test_the_adapter_is_the_mean_of_runs_that_are_not_made_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def run(task: tuple[Path, Path, int]) -> list[str]:
        path, _, seed = task
        made.append(seed)
        save_file({"encoder.0.weight": np.full((2, 3), float(seed), np.float16)}, path)
        return [f"seed {seed}"]

    monkeypatch.setattr("fsrf_live.tools.commands.train.make_run", run)
    monkeypatch.setattr(
        "fsrf_live.tools.shell.parallel.in_parallel", lambda work, tasks, workers, what: map(work, tasks)
    )
    kept = tmp_path / "adapter-3-run-0.safetensors"
    save_file({"encoder.0.weight": np.full((2, 3), 1.0, np.float16)}, kept)
    said: list[str] = []
    make_adapter(tmp_path / "adapter-3.safetensors", tmp_path, 3, 2, said.append)
    assert (made, said) == ([7], ["seed 7"])
    model = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(3, 2))})
    weight = model.get_parameter("encoder.0.weight")
    before = weight.detach().clone()
    merge(model, load_file(tmp_path / "adapter-3.safetensors"))
    torch.testing.assert_close(weight, before + 4.0, atol=0.05, rtol=0)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter-3.safetensors"]
