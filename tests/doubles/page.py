"""A scripted session behind the page, and viewers of it."""

import http.client
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.markers import MarkerSource, checked_marker, checked_rating
from fsrf_live.stream.flow.records import Event, Marker, Record, timed
from fsrf_live.stream.flow.snapshot import Snapshot
from fsrf_live.stream.page.browser.device import LentRole
from fsrf_live.stream.page.guard.place import PagePlace, place_of
from fsrf_live.stream.page.server import PageServer
from tests.doubles.mosquitto import free_port
from tests.doubles.records import PAIR
from tests.doubles.scripted import OUTAGE, scripted, scripted_reading

STEP_S = 0.5
WAIT_S = 60.0


class FakeLive:
    """The scripted session at a moment that the test sets; remembers what it was asked to do."""

    def __init__(self, time_s: float = 20.0) -> None:
        self.time_s = time_s
        self.asked: list[str] = []
        self.marked_ns: list[int] = []
        self.cut_now: set[Modality] = set()
        self.changes: dict[str, Any] = {}

    def snapshot(self) -> Snapshot:
        moment = scripted(self.time_s)
        sources = tuple(
            replace(view, state=State.DISABLED, reason=None) if view.modality in self.cut_now else view
            for view in moment.sources
        )
        return replace(replace(moment, sources=sources), **self.changes)

    def cut(self, modality: Modality) -> None:
        self.asked.append(f"cut {modality}")
        self.cut_now.add(modality)

    def restore(self, modality: Modality) -> None:
        self.asked.append(f"restore {modality}")
        self.cut_now.discard(modality)

    def mark(self, name: str, source: MarkerSource, time_ns: int, rating: float | None) -> float:
        rated = "" if rating is None else f" {checked_rating(rating):g}"
        self.asked.append(f"mark {checked_marker(name)}{rated} by {source}")
        self.marked_ns.append(time_ns)
        if name == "too late":
            raise UsageError("the session is over: it takes no markers any more")
        return self.time_s

    def next_fault(self) -> str:
        self.asked.append("fault")
        return "camera:freeze@21s+4s"


def records_until(time_s: float) -> list[Record]:
    """What the scripted session has told until then, with the camera's outage and two markers in it."""
    steps = [step * STEP_S for step in range(2, int(time_s / STEP_S) + 1)]
    told: list[Record] = [scripted_reading(moment) for moment in steps]
    told += [
        Event(0.1, "camera", State.LIVE, None),
        Event(OUTAGE[0], "camera", State.LOST, "no new frame for 3.0 s"),
        Event(OUTAGE[1], "camera", State.LIVE, None),
        Marker(6.0, "stimulus 1", "command"),
        Marker(14.5, "marker 1", "key"),
        Marker(7.0, "rating", "key", rating=0.5),
        Marker(10.0, "rating", "key", rating=1.5),
        Marker(16.5, "rating", "page", rating=-0.5),
    ]
    told = [record for record in told if record.until_s <= time_s]
    return [timed(record, PAIR, 0) for record in sorted(told, key=lambda record: record.until_s)]


@contextmanager
def page_of(
    live: FakeLive, asks: Collection[LentRole] = (), place: PagePlace | None = None
) -> Iterator[PageServer]:
    """A page of the scripted session, on a free port, that asks browsers for these devices."""
    page = PageServer(place or place_of(str(free_port()), None, None), asks)
    try:
        page.show(live.snapshot, live)
        for record in records_until(live.time_s):
            page.emit(record)
        yield page
    finally:
        page.close()


def cookie_of(address: str) -> str:
    """What a browser has that opens an address, as it sends it."""
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=WAIT_S)) as way:
        way.request("GET", f"/?{parts.query}")
        return str(way.getresponse().headers["Set-Cookie"]).partition(";")[0]


def viewer_of(address: str, cookie: str, origin: str | None = None) -> Any:
    """A connection to the feed, as of our own page unless another origin is given."""
    return way_of(address, "/feed", cookie, origin)


def lender_of(address: str, role: str, cookie: str, origin: str | None = None) -> Any:
    """A connection of a page that lends a device; `role` may be followed by ``?take=1``."""
    return way_of(address, f"/devices/{role}", cookie, origin)


def way_of(address: str, path: str, cookie: str, origin: str | None) -> Any:
    """A WebSocket of the page, as of our own page unless another origin is given."""
    from websockets.sync.client import connect
    from websockets.typing import Origin

    host = urlsplit(address).netloc
    return connect(
        f"ws://{host}{path}",
        origin=Origin(origin or f"http://{host}"),
        additional_headers={"Cookie": cookie},
        open_timeout=WAIT_S,
        close_timeout=WAIT_S,
        max_size=None,
    )
