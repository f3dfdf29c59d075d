"""Who said so: the Shapley contribution of each modality, what was recovered, what a loss now would do."""

from rich.text import Text

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.dashboard.cells import (
    DASH,
    DIM,
    GOOD,
    KEY_OF,
    RECOVERED,
    STRONG,
    WARN,
    Lines,
    line,
    percent,
    polarity,
    signed,
)
from fsrf_live.stream.dashboard.panels import gauges
from fsrf_live.stream.flow.records import ModalityReading, Reading
from fsrf_live.stream.flow.snapshot import Snapshot

_NAME = 8
_STATUS = 17
_VALUE = 6
_IF_LOST = 15


def who(snapshot: Snapshot, width: int, height: int) -> Lines:
    """One line a modality; two if there is room; the sum last."""
    reading = snapshot.reading
    if reading is None:
        return [
            line((f"{KEY_OF[m]} ", DIM), (f"{m:<6}", STRONG), ("waiting for the first reading", DIM))
            for m in MODALITIES
        ]
    lines: Lines = []
    roomy = height >= 6
    for modality in MODALITIES:
        part = reading.modalities.get(modality)
        if part is None:
            continue
        lines.append(_line(modality, part, reading, width, with_loss=not roomy))
        if roomy:
            lines.append(_detail(modality, part, reading, width))
        if height >= 10:
            lines.append(line(""))
    if len(lines) < height:
        lines.append(_sum(reading))
    return lines


def _line(modality: Modality, part: ModalityReading, reading: Reading, width: int, with_loss: bool) -> Text:
    loss = _if_lost(modality, reading) if with_loss and width >= 52 else line("")
    room = width - _NAME - _STATUS - _VALUE - (_IF_LOST if loss.cell_len else 0)
    bar = max(3, room - (0 if room % 2 else 1))
    status = _status(part)
    if part.state == "missing":
        middle = _recovery_bar(part, bar)
        value = line((f"{DASH:>{_VALUE}}", DIM))
    else:
        middle = gauges.signed_bar(part.contribution, bar)
        value = line((f"{signed(part.contribution):>{_VALUE}}", f"bold {polarity(part.contribution)}"))
    return Text.assemble(
        (f"{KEY_OF[modality]} ", DIM),
        (f"{modality:<{_NAME - 2}}", STRONG),
        status,
        " " * max(1, _STATUS - status.cell_len),
        middle,
        value,
        "  " if loss.cell_len else "",
        loss,
        no_wrap=True,
        end="",
    )


def _status(part: ModalityReading) -> Text:
    if part.state == "present":
        return line(("● ", GOOD), "present")
    if part.state == "partial":
        return line(("◐ ", WARN), f"partly, {percent(part.coverage)}")
    if part.recovery is None:
        return line(("○ ", DIM), "missing")
    return line((f"▒ recovered {percent(part.recovery)}", RECOVERED))


def _recovery_bar(part: ModalityReading, width: int) -> Text:
    filled = round((part.recovery or 0.0) * width)
    return line(("▒" * filled, RECOVERED), ("·" * (width - filled), DIM))


def _detail(modality: Modality, part: ModalityReading, reading: Reading, width: int) -> Text:
    indent = " " * _NAME
    if part.state == "missing":
        why = part.reason.value.replace("_", " ") if part.reason else "not there"
        return line(indent, (why, DIM))
    bar = 4 if width < 50 else 10
    covered = Text.assemble(
        indent,
        ("coverage ", DIM),
        gauges.share(part.coverage, bar, GOOD),
        (f" {percent(part.coverage)}", DIM),
        no_wrap=True,
        end="",
    )
    loss = _if_lost(modality, reading)
    if not loss.cell_len:
        return covered
    gap = max(2, width - covered.cell_len - loss.cell_len)
    return Text.assemble(covered, " " * gap, loss, no_wrap=True, end="")


def _if_lost(modality: Modality, reading: Reading) -> Text:
    without = reading.without.get(modality)
    if without is None:
        return line("")
    return line(("if lost ", DIM), (signed(without), polarity(without)))


def _sum(reading: Reading) -> Text:
    parts = sum(part.contribution for part in reading.modalities.values())
    return line(
        (f"no evidence {signed(reading.score - parts)}, these {signed(parts)} = ", DIM),
        (signed(reading.score), STRONG),
    )
