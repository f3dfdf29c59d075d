"""Shapes of a checkpoint, and whose features it was trained on."""

import pytest

from fsrf_live.fsrf.common.checkpoint import default_checkpoint, read_checkpoint
from fsrf_live.fsrf.common.config import ModelConfig, check_features
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality


def trained_on(modality: Modality, extractor: str) -> ModelConfig:
    """The shapes of live features, one modality's made by that extractor."""
    values = ModelConfig().to_dict()
    values[modality]["extractor"] = extractor
    return ModelConfig.from_dict(values)


def test_the_checkpoint_that_ships_fits_the_features_of_this_version() -> None:
    check_features(read_checkpoint(default_checkpoint()).config, MODALITIES)


@pytest.mark.parametrize("modality", MODALITIES)
def test_a_checkpoint_of_other_features_of_the_same_width_is_refused(modality: Modality) -> None:
    config = trained_on(modality, "another-2")
    with pytest.raises(CheckpointError, match=f"{modality} features called 'another-2'"):
        check_features(config, MODALITIES)


@pytest.mark.parametrize("modality", MODALITIES)
def test_features_that_are_recorded_or_have_no_name_are_not_judged_by_it(modality: Modality) -> None:
    check_features(trained_on(modality, "another-2"), [m for m in MODALITIES if m != modality])
    check_features(trained_on(modality, ""), MODALITIES)


def test_slots_hold_the_longest_window() -> None:
    config = ModelConfig()
    assert config.audio.length / config.audio.rate_hz == config.video.length / config.video.rate_hz == 12.0
