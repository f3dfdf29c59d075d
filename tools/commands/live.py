"""``fsrf live``: listens to devices or plays a file, and shows the sentiment while it moves."""

import argparse
import contextlib
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.page.opening import PAGE_PORT, open_page
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import asked_of_browsers, baseline_of, engine_choice, wanted_of
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import (
    Subparsers,
    add_command,
    add_engine,
    add_faults,
    add_jsonl,
    add_language,
    add_metrics,
    add_sinks,
    add_tracks,
    positive_seconds,
    seconds_or_none,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fsrf_live.stream.dashboard import Dashboard
    from fsrf_live.stream.flow.sinks import Sink
    from fsrf_live.stream.flow.snapshot import Snapshot, SourceView
    from fsrf_live.stream.live.opening import Wanted
    from fsrf_live.stream.live.session import LiveSession
    from fsrf_live.stream.page.browser.device import LentRole
    from fsrf_live.stream.page.server import PageServer

_DESCRIPTION = """\
Watches, listens and reads, and shows live how positive or negative it is, how sure, and who said so. If a
source fails, it says so, goes on without it, and takes it back when it returns. Where standard output is no
terminal it writes JSON lines instead of the dashboard. Keys: q quit, space freeze, 1 2 3 cut and restore
text, audio and video, f rehearse the next fault, m mark this moment, M mark it by a name, + - 0 rate the
person, ? help. With --page a browser on this machine shows it instead of the terminal, with the same keys;
the address that is printed works once."""

_EXAMPLES = (
    "fsrf live                                     your first camera and your default microphone",
    "fsrf live --camera 'C920' --mic 'Yeti'        by name, or part of it; 'fsrf devices' lists them",
    "fsrf live --camera http://192.168.1.7/video --mic none",
    "fsrf live --media talk.mp4                    a file in real time, with the captions beside it",
    "fsrf live --media talk.mp4 --fault camera:unplug@5s+3s --fault mic:noise=10dB",
    "fsrf live --media talk.mp4 --loop             the same, again and again",
    "fsrf live --record monday --record-media      also the pictures and the sound",
    "fsrf live --jsonl - | jq .score               readings for other programs",
    "fsrf live --page                              in a browser on this machine",
    "fsrf live --page 0.0.0.0:8770 --tls-cert cert.pem --tls-key key.pem    and on other machines",
    "fsrf live --page --camera browser --mic browser    and the browser's camera and microphone",
)
POLL_S = 0.2


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "live",
        "follow a camera, a microphone and text live",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    _add_devices(parser)
    add_language(parser)
    parser.add_argument(
        "--words-every",
        metavar="S",
        type=seconds_or_none,
        default=WindowSettings().words_every_s,
        help="recognise what is said again so often while it is still being said; 0: only in its pauses and "
        "at its end (default: %(default)g)",
    )
    parser.add_argument("--media", metavar="FILE", help="play a file, in real time, in place of the devices")
    parser.add_argument("--loop", action="store_true", help="play the media again and again")
    add_tracks(parser)
    add_engine(parser)
    add_faults(parser)
    _add_recording(parser)
    parser.add_argument(
        "--baseline", metavar="NAME", help="judge relative to a rest that 'fsrf baseline NAME' measured"
    )
    parser.add_argument(
        "--lsl-markers",
        metavar="NAME",
        nargs="?",
        const="",
        help="take markers from the Lab Streaming Layer: of streams with that name, else all of type Markers",
    )
    add_jsonl(parser)
    add_sinks(parser)
    add_metrics(parser)
    _add_page(parser)
    parser.add_argument("--duration", metavar="S", type=positive_seconds, help="end after this many seconds")
    parser.set_defaults(run=run)


def _add_devices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--camera",
        metavar="WHICH",
        help="index, name, address, file, fake, browser (with --page), plugin:NAME or none (default: 0, the "
        "first camera)",
    )
    parser.add_argument(
        "--mic",
        metavar="WHICH",
        help="default, index, name, file, fake, browser (with --page), plugin:NAME or none "
        "(default: default)",
    )
    parser.add_argument(
        "--text",
        metavar="WHICH",
        help="asr, asr:NAME, stdin, a .vtt or .srt file, plugin:NAME or none (default: captions beside the "
        "media, else asr)",
    )


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--page",
        metavar="[HOST:]PORT",
        nargs="?",
        const=str(PAGE_PORT),
        help="show it in a browser on this machine, and not on the terminal (default port: %(const)s); "
        "another HOST lets other machines in, with TLS only",
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate of the page, as PEM")
    parser.add_argument("--tls-key", metavar="FILE", help="its key, as PEM without a passphrase")


def _add_recording(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--record", metavar="DIR", help="record features, events and readings there, for 'fsrf replay'"
    )
    parser.add_argument(
        "--record-media",
        action="store_true",
        help="record the raw pictures and sound there too: media.mkv, with captions beside it",
    )
    parser.add_argument("--blur", action="store_true", help="blur every face found in the recorded pictures")


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Run a session from its first picture to its summary."""
    from fsrf_live.stream.flow.clock import MonotonicClock
    from fsrf_live.stream.live.door import marker_door
    from fsrf_live.stream.live.lsl_markers import marker_inlet, need_lsl
    from fsrf_live.tools.shell.memory import share_pool
    from fsrf_live.tools.shell.output import for_people, sinks_of

    share_pool()
    need_lsl(args.lsl_markers)
    people = for_people(args.jsonl)
    with contextlib.ExitStack() as opened:
        asks = asked_of_browsers(args)
        page = _page(args, asks)
        if page is not None:
            opened.enter_context(contextlib.closing(page))
        pages = [] if page is None else [page]
        wanted = _wanted(args, page, asks)
        session = _session(
            args, wanted, lambda: [*sinks_of(args.jsonl, args.sink, for_people=people), *pages]
        )
        watch = Watch(session.snapshot, asks)
        dashboard = _dashboard(session, watch, keys=args.text != "stdin") if people and not pages else None
        try:
            session.start()
            if page is not None:
                page.show(watch.look, session)
                session.show_looks(page.see)
                exits.say(f"the page is at {page.address} (works once); Ctrl-C ends the session")
            mark = session.mark
            with (
                marker_door(lambda name, rating: mark(name, "command", rating=rating)),
                marker_inlet(args.lsl_markers, MonotonicClock(), lambda name, ns: mark(name, "lsl", ns)),
            ):
                _follow(session, watch, dashboard, messages)
        finally:
            try:
                session.stop()
            finally:
                if people and watch.unusable is None:
                    with contextlib.suppress(OSError):  # the terminal may have hung up
                        _show_end(session, args.media or "live")
    if watch.unusable is not None:
        raise SourceError(watch.unusable)
    return exits.OK


def _page(args: argparse.Namespace, asks: "list[LentRole]") -> "PageServer | None":
    """The page that is asked for, if one is."""
    if args.page is not None:
        from fsrf_live.stream.page.guard.place import place_of

        return open_page(place_of(args.page, args.tls_cert, args.tls_key), asks)
    if args.tls_cert is not None or args.tls_key is not None:
        raise UsageError("--tls-cert and --tls-key are those of the page: give --page")
    return None


def _follow(
    session: "LiveSession", watch: "Watch", dashboard: "Dashboard | None", messages: Messages
) -> None:
    """Until it is over: draw it, or wait. Once nobody takes its records the session ends by itself."""
    if dashboard is not None:
        with messages.held():
            dashboard.run()
    else:
        while not session.wait(POLL_S) and not watch.look().ended:
            pass


class Watch:
    """Looks at each snapshot of a session, and ends it if no source could ever be opened.

    A rehearsed unplug is no such failure, nor are the seconds after it in which the device is opened.
    """

    def __init__(self, snapshot_of: Callable[[], "Snapshot"], patient: Collection[str] = ()) -> None:
        """`patient` are sources that somebody has still to give, by their role: these are waited for."""
        self.unusable: str | None = None
        self._snapshot_of = snapshot_of
        self._patient = patient

    def look(self) -> "Snapshot":
        """The snapshot; it has ended if there is no usable source."""
        snapshot = self._snapshot_of()
        devices = [view for view in snapshot.sources if view.source != "text"] or list(snapshot.sources)
        if self.unusable is None and devices and all(map(self._failed_to_open, devices)):
            self.unusable = "; ".join(f"{view.reason}" for view in devices)
        return replace(snapshot, ended=True) if self.unusable else snapshot

    def _failed_to_open(self, view: "SourceView") -> bool:
        from fsrf_live.stream.flow.items import State

        if view.age_s is not None or view.reason is None or view.rehearsed or view.source in self._patient:
            return False
        return view.state in (State.LOST, State.RECONNECTING)


def _wanted(args: argparse.Namespace, page: "PageServer | None", asks: Collection[str]) -> "Wanted":
    """What is listened to; the page is the source of what browsers are asked for."""
    wanted = wanted_of(args)
    if page is not None and "camera" in asks:
        wanted = replace(wanted, camera=page.camera)
    if page is not None and "mic" in asks:
        wanted = replace(wanted, mic=page.microphone)
    return wanted


def _session(
    args: argparse.Namespace, wanted: "Wanted", open_sinks: Callable[[], "list[Sink]"]
) -> "LiveSession":
    """Put the session together; what is wrong with options, files and devices is reported here."""
    from fsrf_live.stream.live.composing import RecordingChoice, compose_session

    return compose_session(
        wanted,
        engine_choice(args, language=args.language),
        open_sinks,
        faults=args.fault,
        recording=RecordingChoice(args.record, media=args.record_media, blur=args.blur),
        duration_s=args.duration,
        windows=WindowSettings(words_every_s=args.words_every),
        baseline=baseline_of(args.baseline),
    )


def _dashboard(session: "LiveSession", watch: Watch, *, keys: bool) -> "Dashboard":
    """Make the dashboard before the session starts, so that its first picture waits for no other import."""
    from fsrf_live.stream.dashboard import Dashboard
    from fsrf_live.tools.shell.output import console

    return Dashboard(watch.look, session, console(), keys=keys)


def _show_end(session: "LiveSession", title: str) -> None:
    """Print the summary, what the sources went through, and where the time went."""
    from rich.text import Text

    from fsrf_live.tools.shell.output import console
    from fsrf_live.tools.views.tables import latency_table, sources_table, summary_panel

    summary = session.stop()
    if summary is None:
        return
    snapshot = session.snapshot()
    below: list[RenderableType] = [Text(""), sources_table(snapshot.sources)]
    if snapshot.latency:
        below += [Text(""), latency_table(snapshot.latency)]
    console().print(summary_panel(summary, title, *below))
