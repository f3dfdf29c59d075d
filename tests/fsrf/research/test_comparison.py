"""Comparisons: stored masks, kept outcomes, paired intervals, ablations, the page."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch

from fsrf_live.fsrf.common.errors import CheckpointError, DataError
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.research.experiments.ablation import COMPLETE_LABELS, MMD, variants, without_recovery
from fsrf_live.fsrf.research.experiments.comparison import compare, measure_checkpoint
from fsrf_live.fsrf.research.experiments.contenders import ABLATIONS
from fsrf_live.fsrf.research.experiments.masks import conditions, stored_masks
from fsrf_live.fsrf.research.experiments.samples import Drawn, of_utterances
from fsrf_live.fsrf.research.experiments.summary import Comparison, Difference, Spread
from fsrf_live.fsrf.research.experiments.task import Task
from fsrf_live.fsrf.research.experiments.tasks import utterance_task
from fsrf_live.fsrf.research.experiments.training import train_task
from fsrf_live.fsrf.research.pages.page import render_page, spread_text
from fsrf_live.fsrf.research.pages.pictures import pooled
from fsrf_live.fsrf.research.pages.report import write_comparison
from fsrf_live.fsrf.training.trainer import EpochProgress
from tests.doubles.tasks import small_corpus, small_task, utterances

FEW = ["FSRF", "modality dropout", "constant"]


@pytest.fixture(scope="module")
def task() -> Task:
    return small_task()


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    work = tmp_path_factory.mktemp("work")
    models = [*FEW, "without recovery", COMPLETE_LABELS, "these, without recovery"]
    task = small_task(steps=1)
    return Comparison(task, compare(task, models, 2, work, lambda line: None))


def test_masks_are_drawn_once_and_the_same_when_lost(task: Task, tmp_path: Path) -> None:
    first = stored_masks(tmp_path / "one", task.test.masks)
    again = stored_masks(tmp_path / "two", task.test.masks)
    assert set(first) == set(conditions())
    for name in first:
        for m in MODALITIES:
            np.testing.assert_array_equal(first[name][m], again[name][m])
    share = np.mean([first["rate-0.3"][m].mean() for m in MODALITIES])
    assert share == pytest.approx(0.7, abs=0.05)


def test_what_is_kept_is_not_trained_again(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compare(task, ["constant"], 2, tmp_path, lambda line: None)
    monkeypatch.setattr("fsrf_live.fsrf.research.experiments.comparison.CONTENDERS", {})
    assert compare(task, ["constant"], 2, tmp_path, lambda line: None) == first


def test_a_damaged_outcome_is_one_line(task: Task, tmp_path: Path) -> None:
    compare(task, ["constant"], 1, tmp_path, lambda line: None)
    (kept,) = tmp_path.glob("*/constant-0.json")
    kept.write_text("{}")
    with pytest.raises(DataError, match=r"constant-0\.json is not an outcome"):
        compare(task, ["constant"], 1, tmp_path, lambda line: None)


def test_other_data_or_another_budget_is_another_comparison(task: Task, tmp_path: Path) -> None:
    longer = replace(task, recipe=replace(task.recipe, epochs=3))
    other = replace(task, test=replace(task.test, scores=task.test.scores + 1))
    for one in (task, longer, other):
        compare(one, ["constant"], 1, tmp_path, lambda line: None)
    assert len(list(tmp_path.iterdir())) == 3


def test_differences_are_paired_by_seed() -> None:
    lead = Difference.of([0.1, 0.2, 0.3])
    assert lead.mean == pytest.approx(0.2)
    assert lead.high - lead.mean == pytest.approx(4.303 * 0.1 / np.sqrt(3))
    assert Difference.of([0.1]).high == np.inf
    assert Spread.of([1.0, 3.0]).deviation == pytest.approx(np.sqrt(2))


def test_the_page_has_every_table(summary: Comparison) -> None:
    page = render_page(summary)
    for part in ("Avg6", "best constant answer", "ahead", "late text", "Ablation", "90 % intervals", "± "):
        assert part in page
    before, _, ablation = page.partition("Ablation")
    assert "without recovery" not in before
    whole, _, complete = ablation.partition("The same if no label teaches")
    assert "| without recovery " in whole
    assert f"| {COMPLETE_LABELS} " in whole
    assert f"| {COMPLETE_LABELS} " in complete
    assert "| these, without recovery " in complete
    assert "these" not in whole


def test_a_report_is_a_page_with_figures_and_pictures(summary: Comparison, tmp_path: Path) -> None:
    page = write_comparison(tmp_path / "deep", "small", "fsrf evaluate small", "abc", summary)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Comparison: small")
    for name in ("small-rates.svg", "small-reliability.svg"):
        assert f"]({name})" in text
        drawn = (tmp_path / "deep" / name).read_text()
        assert drawn.startswith("<?xml")
        ET.fromstring(drawn)
        assert len(drawn) < 12_000
    written = (tmp_path / "deep" / "small.json").read_text()
    assert '\n"FSRF":{"seconds":' in written
    figures = json.loads(written)
    assert figures["seeds"] == [0, 1]
    assert list(figures["models"]) == list(summary.models)
    text = figures["models"]["FSRF"]["subsets"]["text"][figures["headline"]]
    assert spread_text(Spread(*text)) in page.read_text(encoding="utf-8")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(DataError, match="the report cannot be written"):
        write_comparison(blocked, "small", "", "", summary)


def test_seeds_are_pooled_by_bins_with_equal_weight() -> None:
    one, other = [(0.42, 0.5, 0.5), (0.9, 1.0, 0.5)], [(0.48, 0.8, 1.0)]
    assert pooled([one, other]) == [pytest.approx((0.46, 0.7, 0.75)), pytest.approx((0.9, 1.0, 0.25))]


@pytest.mark.parametrize("title", ABLATIONS)
def test_every_ablation_trains(title: str) -> None:
    task = small_task(steps=1)
    fitted = ABLATIONS[title](task, 0)
    assert np.isfinite(fitted.read(task.test)[0]).all()


def test_ablations_change_what_they_say(task: Task) -> None:
    features, masks = tensors(task.test.features), tensors(task.test.masks)
    assert not task.config.noise
    assert variants()["noise"].config(task.config).noise
    seen = without_recovery(task.config).semantics(features, masks)
    text = SUBSETS.index(("text",))
    assert float(seen.recovered.homogeneous[:, text, 1:].detach().abs().max()) == 0
    assert float(seen.recovered.homogeneous[:, text, 0].detach().abs().max()) > 0
    weights = variants()["mmd"].recipe(task.recipe).weights
    assert (weights.distillation, weights.alignment) == (0.0, MMD)
    assert (task.recipe.weights.distillation, task.recipe.weights.alignment) == (0.0, 0.0)
    taught = variants()["complete-no-recovery"]
    trainer = taught.trainer(task.config, task.recipe, Drawn(task.train), taught.build)
    known = trainer.known(torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]))
    assert known.tolist() == [[0.0] * 6 + [1.0], [0.0] * 7]
    without_video = trainer.known(torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    assert without_video.tolist() == [[0.0, 0.0, 1.0] + [0.0] * 4, [0.0] * 7]


def test_a_checkpoint_of_a_task_is_measured_and_goes_on_after_an_interruption(
    tmp_path: Path,
) -> None:
    task = small_task(epochs=2, steps=6)
    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    train_task(task, 0, whole, {}, lambda progress: None)

    def stop(progress: EpochProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_task(task, 0, cut, {}, stop)
    seen: list[int] = []
    others = replace(task, train=replace(task.train, scores=-task.train.scores))
    train_task(others, 0, cut, {}, lambda progress: seen.append(progress.epoch))
    assert seen == [1, 2]  # other data begin anew
    seen.clear()
    train_task(task, 0, cut, {}, lambda progress: seen.append(progress.epoch))
    assert seen == [2]
    assert cut.read_bytes() == whole.read_bytes()
    outcome = measure_checkpoint(task, whole, tmp_path)
    assert outcome.model == "whole"
    assert outcome.subsets[-1]["pearson"] > 0.6
    other = replace(task, config=replace(task.config, width=8), name="other")
    with pytest.raises(CheckpointError, match="was not trained on other"):
        measure_checkpoint(other, whole, tmp_path)


def test_batches_are_cut_to_what_they_use_and_long_sequences_are_strided() -> None:
    rows = utterances("x", 20, np.random.default_rng(0))
    long = {m: np.pad(rows.features[m], [(0, 0), (0, 99), (0, 0)]) for m in MODALITIES}
    masks = {m: np.pad(rows.masks[m], [(0, 0), (0, 99)]) for m in MODALITIES}
    batch = of_utterances(replace(rows, features=long, masks=masks), 1.0)
    assert batch.features["text"].shape[1] == 104
    drawn = Drawn(batch).composed(5, np.random.default_rng(0))
    assert drawn.features["text"].shape[1] == 4
    assert drawn.scores.shape == (5, 7)


def test_a_modality_that_a_corpus_lacks_is_left_out_of_its_subsets(tmp_path: Path) -> None:
    corpus = small_corpus()
    blind = {
        name: replace(rows, masks={**rows.masks, "video": np.zeros_like(rows.masks["video"])})
        for name, rows in corpus.splits.items()
    }
    task = utterance_task(replace(corpus, splits=blind, absent=frozenset({"video"})), "x")
    assert [SUBSETS[s] for s in task.subsets] == [("text",), ("audio",), ("text", "audio")]
    outcomes = compare(task, ["constant"], 1, tmp_path, lambda line: None)
    head = render_page(Comparison(task, outcomes)).partition("Avg2")[0].rpartition("\n\n")[2]
    assert "audio" in head
    assert "video" not in head
