"""What is said and felt when: pure functions of the time in seconds."""

import math
from dataclasses import dataclass

FPS = 25
DURATION_S = 39.0
WIDTH, HEIGHT = 480, 360


@dataclass(frozen=True, slots=True)
class Line:
    """A spoken sentence: when it begins, and the speed (words a minute) and pitch (0 to 99) of the voice."""

    start_s: float
    text: str
    speed: int = 150
    pitch: int = 50


SCRIPT: tuple[Line, ...] = (
    Line(0.8, "The meeting is at three o'clock."),
    Line(3.1, "The room is on the second floor."),
    Line(7.0, "I loved every minute of it!", 155, 66),
    Line(9.2, "What a wonderful film!", 150, 68),
    Line(11.1, "It made me so happy.", 155, 66),
    Line(14.6, "The train leaves at nine, from platform two."),
    Line(19.4, "This was a terrible waste of my time.", 140, 34),
    Line(22.3, "The food was awful, and the waiter was rude.", 140, 32),
    Line(25.6, "I hated it.", 130, 30),
    Line(28.3, "Wait a moment, please."),
    Line(34.8, "Here I am again."),
    Line(36.4, "That is all for today."),
)

SMILES = ((6.4, 7.2, 12.6, 13.6), (36.0, 36.8, 38.6, 39.4))
SMILE_SIZES = (1.0, 0.2)
FROWN, FROWN_SIZE = (18.6, 19.4, 26.8, 27.8), 1.45
AWAY = (30.0, 31.1, 33.2, 34.2)
BLINKS_S = (2.1, 5.6, 8.9, 11.9, 14.2, 17.4, 20.6, 24.7, 28.1, 29.6, 34.5, 37.2)


def _rise_and_fall(time_s: float, corners: tuple[float, float, float, float]) -> float:
    """0 before the first corner, 1 between the second and the third, 0 after the fourth; smooth between."""
    up = _smooth((time_s - corners[0]) / (corners[1] - corners[0]))
    down = _smooth((time_s - corners[2]) / (corners[3] - corners[2]))
    return up - down


def _smooth(share: float) -> float:
    clipped = min(1.0, max(0.0, share))
    return clipped * clipped * (3 - 2 * clipped)


def smile(time_s: float) -> float:
    """How much of a smile there is, in [0, 1]."""
    return sum(
        size * _rise_and_fall(time_s, corners) for size, corners in zip(SMILE_SIZES, SMILES, strict=True)
    )


def frown(time_s: float) -> float:
    """How much of a frown there is, in [0, 1.45]: the portrait's own smile lines take some of it away."""
    return FROWN_SIZE * _rise_and_fall(time_s, FROWN)


def away(time_s: float) -> float:
    """How far the person has ducked out of the frame, in [0, 1]; at 1 nothing of her is left."""
    return _rise_and_fall(time_s, AWAY)


def blink(time_s: float) -> float:
    """How far the eyes are closed, in [0, 1]."""
    return max((_smooth(1 - abs(time_s - at) / 0.11) for at in BLINKS_S), default=0.0)


def sway(time_s: float) -> tuple[float, float, float]:
    """Motion of the head: right and down in pixels, turn in degrees."""
    right = 2.6 * math.sin(0.83 * time_s) + 1.3 * math.sin(2.1 * time_s + 1.0)
    down = 1.4 * math.sin(1.27 * time_s + 0.5) + 0.7 * math.sin(3.3 * time_s)
    turn = 1.3 * math.sin(0.61 * time_s + 2.0) + 0.6 * math.sin(1.7 * time_s)
    return right, down + 3.0 * frown(time_s), turn
