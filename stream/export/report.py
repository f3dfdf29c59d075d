"""A report of a session: one page that needs nothing else, in light and in dark.

The curve is drawn in strips of a few minutes: each utterance is a line at its score in the band of its 90 %
interval, above lanes that show when a source was away; markers are numbered, as in the table below. No script
runs in the page, and its policy forbids whatever would be loaded.
"""

import html
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import CaptureTime, Reading, shown_label
from fsrf_live.stream.recording.account import Account, Spell, held_ratings, plain

STRIP_S = 180.0
"""What one strip shows at most: an utterance of two seconds is still ten pixels wide."""
_LEFT, _WIDTH, _RIGHT, _TOP, _PLOT, _GAP, _LANE = 64, 904, 28, 34, 140, 14, 15
_NUMBER_WIDE = 16
"""What the number of a marker takes; one that is nearer to the one before is written above it."""
_QUIET = (State.LIVE, State.STARTING, State.ENDED)
"""States that say nothing of a failure."""

_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1c2126;--soft:#5c6670;--line:#d8dde2;--good:#1f78b4;
--bad:#b35c00;--even:#6b7680;--band:#1f78b429;--away:#b3261e;--mark:#7b3fa0}
@media(prefers-color-scheme:dark){:root{--page:#14181c;--ink:#e8ecef;--soft:#9aa5af;--line:#333b43;--good:#5db3ec;
--bad:#f0a14a;--even:#a9b3bc;--band:#5db3ec33;--away:#ff8a80;--mark:#cf9df0}}
body{font:16px/1.5 system-ui,sans-serif;background:var(--page);color:var(--ink);max-width:64rem;margin:0 auto;
padding:1.5rem}
h1{margin:0;font-size:1.6rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{margin:.25rem 0}
.soft{color:var(--soft)}
.scroll{overflow-x:auto}svg{display:block;min-width:46rem;width:100%;height:auto;margin:.5rem 0}
svg text{font:13px system-ui,sans-serif;fill:var(--soft)}.grid{stroke:var(--line)}.band{fill:var(--band)}
.positive{stroke:var(--good)}.negative{stroke:var(--bad)}.neutral{stroke:var(--even)}.score{stroke-width:3}
.away{fill:var(--away)}.here{fill:var(--line)}.mark{stroke:var(--mark);stroke-dasharray:3 2}
.rated{stroke:var(--mark);stroke-width:2}
svg text.number{fill:var(--mark);font-weight:600}
.key span{white-space:nowrap;margin-right:1.2rem}.key i{display:inline-block;width:1.1rem;height:.2rem;
margin-right:.4rem;vertical-align:middle;background:var(--good)}.key .wide{height:.7rem;
background:var(--band)}.key .rated{background:var(--mark)}
.key .gone{height:.4rem;background:var(--away)}.end{margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top;
border-bottom:1px solid var(--line)}td:first-child,th:first-child{white-space:nowrap}
@media print{.scroll{overflow:visible}svg{min-width:0}.key i{print-color-adjust:exact}}
@media(max-width:600px){th,td{padding-right:.4rem;font-size:.85rem}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_report(account: Account, path: Path) -> None:
    """Write the page; raises OSError."""
    name = _text(account.name)
    pieces = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{name}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{name}</h1>",
        *_head(account),
        *_curve(account),
        *_table("Markers", ("", "time", "marker", "set by"), _marker_rows(account)),
        *_table("Outages", ("source", "from", "to", "state", "why"), _outage_rows(account)),
        *_table("Words", ("time", "said", "score"), _word_rows(account)),
        f'<p class="soft end">The score is from {SCORE_LOW:g}, very negative, to {SCORE_HIGH:g}, very '
        "positive, with its 90 % prediction interval. It estimates how sentiment is expressed, not what "
        "somebody feels.</p>",
        "</main></body></html>\n",
    ]
    path.write_text("\n".join(pieces), encoding="utf-8")


def _head(account: Account) -> Iterator[str]:
    begun = "" if account.begun is None else f"{_day(account.begun)}, "
    windows = len(account.readings)
    of = "1 utterance or stretch" if windows == 1 else f"{windows} utterances and stretches"
    yield f'<p class="soft">{begun}{_clock(account.duration_s)}, {of}</p>'
    whole = account.summary
    if whole is None:
        yield "<p>The recording ends without a summary: the session was cut off.</p>"
    elif whole.score is None or whole.low is None or whole.high is None:
        yield f"<p>There is no score: {_text(whole.reason or 'nothing was read')}.</p>"
    else:
        span = f"{whole.low:+.2f} … {whole.high:+.2f}"
        yield f"<p>On the whole <strong>{whole.score:+.2f}</strong> ({span}), {shown_label(whole)}.</p>"


def _curve(account: Account) -> Iterator[str]:
    yield "<h2>Score</h2>"
    yield (
        '<p class="soft key"><span><i></i>score</span><span><i class="wide"></i>90 %</span>'
        '<span><i class="rated"></i>rating</span><span><i class="gone"></i>source away</span></p>'
    )
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Score">'
    strips = max(1, math.ceil(account.duration_s / STRIP_S))
    length_s = max(1.0, account.duration_s / strips)
    for number in range(strips):
        yield from _Strip(account, number * length_s, length_s).lines()
    yield "</div>"


class _Strip:
    """A stretch of the curve as a picture."""

    def __init__(self, account: Account, start_s: float, length_s: float) -> None:
        self._account = account
        self._start_s, self._end_s = start_s, start_s + length_s
        self._sources = list(dict.fromkeys(spell.source for spell in account.spells))

    def lines(self) -> Iterator[str]:
        height = _bottom(len(self._sources)) + 8
        title = f"Score from {_clock(self._start_s)} to {_clock(self._end_s)}"
        box = f"0 0 {_LEFT + _WIDTH + _RIGHT} {height}"
        yield f'<svg viewBox="{box}" role="img" aria-label="{title}"><title>{title}</title>'
        yield from self._axes()
        for reading in self._account.readings:
            yield from self._reading(reading)
        yield from self._rated()
        yield from self._lanes()
        yield from self._markers()
        yield "</svg>"

    def _x(self, time_s: float) -> float:
        within_s = min(max(time_s, self._start_s), self._end_s) - self._start_s
        return _LEFT + _WIDTH * within_s / (self._end_s - self._start_s)

    def _shows(self, start_s: float, end_s: float) -> bool:
        return start_s < self._end_s and end_s > self._start_s

    def _axes(self) -> Iterator[str]:
        for score in range(math.ceil(SCORE_LOW), math.floor(SCORE_HIGH) + 1):
            y = _y(score)
            yield f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_mark(score)}</text>'
        bottom = _bottom(len(self._sources))
        step_s = next(step for step in (1, 2, 5, 10, 15, 30) if (self._end_s - self._start_s) / step <= 12)
        for tick in range(math.ceil(self._start_s / step_s), math.floor(self._end_s / step_s) + 1):
            x = self._x(tick * step_s)
            yield f'<text x="{x:.1f}" y="{bottom}" text-anchor="middle">{_tick(tick * step_s)}</text>'

    def _reading(self, reading: Reading) -> Iterator[str]:
        if not self._shows(reading.start_s, reading.end_s):
            return
        left, right = self._x(reading.start_s), self._x(reading.end_s)
        top, bottom, y = _y(reading.high), _y(reading.low), _y(reading.score)
        span = f"{reading.low:+.2f} … {reading.high:+.2f}"
        said = f": {_text(reading.text)}" if reading.text else ""
        yield f"<g><title>{reading.score:+.2f} ({span}), {shown_label(reading)}{said}</title>"
        size = f'width="{right - left:.1f}" height="{max(1.0, bottom - top):.1f}"'
        yield f'<rect class="band" x="{left:.1f}" y="{top:.1f}" {size}/>'
        ends = f'x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"'
        yield f'<line class="score {reading.label}" {ends}/></g>'

    def _rated(self) -> Iterator[str]:
        for held in held_ratings(self._account):
            if self._shows(held.start_s, held.end_s):
                left, right, y = self._x(held.start_s), self._x(held.end_s), _y(held.rating)
                ends = f'x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"'
                yield f'<line class="rated" {ends}><title>rated {held.rating:+.2f}</title></line>'

    def _lanes(self) -> Iterator[str]:
        for place, source in enumerate(self._sources):
            y = _TOP + _PLOT + _GAP + _LANE * place
            yield f'<text x="{_LEFT - 8}" y="{y + 8}" text-anchor="end">{_text(source)}</text>'
            for spell in self._account.spells:
                if spell.source == source and self._shows(spell.start_s, spell.end_s):
                    yield self._spell(spell, y)

    def _spell(self, spell: Spell, y: int) -> str:
        left, right = self._x(spell.start_s), self._x(spell.end_s)
        look = "here" if spell.state in _QUIET else "away"
        why = f": {_text(spell.reason)}" if spell.reason else ""
        box = f'x="{left:.1f}" y="{y}" width="{max(1.0, right - left):.1f}" height="6"'
        return f'<rect class="{look}" {box}><title>{spell.state.value}{why}</title></rect>'

    def _markers(self) -> Iterator[str]:
        taken = [-math.inf, -math.inf]
        for number, marker in enumerate(self._account.markers, start=1):
            last = self._end_s >= self._account.duration_s  # it has what stands at its very end too
            if self._start_s <= max(0.0, marker.time_s) < self._end_s or (
                last and marker.time_s == self._end_s
            ):
                x = self._x(marker.time_s)
                yield f"<g><title>{_text(marker.name)}</title>"
                ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + _PLOT}"'
                yield f'<line class="mark" {ends}/>'
                level = 0 if x - taken[0] >= _NUMBER_WIDE else 1
                taken[level] = x
                place = f'x="{x:.1f}" y="{_TOP - 5 - 13 * level}" text-anchor="middle"'
                yield f'<text class="number" {place}>{number}</text></g>'


def _marker_rows(account: Account) -> Iterator[tuple[str, ...]]:
    for number, marker in enumerate(account.markers, start=1):
        yield str(number), _clock(marker.time_s), marker.name, marker.source


def _outage_rows(account: Account) -> Iterator[tuple[str, ...]]:
    for spell in account.spells:
        if spell.state not in _QUIET:
            span = _clock(spell.start_s), _clock(spell.end_s)
            yield spell.source, *span, spell.state.value, spell.reason or ""


def _word_rows(account: Account) -> Iterator[tuple[str, ...]]:
    for said in account.words:
        reading = account.reading_at((said.start_s + said.end_s) / 2)
        yield _clock(said.start_s), said.text, "" if reading is None else f"{reading.score:+.2f}"


def _table(title: str, heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """A table under its title; a line in place of one without rows."""
    yield f"<h2>{title}</h2>"
    lines = [f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows]
    if not lines:
        yield '<p class="soft">None.</p>'
        return
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in heads)
    region = f'tabindex="0" role="region" aria-label="{title}"'
    yield f'<div class="scroll" {region}><table><thead><tr>{head}</tr></thead><tbody>'
    yield from lines
    yield "</tbody></table></div>"


def _y(score: float) -> float:
    within = min(max(score, SCORE_LOW), SCORE_HIGH)
    return _TOP + _PLOT * (SCORE_HIGH - within) / (SCORE_HIGH - SCORE_LOW)


def _bottom(lanes: int) -> int:
    """Where the times are written, below the lanes."""
    return _TOP + _PLOT + _GAP + _LANE * lanes + 14


def _mark(score: int) -> str:
    return f"{score:+d}".replace("-", "\N{MINUS SIGN}") if score else "0"


def _day(begun: CaptureTime) -> str:
    """``2026-11-29 10:15:36 UTC``."""
    return f"{str(begun).partition('.')[0].replace('T', ' ')} UTC"


def _tick(time_s: float) -> str:
    """A whole number of seconds."""
    return _clock(time_s).partition(".")[0]


def _clock(time_s: float) -> str:
    """``1:02:03.4`` without what is zero in front: ``2:03.4``."""
    tenths = round(max(0.0, time_s) * 10)
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{rest / 10:04.1f}"


def _text(text: str) -> str:
    return html.escape(plain(text))
