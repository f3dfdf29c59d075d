"""Training learns, a seed gives the same file, an interruption changes nothing, damage is reported."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from fsrf_live.fsrf.common.checkpoint import read_checkpoint
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError, DataError
from fsrf_live.fsrf.common.missing import Masks
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS
from fsrf_live.fsrf.common.recipe import LossWeights, Recipe
from fsrf_live.fsrf.data.compose import Composer
from fsrf_live.fsrf.data.packs import Apart, Packs, Ragged, load_packs
from fsrf_live.fsrf.evaluation.live import evaluate_live
from fsrf_live.fsrf.evaluation.text import render_tables
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.inference import load_model
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.training.conformal import HeldOut
from fsrf_live.fsrf.training.descent import schedule
from fsrf_live.fsrf.training.live import (
    SHARED,
    Encoders,
    LivePlan,
    errors,
    finish,
    learn_encoder,
    read_answers,
    sibling_answers,
    train_network,
)
from fsrf_live.fsrf.training.pretraining import pretrain
from fsrf_live.fsrf.training.trainer import EpochProgress, Trainer, drop_some
from tests.doubles.packs import SMALL, write_packs

RECIPE = Recipe(epochs=2, steps=2, composed=10, solo=2, learning_rate=1e-2, threads=1)
SAMPLES = 48
ANSWERS = HeldOut(
    np.random.default_rng(0).normal(size=(SAMPLES, len(SUBSETS), SMALL.bins)).astype(np.float32),
    np.random.default_rng(1).uniform(-2, 2, (SAMPLES, len(SUBSETS))).astype(np.float32),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_packs(tmp_path_factory.mktemp("packs"))
    save_file({"alpha": np.array(1.0, np.float32)}, folder / "adapter.safetensors")
    return folder


@pytest.fixture(scope="module")
def packs(folder: Path) -> Packs:
    return load_packs(folder)


def train(
    folder: Path,
    out: Path,
    recipe: Recipe = RECIPE,
    config: ModelConfig = SMALL,
    encoders: Encoders | None = None,
) -> list[EpochProgress]:
    seen: list[EpochProgress] = []
    plan = LivePlan(folder, recipe, config, SAMPLES)
    network = out.with_name(f"network-{out.name}")
    train_network(plan, encoders or {}, network, seen.append)
    finish(plan, network, folder / "adapter.safetensors", ANSWERS, out)
    return seen


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "live.safetensors"
    train(folder, out)
    return out


def test_a_checkpoint_says_where_it_comes_from(trained: Path) -> None:
    found = read_checkpoint(trained)
    assert found.facts["provenance"]["recipe"]["seed"] == 0
    assert found.facts["provenance"]["corpora"] == ["fer2013", "one", "sst5", "two", "vader"]
    assert found.facts["calibration"]["level"] == 0.9
    assert found.group("adapter")["alpha"] == 1.0
    assert not trained.with_name("network-live.safetensors.training").exists()


def test_the_same_seed_gives_the_same_file(folder: Path, trained: Path, tmp_path: Path) -> None:
    train(folder, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == trained.read_bytes()


def test_an_interrupted_training_goes_on_from_its_last_epoch(
    folder: Path, trained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cut.safetensors"

    def stop(progress: EpochProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_network(
            LivePlan(folder, RECIPE, SMALL, SAMPLES), {}, tmp_path / "network-cut.safetensors", stop
        )
    assert not out.exists()
    assert [progress.epoch for progress in train(folder, out)] == [2]
    assert out.read_bytes() == trained.read_bytes()


def test_siblings_answer_for_the_people_that_they_have_never_heard(folder: Path, tmp_path: Path) -> None:
    plan = LivePlan(folder, RECIPE, SMALL, SAMPLES)
    paths = [tmp_path / f"sibling-{part}.npz" for part in range(2)]
    for part, path in enumerate(paths):
        sibling_answers(plan, {}, Apart(part, 2), path, lambda progress: None)
    answers = read_answers(paths)
    assert answers.logits.shape == (2 * SAMPLES, len(SUBSETS), SMALL.bins)
    assert answers.scores.shape == (2 * SAMPLES, len(SUBSETS))
    one, other = np.split(answers.logits, 2)
    assert not np.array_equal(one, other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sibling-0.npz", "sibling-1.npz"]


def test_the_error_of_siblings_is_that_of_the_whole_samples_score() -> None:
    bins = ScoreBins(SMALL)
    truth = np.array([1.0, -2.0], np.float32)
    scores = np.repeat(truth[:, None], len(SUBSETS), 1)
    scores[:, 0] = 0.0  # what a text alone stands for, which it is not measured by
    answered = torch.from_numpy(np.repeat(truth[:, None], len(SUBSETS), 1))
    answered[:, 1] += 0.6
    logits = bins.target(answered, 0.2).clamp_min(1e-9).log().numpy()
    complete, incomplete = errors(HeldOut(logits, scores), SMALL)
    assert complete == pytest.approx(0.0, abs=0.02)
    assert incomplete == pytest.approx(0.1, abs=0.02)


def test_a_plan_is_told_from_any_other(folder: Path) -> None:
    plan = LivePlan(folder, RECIPE, SMALL, SAMPLES)
    others = [replace(plan, recipe=replace(RECIPE, seed=7)), replace(plan, packs=folder / "other")]
    assert plan.digest() == LivePlan(folder, RECIPE, SMALL, SAMPLES).digest()
    assert len({plan.digest(), *(other.digest() for other in others)}) == 3


def test_a_kept_run_of_another_recipe_or_a_damaged_one_is_refused(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "cut.safetensors"

    def stop(progress: EpochProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_network(
            LivePlan(folder, RECIPE, SMALL, SAMPLES), {}, tmp_path / "network-cut.safetensors", stop
        )
    with pytest.raises(CheckpointError, match="holds a run of another recipe"):
        train(folder, out, replace(RECIPE, seed=1))
    kept = out.with_name("network-cut.safetensors.training")
    kept.write_bytes(kept.read_bytes()[:-50])
    with pytest.raises(CheckpointError, match="cannot go on with the training kept in") as caught:
        train(folder, out)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("system", "noise"), [("fsrf", False), ("fsrf", True), ("firf", False)])
def test_it_learns(packs: Packs, system: str, noise: bool) -> None:
    config = replace(SMALL, system=system, noise=noise)
    recipe = replace(RECIPE, epochs=2, steps=10, learning_rate=5e-3)
    trainer = Trainer(config, recipe, Composer(packs, config, "train"), FSRF)
    first, last = trainer.epoch(), trainer.epoch()
    assert last["label"] < 0.97 * first["label"]
    assert all(np.isfinite(value) for value in last.values())
    assert ("synergy" in last) == (system == "firf")
    assert ("noise" in last) == (noise or system == "firf")


def test_every_loss_can_be_left_out(packs: Packs) -> None:
    weights = LossWeights(**{name: 0.0 for name in LossWeights.__slots__ if name != "score"})
    trainer = Trainer(
        SMALL, replace(RECIPE, weights=weights, one_way=True), Composer(packs, SMALL, "train"), FSRF
    )
    untouched = trainer.constraints.modality.weight.detach().clone()
    trainer.epoch()
    assert torch.equal(trainer.constraints.modality.weight, untouched)


def test_a_view_keeps_whole_rows_and_adds_nothing() -> None:
    masks: Masks = {m: np.ones((500, 20), np.bool_) for m in MODALITIES}
    kept = drop_some(masks, 0.5, np.random.default_rng(0))
    whole = np.all([kept[m].all(1) for m in MODALITIES], 0)
    assert 0.3 < whole.mean() < 0.55
    assert all(kept[m].shape == masks[m].shape for m in MODALITIES)


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [schedule(step, 100, 0.1) for step in range(100)]
    assert np.argmax(rates) in (9, 10)
    assert rates[0] < 0.2
    assert rates[-1] == pytest.approx(0.05, abs=0.01)


def test_a_missing_or_foreign_adapter_is_named(folder: Path, tmp_path: Path) -> None:
    plan = LivePlan(folder, RECIPE, SMALL, SAMPLES)
    with pytest.raises(DataError, match=r"the text adapter .* does not exist"):
        finish(plan, tmp_path / "network", tmp_path / "none", ANSWERS, tmp_path / "x")
    (tmp_path / "bad").write_bytes(b"bad")
    with pytest.raises(DataError, match="cannot be read"):
        finish(plan, tmp_path / "network", tmp_path / "bad", ANSWERS, tmp_path / "x")


def test_weights_that_are_damaged_are_named(folder: Path, tmp_path: Path) -> None:
    network = tmp_path / "network.safetensors"
    network.write_bytes(b"damaged")
    plan = LivePlan(folder, RECIPE, SMALL, SAMPLES)
    with pytest.raises(
        CheckpointError, match=r"network.safetensors cannot be read .* delete the file"
    ) as caught:
        finish(plan, network, folder / "adapter.safetensors", ANSWERS, tmp_path / "x")
    assert "\n" not in str(caught.value)


def test_the_live_table_has_every_figure_and_its_floor(trained: Path, packs: Packs) -> None:
    rows = packs.audio.rows("test")
    quiet = Ragged(packs.audio.vectors.values * 0, packs.audio.vectors.offsets)
    silenced = replace(packs.audio, vectors=quiet, references=None)
    voices = {"as recorded": packs.audio, "silenced": silenced}
    table = evaluate_live(load_model(trained), packs, voices, samples=60)
    assert [c.condition for c in table.conditions] == list(voices)
    assert table.conditions[0].turned == 0
    assert [list(c.intervals) for c in table.conditions] == [
        ["audio", "text+audio", "audio+video", "text+audio+video"]
    ] * 2
    assert table.conditions[1].intervals["audio"] != table.conditions[0].intervals["audio"]
    assert len(rows) > 0
    assert [a.corpus for a in table.alone] == ["sst2", "one", "two", "fer2013"]
    assert len(table.subsets) == len(table.intervals) == len(SUBSETS)
    assert table.average["f1"] == pytest.approx(np.mean([f["f1"] for f in table.subsets[:-1]]))
    assert table.constant["uar"] == pytest.approx(1 / 3)
    assert len(table.recovery) == 9
    assert all(-1 <= value <= 1 for row in table.recovery for value in row.figures.values())
    page = render_tables(table)
    for name in ("sst2", "fer2013", "text+audio+video", "mean of the six incomplete", "coverage"):
        assert name in page
    assert list(table.to_dict()["subsets"])[-1] == "text+audio+video"


def test_an_encoder_learns_alone_what_its_modality_says(packs: Packs) -> None:
    def losses(share: float) -> dict[str, float]:
        torch.manual_seed(0)
        recipe = replace(RECIPE, solo=16, pretraining=share)
        return pretrain(FSRF(SMALL), Composer(packs, SMALL, "train"), recipe)

    short, long = losses(0.01), losses(0.1)
    assert set(short) == set(MODALITIES)
    assert all(long[m] < 0.9 * short[m] for m in MODALITIES)


def test_encoders_that_have_learned_alone_are_those_that_the_network_would_have_taught(
    folder: Path, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, pretraining=0.002)
    shared = {m: tmp_path / f"{m}.safetensors" for m in SHARED}
    for modality, path in shared.items():
        learn_encoder(LivePlan(folder, recipe, SMALL, SAMPLES), modality, path)
    epochs = train(folder, tmp_path / "given.safetensors", recipe, encoders=shared)
    assert set(epochs[0].losses) == set(MODALITIES) - set(SHARED)
    train(folder, tmp_path / "whole.safetensors", recipe)
    assert (tmp_path / "given.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()


def test_pretraining_is_told_as_the_epoch_before_the_first(folder: Path, tmp_path: Path) -> None:
    epochs = train(folder, tmp_path / "warm.safetensors", replace(RECIPE, pretraining=0.001))
    assert [progress.epoch for progress in epochs] == [0, 1, 2]
    assert set(epochs[0].losses) == set(MODALITIES)


def test_encoders_may_learn_more_gently_than_the_rest(packs: Packs) -> None:
    still = Trainer(SMALL, replace(RECIPE, gentle=0.0), Composer(packs, SMALL, "train"), FSRF)
    before = {name: value.clone() for name, value in still.model.named_parameters()}
    still.epoch()
    moved = {name for name, value in still.model.named_parameters() if not torch.equal(value, before[name])}
    assert moved
    assert not any(name.startswith("encoders.") for name in moved)
