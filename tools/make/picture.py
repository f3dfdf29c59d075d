"""``python -m fsrf_live.tools.make.picture [FILE.svg]``: the picture of the dashboard, from a real session.

Plays the demo clip with its dropout and draws the last moment in which words carried on without a face. It
needs the checkpoint and takes as long as the clip does until then.
"""

import re
import sys
import time
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.stream.dashboard import Picture, render
from fsrf_live.stream.faults.spec import FaultBoard, faults_of
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.snapshot import Snapshot
from fsrf_live.stream.live.opening import Wanted, sources_of
from fsrf_live.stream.live.parts import Makers
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.loading import EngineChoice, load_analyst, make_faces, make_voices

_COLUMNS, _ROWS = 120, 36
CLIP = "demo/demo.mp4"
_DROPOUT = "camera:unplug@21s+6s"
_LOOK_EVERY_S = 0.05
_NIGHT = TerminalTheme(
    (22, 24, 29), (214, 216, 220), [(22, 24, 29)] * 8, [(214, 216, 220)] * 8
)  # the dashboard's colours are its own; only these two come from the terminal
_FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def main() -> None:
    """Play, look, draw."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/dashboard.svg")
    path.parent.mkdir(parents=True, exist_ok=True)
    moment = _last_moment_without_face()
    path.write_text(svg(render(moment, _COLUMNS, _ROWS), f"fsrf live --media {CLIP}"), encoding="utf-8")


def svg(picture: Picture, title: str) -> str:
    """The picture as an SVG that loads no fonts from a server; equal pictures give equal files."""
    width = picture.lines[0].cell_len
    console = Console(
        record=True,
        width=width,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    console.print(picture)
    drawn = console.export_svg(title=title, theme=_NIGHT, unique_id="dashboard")
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"font-family: Fira Code, monospace", f"font-family: {_FONTS}", drawn)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _last_moment_without_face() -> Snapshot:
    clock = MonotonicClock()
    choice = EngineChoice("auto", default_checkpoint())
    session = LiveSession(
        sources_of(Wanted(None, None, None, Path(CLIP)), clock),
        Makers(lambda: load_analyst(choice, clock, warm_text=True), make_faces, make_voices),
        clock,
        faults=FaultBoard(faults_of([_DROPOUT])),
    )
    session.start()
    try:
        return _watch(session)
    finally:
        session.stop()


def _watch(session: LiveSession) -> Snapshot:
    best: Snapshot | None = None
    while not session.ended:
        snapshot = session.snapshot()
        if snapshot.faults and snapshot.reading:
            states = {m: modality.state for m, modality in snapshot.reading.modalities.items()}
            if (states["video"], states["text"]) == ("missing", "present"):
                best = snapshot
        elif best is not None:
            break
        time.sleep(_LOOK_EVERY_S)
    if best is None:
        raise SystemExit(f"the session had no words without a face: does {CLIP} play?")
    return best


if __name__ == "__main__":
    main()
