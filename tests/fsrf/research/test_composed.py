"""The composed task: small codes of frames, the same for everybody, out of packs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES
from fsrf_live.fsrf.data.compose import Composer
from fsrf_live.fsrf.data.packs import load_packs
from fsrf_live.fsrf.research.experiments import composed
from fsrf_live.fsrf.research.experiments.composed import composed_task, shortened
from fsrf_live.fsrf.research.experiments.frozen import CODE, RECIPE, FrozenEncoders
from tests.doubles.packs import SMALL, write_packs

SIZES = {"train": 60, "validation": 20, "calibration": 20, "test": 20}
QUICK = replace(RECIPE, steps=3, solo=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_packs(tmp_path_factory.mktemp("packs"))


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composed, "ModelConfig", _config)


def _config(**changed: object) -> ModelConfig:
    return replace(SMALL, **changed)  # type: ignore[arg-type]


def test_the_task_is_the_same_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    first, again = (composed_task(load_packs(folder), SIZES, QUICK) for _ in range(2))
    assert [len(b.scores) for b in (first.train, first.valid, first.calibration, first.test)] == [
        60,
        20,
        20,
        20,
    ]
    assert not first.train.agreeing.all()
    assert all(split.agreeing.all() for split in (first.valid, first.calibration, first.test))
    for m in MODALITIES:
        assert first.test.features[m].shape[-1] == CODE
        assert not first.test.features[m][~first.test.masks[m]].any()
        np.testing.assert_array_equal(first.test.features[m], again.test.features[m])
    perfect = np.eye(3, dtype=np.float32)[np.digitize(first.test.scores[:, COMPLETE], [-0.5, 0.5])]
    assert first.measure(first.test.scores[:, COMPLETE], first.test.scores[:, COMPLETE], perfect)["acc"] == 1


def test_a_frame_taken_away_leaves_nothing_in_others(folder: Path) -> None:
    composer = Composer(load_packs(folder), SMALL, "train")
    encoders = FrozenEncoders(composer, SMALL, QUICK)
    batch = composer.composed(6, np.random.default_rng(0))
    masks = {m: batch.masks[m].copy() for m in MODALITIES}
    masks["audio"][:, 3] = False
    whole, less = encoders(batch), encoders(replace(batch, masks=masks))
    kept = masks["audio"]
    np.testing.assert_allclose(whole.features["audio"][kept], less.features["audio"][kept], atol=1e-6)
    assert not less.features["audio"][:, 3].any()


def test_slots_are_means_of_what_is_real_in_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    monkeypatch.setattr(composed, "_STEP", 2)
    batch = Composer(load_packs(folder), SMALL, "train").composed(4, np.random.default_rng(0))
    masks = {m: batch.masks[m].copy() for m in MODALITIES}
    masks["audio"][:, 1], masks["audio"][:, 2:4] = False, False
    short = shortened(replace(batch, masks=masks))
    np.testing.assert_allclose(short.features["audio"][:, 0], batch.features["audio"][:, 0], rtol=1e-5)
    assert short.masks["audio"][:, 0].all()
    assert not short.masks["audio"][:, 1].any()
    assert short.features["audio"].shape[1] == SMALL.audio.length // 2
