"""Settings of the live path."""

from dataclasses import asdict

import pytest

from fsrf_live.stream.flow.settings import StallSettings, WindowSettings


def test_all_are_times_above_zero() -> None:
    settings = {**asdict(WindowSettings()), **asdict(StallSettings())}
    assert all(seconds > 0 for seconds in settings.values())


def test_they_hold_together() -> None:
    windows, stall = WindowSettings(), StallSettings()
    assert windows.pre_roll_s < windows.hold_s, "the next utterance begins behind the end of the last"
    assert windows.partial_every_s < windows.fixed_s < windows.longest_s < windows.late_text_s
    assert max(stall.camera_s, stall.mic_s) < stall.lost_after_s


def test_they_are_not_changed_by_who_has_them() -> None:
    with pytest.raises(AttributeError):
        WindowSettings().hold_s = 1.0  # type: ignore[misc]
