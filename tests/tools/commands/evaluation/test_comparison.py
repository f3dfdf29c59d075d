"""`fsrf evaluate` and `fsrf train` on benchmarks: the papers' table from a user's file, by one command."""

import json
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.fsrf.research.experiments import tasks
from fsrf_live.fsrf.research.experiments.contenders import ABLATIONS
from fsrf_live.tools.commands.evaluation.comparison import models_of
from tests.doubles.cli import Fsrf
from tests.doubles.tasks import write_mmsa


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of a second."""
    monkeypatch.setattr(tasks, "BUDGET", replace(tasks.BUDGET, epochs=1, learning_rate=1e-2))
    monkeypatch.setattr(tasks, "LEAST_STEPS", 2)


@pytest.mark.parametrize(
    ("name", "high", "columns"),
    [
        ("mosei", 3.0, ("F1 (neg./non-neg.)", "Acc-2", "Acc-7", "MAE", "r")),
        ("sims", 1.0, ("Acc-2", "Acc-3", "Acc-5", "MAE", "r")),
    ],
)
def test_a_file_gives_the_papers_table_with_one_command(
    fsrf: Fsrf, tmp_path: Path, name: str, high: float, columns: tuple[str, ...]
) -> None:
    path, figures = write_mmsa(tmp_path / "unaligned.pkl", high), tmp_path / "figures.json"
    models = ("FSRF", "modality dropout", "constant")
    options = ("--work", str(tmp_path), "--seeds", "1", "--models", ",".join(models))
    report = ("--json", str(figures), "--report", str(tmp_path / "page"))
    ran = fsrf("evaluate", name, str(path), *options, *report)
    assert ran.code == 0, ran.err
    for model in models:
        assert f"| {model} " in ran.out
    for column in (*columns, "Avg6", "text+audio+video"):
        assert column in ran.out
    assert len(json.loads(figures.read_text())["FSRF"]) == 1
    assert (tmp_path / "page" / f"{name}.md").read_text().startswith(f"# Comparison: {name}")
    assert (tmp_path / "page" / f"{name}-rates.svg").is_file()


def test_a_checkpoint_is_trained_on_a_file_and_measured(fsrf: Fsrf, tmp_path: Path) -> None:
    path, out = write_mmsa(tmp_path / "unaligned.pkl", 3.0), tmp_path / "mine.safetensors"
    trained = fsrf("train", "mosi", str(path), "--out", str(out))
    assert trained.code == 0, trained.err
    assert "epoch 1 of 1" in trained.err
    measured = fsrf("evaluate", "mosi", str(path), "--checkpoint", str(out), "--work", str(tmp_path))
    assert measured.code == 0, measured.err
    assert "| mine " in measured.out
    wrong = fsrf("evaluate", "sims", str(write_mmsa(tmp_path / "s.pkl", 1.0)), "--checkpoint", str(out))
    assert wrong.code == 5
    assert "was not trained on sims" in wrong.line


def test_a_checkpoint_that_is_not_there_is_told_before_the_data_are_read(fsrf: Fsrf, tmp_path: Path) -> None:
    ran = fsrf(
        "evaluate",
        "composed",
        "--data",
        str(tmp_path / "gone"),
        "--checkpoint",
        str(tmp_path / "no.safetensors"),
    )
    assert ran.code == 5
    assert "no.safetensors" in ran.line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("evaluate", "mosei"), "mosei needs its feature file"),
        (("evaluate", "mosi"), "mosi needs --data"),
        (("evaluate", "mosi", "--samples", "9"), "--samples is for live"),
        (("evaluate", "composed", "some.pkl"), "composed takes no FILE"),
        (("evaluate", "live", "some.pkl"), "live takes no FILE"),
        (("evaluate", "live", "--ablation"), "live takes no --ablation"),
        (("evaluate", "live", "--models", "FSRF"), "live takes no --models"),
        (("evaluate", "live", "--seeds", "5"), "live takes no --seeds"),
        (("evaluate", "mosi", "gone.pkl", "--checkpoint", "x", "--seeds", "2"), "without --seeds"),
        (("evaluate", "mosi", "gone.pkl", "--checkpoint", "x", "--models", "FSRF"), "without --models"),
        (("evaluate", "mosi", "gone.pkl", "--checkpoint", "x", "--ablation"), "without --ablation"),
        (
            ("evaluate", "mosi", "gone.pkl", "--json", "/nowhere/x.json"),
            "--json /nowhere/x.json: No such file",
        ),
        (("evaluate", "mosi", "gone.pkl", "--report", "/dev/null"), "--report /dev/null: File exists"),
        (("evaluate", "live", "--data", "gone", "--json", "/"), "--json /: Is a directory"),
        (("train", "mosi", "gone.pkl", "--out", "/dev"), "--out /dev is a folder"),
        (("train", "live", "--data", "gone", "--out", "/proc/self/x"), "--out /proc/self: "),
        (("evaluate", "live"), "live needs --data"),
        (("evaluate", "people", "--data", "gone", "--threads", "2"), "leave out --threads and --work"),
        (("evaluate", "people", "--data", "gone", "--work", "x"), "leave out --threads and --work"),
        (("evaluate", "mosi", "gone.pkl", "--data", "gone"), "from FILE or from --data"),
        (("train", "sims", "gone.pkl", "--data", "gone", "--out", "x"), "from FILE or from --data"),
        (("train", "tongues", "--data", "gone", "--out", "x", "--threads", "2"), "leave out --threads"),
        (("evaluate", "mosi", "gone.pkl", "--seeds", "0"), "whole number above zero"),
        (("evaluate", "mosi", "gone.pkl", "--models", "FSRF,GPT"), "'GPT' is unknown"),
        (("train", "sims", "--out", "x"), "sims needs its feature file"),
        (("train", "live", "--out", "x"), "live takes --data"),
    ],
)
def test_what_makes_no_sense_is_one_line(fsrf: Fsrf, words: tuple[str, ...], says: str) -> None:
    ran = fsrf(*words)
    assert ran.code == 2
    assert says in ran.line


def test_a_report_without_matplotlib_is_refused_before_the_work(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = fsrf("evaluate", "mosi", "gone.pkl", "--report", str(tmp_path))
    assert ran.code == 4
    assert "pictures need matplotlib" in ran.line


@pytest.mark.parametrize("models", [None, "FSRF,constant", "constant"])
def test_ablations_are_beside_the_model_that_they_are_of(models: str | None) -> None:
    names = models_of(Namespace(models=models, ablation=True))
    assert names.count("FSRF") == 1
    assert names[-len(ABLATIONS) :] == list(ABLATIONS)
    assert set(names) - set(ABLATIONS) <= {"FSRF", "constant"} or models is None


def test_a_file_that_leaks_is_one_line(fsrf: Fsrf, tmp_path: Path) -> None:
    import pickle

    path = write_mmsa(tmp_path / "leak.pkl", 3.0)
    content = pickle.loads(path.read_bytes())
    content["test"]["id"][0] = content["train"]["id"][0]
    path.write_bytes(pickle.dumps(content))
    ran = fsrf("evaluate", "mosei", str(path))
    assert ran.code == 4
    assert "would leak" in ran.line
