"""Settings of the live path; all times in seconds."""

from dataclasses import dataclass

from fsrf_live.fsrf.common.config import HOLD_S, LONGEST_WINDOW_S, PRE_ROLL_S


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """When windows open, close and are read.

    `words_every_s` is how often the words of an open utterance are recognised again while it goes on; 0:
    only in its pauses. A voice of less than `wordless_s` in which no word was heard clearly is no speech, nor
    is one that sounds like none; 0: every voice is.
    """

    pre_roll_s: float = PRE_ROLL_S
    hold_s: float = HOLD_S
    longest_s: float = LONGEST_WINDOW_S
    partial_every_s: float = 0.5
    fixed_s: float = 3.0
    late_text_s: float = 30.0
    words_every_s: float = 1.0
    wordless_s: float = 1.0


@dataclass(frozen=True, slots=True)
class StallSettings:
    """How long a source may give nothing new before it counts as stalled, then as lost."""

    camera_s: float = 1.0
    mic_s: float = 0.5
    lost_after_s: float = 3.0
