"""Things over faces that the judge of covered faces never learned from, for the examination and figures."""

from collections.abc import Mapping

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles
from fsrf_live.tools.corpora.coverings import Canvas, Chance, Draw, box, capsule, ellipse, skin, turned_by

_MOUTH, _NOSE, _CHIN = (61, 291), 4, 152


def _respirator(drawn: Canvas, chance: Chance) -> Canvas:
    """A folded mask with a seam down its middle, a valve and straps over the cheeks."""
    nose, chin = drawn.landmark(_NOSE), drawn.landmark(_CHIN)
    top, low = nose[1] - 0.14, chin[1] + 0.04
    paper = np.array([[0.0, 232, 234], [250, 196, 60], [52, 56, 60]][chance.integers(3)]).clip(20)
    left = np.array([[0, top], [0.2, top + 0.12], [0.36, (top + low) / 2], [0.17, low], [0, low + 0.02]])
    for side, shade in ((-1, 1.0), (1, 0.8)):
        strap = capsule((side * 0.3, (top + low) / 2), (side * 0.6, top - 0.1), 0.014, 1.0)
        drawn = drawn.under(drawn.filled(strap), paper * 0.7)
        drawn = drawn.under(drawn.filled(left * [side, 1]), paper * shade * drawn.light[..., None] ** 0.5)
    valve = drawn.filled(ellipse((0.14, low - 0.16), (0.07, 0.06), 0.2))
    return drawn.under(valve, paper * 0.55)


def _bandana(drawn: Canvas, chance: Chance) -> Canvas:
    """A folded cloth with crosses on it, tied behind the head, its tip below the chin."""
    nose, chin = drawn.landmark(_NOSE), drawn.landmark(_CHIN)
    top = nose[1] - chance.uniform(0.03, 0.12)
    shape = np.array(
        [[-0.6, top - 0.03], [0, top], [0.6, top - 0.03], [0.5, chin[1] - 0.1], [0, chin[1] + 0.45]]
    )
    shape = np.concatenate([shape, [[-0.5, chin[1] - 0.1]]])
    colour = np.array([[160.0, 30, 35], [30, 50, 110], [20, 90, 60]][chance.integers(3)])
    cells = np.abs((drawn.pixels * 7) % 1 - 0.5)
    crosses = (cells.min(axis=2) < 0.08) & (cells.max(axis=2) < 0.3)
    cloth = np.where(crosses[..., None], 235.0, colour) * drawn.light[..., None] ** 0.7
    return drawn.under(drawn.filled(shape), cloth)


def _palm(drawn: Canvas, chance: Chance) -> Canvas:
    """A flat hand that comes from below, its fingers up, over mouth and nose."""
    mouth, tone = drawn.landmark(*_MOUTH), np.clip(skin(drawn) * chance.uniform(0.8, 1.1), 0, 255)
    lean = turned_by(chance.normal(0, 0.3))
    drawn = _flesh(drawn, box((0, 0.42), (0.24, 0.27), 0.0) @ lean.T + mouth, tone)
    for k, long in enumerate((0.22, 0.3, 0.32, 0.26)):
        x = (k - 1.5) * 0.125
        drawn = _flesh(drawn, capsule((x, 0.25), (x * 1.05, 0.12 - long), 0.06, 0.85) @ lean.T + mouth, tone)
        nail = ellipse((x * 1.05, 0.11 - long), (0.03, 0.035), 0.0) @ lean.T + mouth
        drawn = drawn.tinted(0.5 * drawn.filled(nail), np.clip(tone * 1.2, 0, 255))
    return drawn


def _flesh(drawn: Canvas, shape: Doubles, tone: Doubles) -> Canvas:
    """A part of a hand with a dark outline."""
    middle = shape.mean(axis=0)
    drawn = drawn.under(drawn.filled(middle + 1.07 * (shape - middle)), tone * 0.5)
    return drawn.under(drawn.filled(shape), tone * (0.6 + 0.4 * drawn.light[..., None]))


def _forearm(drawn: Canvas, chance: Chance) -> Canvas:
    """A sleeve across the lower or the upper half of the face."""
    height = drawn.landmark(*_MOUTH)[1] if chance.random() < 0.7 else 0.02
    lean = turned_by(chance.normal(0, 0.25))
    shape = box((0, 0), (1.6, chance.uniform(0.17, 0.24)), 0.0) @ lean.T + [0, height]
    ribs = (np.sin(60 * (drawn.pixels[..., 0] + np.abs(drawn.pixels[..., 1] * 4 % 1 - 0.5))) > 0)[..., None]
    wool = np.where(ribs, 1.0, 0.75) * chance.uniform(30, 170, 3) * drawn.light[..., None] ** 0.6
    return drawn.under(drawn.filled(shape), wool)


def _door(drawn: Canvas, chance: Chance) -> Canvas:
    """A wooden door with a lit edge over the right or the left half."""
    side = chance.choice([-1, 1])
    edge = side * chance.uniform(-0.12, 0.02)
    lean = turned_by(chance.normal(0, 0.06))
    grain = np.sin(90 * drawn.pixels[..., 0] + 6 * np.sin(5 * drawn.pixels[..., 1]))[..., None]
    wood = np.array([120.0, 84, 52]) * chance.uniform(0.5, 1.5) * (1 + 0.12 * grain)
    drawn = drawn.under(drawn.filled(box((edge + side * 2, 0.3), (2, 3), 0.0) @ lean.T), wood)
    return drawn.under(drawn.filled(box((edge, 0.3), (0.012, 3), 0.0) @ lean.T), np.full(3, 210.0))


def _paper_cup(drawn: Canvas, chance: Chance) -> Canvas:
    """A paper cup with a lid and a sleeve, tipped at the mouth."""
    mouth, lean = drawn.landmark(*_MOUTH), turned_by(chance.normal(0, 0.3))
    cup = np.array([[-0.25, -0.12], [0.25, -0.12], [0.19, 0.55], [-0.19, 0.55]]) @ lean.T + mouth
    drawn = drawn.under(drawn.filled(cup), np.full(3, 225.0) * drawn.light[..., None] ** 0.5)
    sleeve = np.array([[-0.24, 0.05], [0.24, 0.05], [0.21, 0.35], [-0.21, 0.35]]) @ lean.T + mouth
    drawn = drawn.under(drawn.filled(sleeve), chance.uniform(40, 160, 3))
    lid = box((0, -0.14), (0.28, 0.04), 0.0) @ lean.T + mouth
    return drawn.under(drawn.filled(lid), np.full(3, chance.choice([40.0, 240.0])))


STRANGE_COVERINGS: Mapping[str, Draw] = {
    "respirator": _respirator,
    "bandana": _bandana,
    "palm": _palm,
    "forearm": _forearm,
    "door": _door,
    "paper cup": _paper_cup,
}
"""Each hides the mouth, the eyes or one half of the face."""
