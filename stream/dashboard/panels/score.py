"""The big score: block digits, label, 90 % interval on its scale, probabilities."""

from rich.text import Text

from fsrf_live.stream.dashboard.cells import (
    DASH,
    DIM,
    HIGHEST,
    LABEL_SIGN,
    LABEL_STYLE,
    LOWEST,
    RECOVERED,
    STRONG,
    Lines,
    beside,
    block,
    clean,
    line,
    percent,
    polarity,
    signed,
    spinner,
    tail_lines,
)
from fsrf_live.stream.dashboard.panels import digits, gauges
from fsrf_live.stream.flow.records import LABELS, Reading, shown_label
from fsrf_live.stream.flow.snapshot import Snapshot

_BESIDE = 19


def score(snapshot: Snapshot, width: int, height: int) -> Lines:
    """Lines for `width` x `height` cells, the most important ones first."""
    reading = snapshot.reading
    if reading is None:
        return _nothing_yet(snapshot, width, height)
    facts = _facts(reading)
    scale = _scale(reading, width)
    if height >= 9 and width >= digits.LARGE_CELLS:
        return _large(reading, facts, scale, width, height)
    head = _digits(digits.small(signed(reading.score)), polarity(reading.score))
    digit_cells = head[0].cell_len
    if width >= digit_cells + 2 + _BESIDE:
        return [*_side_by_side(head, facts, width), scale, *_probabilities(reading, width, height - 4)]
    below = [*facts[:2], scale, facts[2]] if height < 8 else [*facts[:2], scale, line(""), facts[2]]
    return [*head, *below]


def score_note(snapshot: Snapshot) -> Text:
    """Which window and revision the score is of."""
    reading = snapshot.reading
    if reading is None:
        return line("")
    state = "final" if reading.final else "so far"
    return line((f"window {reading.window}.{reading.revision} {state}", DIM))


def _nothing_yet(snapshot: Snapshot, width: int, height: int) -> Lines:
    """Dashes for digits, and what is being waited for: beside them if there is room, else below."""
    rows = _digits(digits.small(f"{DASH}.{DASH}{DASH}"), DIM)
    scale = _framed_scale(gauges.empty_scale(_room(width)))
    room = width - rows[0].cell_len - 2
    beside_them = room >= _BESIDE
    wide = room if beside_them else width
    if snapshot.loading:
        parts = tail_lines(clean(snapshot.loading), wide, 2 if beside_them else max(1, height - 5))
        facts = [
            line((f"{spinner(snapshot.time_s)} loading", STRONG)),
            *(line((part, DIM)) for part in parts),
        ]
    else:
        waiting = "the end: nothing was said" if snapshot.ended else "listening …"
        facts = [
            line(("no score yet", STRONG)),
            *(line((part, DIM)) for part in tail_lines(waiting, wide, 2)),
        ]
    if beside_them:
        return [*_side_by_side(rows, facts, width), scale]
    return [*rows, *facts, scale]


def _digits(rows: list[str], style: str) -> Lines:
    return [line((row, f"bold {style}")) for row in rows]


def _side_by_side(head: Lines, facts: Lines, width: int) -> Lines:
    left = head[0].cell_len
    rows = len(head)
    above = (rows - len(facts)) // 2
    shown = [line("")] * above + facts
    return beside(block(head, left, rows), block(shown, width - left - 2, rows), gap=2)


def _facts(reading: Reading) -> Lines:
    style = LABEL_STYLE[reading.label]
    said, sure = shown_label(reading), reading.probabilities.get(reading.label, 0.0)
    return [
        line((f"{LABEL_SIGN[reading.label]} {said}", f"bold {style}"), (f"  {percent(sure)}", DIM)),
        line(("90 % ", DIM), f"{signed(reading.low)} … {signed(reading.high)}"),
        _missing(reading),
    ]


def _missing(reading: Reading) -> Text:
    missing = [name for name, part in reading.modalities.items() if part.state == "missing"]
    if not missing:
        return line(("all three are there", DIM))
    return line((f"▒ without {', '.join(missing)}", RECOVERED))


def _scale(reading: Reading, width: int) -> Text:
    return _framed_scale(gauges.interval(reading.score, reading.low, reading.high, _room(width)))


def _room(width: int) -> int:
    """What is left of a line for the scale between the labels of its ends."""
    return max(1, width - len(LOWEST) - len(HIGHEST) - 2)


def _framed_scale(scale: Text) -> Text:
    return Text.assemble((f"{LOWEST} ", DIM), scale, (f" {HIGHEST}", DIM), no_wrap=True, end="")


def _large(reading: Reading, facts: Lines, scale: Text, width: int, height: int) -> Lines:
    head = _digits(digits.large(signed(reading.score)), polarity(reading.score))
    if width >= digits.LARGE_CELLS + 2 + _BESIDE:
        top = _side_by_side(head, facts, width)
        rest = [line(""), scale] if height >= 10 else [scale]
        return [*top, *rest, *_probabilities(reading, width, height - len(top) - len(rest))]
    facts = [Text.assemble(facts[0], "   ", facts[1], no_wrap=True, end=""), facts[2]]
    rest = [line(""), facts[0], scale, facts[1]]
    return [*head, *(rest if height >= 9 else rest[1:])]


def _probabilities(reading: Reading, width: int, height: int) -> Lines:
    shares = [(label, reading.probabilities.get(label, 0.0)) for label in LABELS]
    if height >= 3:
        bar = max(1, width - 18)
        return [
            Text.assemble(
                (f"{LABEL_SIGN[label]} {label:<8} ", LABEL_STYLE[label]),
                gauges.share(value, bar, LABEL_STYLE[label]),
                f" {percent(value):>6}",
                no_wrap=True,
                end="",
            )
            for label, value in shares
        ]
    if height < 1:
        return []
    parts = [(f"{LABEL_SIGN[label]} {percent(value)}   ", LABEL_STYLE[label]) for label, value in shares]
    return [line("   ", *parts)]
