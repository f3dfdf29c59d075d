"""The first and the last line of the screen: the session's marks, and the keys."""

from rich.text import Text

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.dashboard.cells import (
    BAD,
    DIM,
    KEY_OF,
    POSITIVE_COLOUR,
    STRONG,
    WARN,
    Part,
    clean,
    clock,
    fit_cells,
    line,
    signed,
    spinner,
    spread_ends,
)
from fsrf_live.stream.dashboard.panels import gauges
from fsrf_live.stream.dashboard.state import UiState
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.snapshot import Snapshot


def header(snapshot: Snapshot, ui: UiState, width: int) -> Text:
    """Name, time, progress of a file, then whatever a person must not miss, the engine last."""
    left = Text.assemble((" FSRF ", "bold reverse"), " ", _time(snapshot, width), no_wrap=True, end="")
    marks = _marks(snapshot, ui, width)
    gap = Text("   " if width >= 80 else "  ", end="", no_wrap=True)
    while len(marks) > 1 and gap.join(marks).cell_len > width - left.cell_len - 2:
        marks.pop()
    return spread_ends(left, gap.join(marks), width - 1)


def footer(snapshot: Snapshot, ui: UiState, width: int) -> Text:
    """The keys, or the answer to the last one."""
    if ui.typed is not None:
        room = max(1, width - 40)
        prompt = (" marker: ", STRONG), clean(ui.typed)[-room:], ("▏", STRONG)
        return fit_cells(line(*prompt, ("  Enter sets it, Esc leaves it", DIM)), width)
    if ui.notice:
        return fit_cells(line(" ", (clean(ui.notice), STRONG)), width)
    if not ui.keys:
        return fit_cells(line((" Ctrl-C ", STRONG), ("quit  (the keyboard is the text source)", DIM)), width)
    keys = [("q", "quit"), ("space", "go on" if ui.frozen else "freeze")]
    cut = {view.modality for view in snapshot.sources if view.state is State.DISABLED}
    keys += [(KEY_OF[m], f"{'restore' if m in cut else 'cut'} {m}" if width >= 84 else m) for m in MODALITIES]
    keys += [("f", "fault" if width < 84 else "next fault")]
    keys += [("m", "mark")] if width >= 96 else []
    keys += [("?", "help")]
    if width < 64:
        keys = [("␣" if key == "space" else key, word) for key, word in keys]
    gap = "  " if width < 64 else "   "
    parts = [part for key, word in keys for part in ((gap, ""), (key, STRONG), (f" {word}", DIM))]
    return fit_cells(line(" ", *parts[1:]), width)


def recording(snapshot: Snapshot) -> Part:
    """The mark of a session, empty if it is not recorded."""
    if not snapshot.recording:
        return ""
    return f"● REC{' media' if snapshot.recording_media else ''}", f"bold {BAD}"


def _time(snapshot: Snapshot, width: int) -> Text:
    if snapshot.duration_s is None:
        return line((clock(snapshot.time_s), STRONG))
    share = snapshot.time_s / snapshot.duration_s if snapshot.duration_s > 0 else 1.0
    bar = gauges.share(share, 10 if width < 100 else 24, POSITIVE_COLOUR) if width >= 80 else line("")
    return Text.assemble(
        (clock(min(snapshot.time_s, snapshot.duration_s)), STRONG),
        (f" / {clock(snapshot.duration_s)} ", DIM),
        bar,
        no_wrap=True,
        end="",
    )


def _marks(snapshot: Snapshot, ui: UiState, width: int) -> list[Text]:
    """The most important first; the last ones go if there is no room. That it records is always said."""
    marks: list[Text] = []
    if snapshot.recording:
        marks.append(line(recording(snapshot)))
    if ui.frozen:
        marks.append(line((" FROZEN ", "bold reverse")))
    if ui.rating is not None:
        marks.append(line(("rated ", DIM), (signed(ui.rating, 1), STRONG)))
    if snapshot.ended:
        marks.append(line(("■ ended", STRONG)))
    if snapshot.faults:
        more = f" +{len(snapshot.faults) - 1}" if len(snapshot.faults) > 1 else ""
        marks.append(line((f"! {clean(snapshot.faults[0])}{more}", f"bold {WARN}")))
    if snapshot.loading:
        marks.append(line((f"{spinner(snapshot.time_s)} loading", DIM)))
    if snapshot.engine:
        marks.append(line(("engine " if width >= 80 else "", DIM), clean(snapshot.engine)))
    return marks
