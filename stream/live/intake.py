"""From the sources of a live session to its core: captures, channels, and the workers behind them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.faults.injection import FaultySource
from fsrf_live.stream.faults.spec import FaultBoard
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import MODALITY_OF, ROLE_OF, Change, Frame, Item, Looked, Role, Samples
from fsrf_live.stream.flow.queues import BoundedQueue, Inbox, is_decisive, never_drop, newest_only
from fsrf_live.stream.flow.settings import StallSettings, WindowSettings
from fsrf_live.stream.flow.snapshot import SourceView
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.workers import FaceWorker, Recognition, VoiceWorker
from fsrf_live.stream.sources.added import Sane
from fsrf_live.stream.sources.source import Patient, SourceSpec
from fsrf_live.stream.speech.recognition import RecogniserSource, UtteranceQueue
from fsrf_live.stream.supervision.capture import Capture

if TYPE_CHECKING:
    from fsrf_live.stream.recording.media_recorder import MediaRecorder

MOST_BLOCKS = 256
"""Some 5 s of sound: as long as voice activity may take to be loaded without a gap."""
LOOK_S = 0.05


class Intake:
    """Use: run each of `work` in a thread, then `start` the captures; `inbox` is for the core."""

    def __init__(
        self,
        sources: Sources,
        makers: Makers,
        clock: Clock,
        windows: WindowSettings,
        stall: StallSettings,
        faults: FaultBoard,
        media: "MediaRecorder | None",
    ) -> None:
        """Prepare; nothing runs, and no source is made."""
        self.inbox = Inbox()
        self._clock = clock
        self._media = media
        self._shown: Callable[[Looked], None] = lambda looked: None
        self._frames: BoundedQueue[Frame] = BoundedQueue(newest_only())
        self._sound: BoundedQueue[Samples | Change] = BoundedQueue(never_drop(is_decisive, MOST_BLOCKS))
        recognises = sources.recogniser is not None and sources.mic is not None
        self._utterances = UtteranceQueue() if recognises else None
        self._captures = self._make_captures(sources, stall, faults)
        recognition = (
            None
            if self._utterances is None
            else Recognition(windows, self._utterances, self._captures["text"].follow)
        )
        workers: dict[Role, FaceWorker | VoiceWorker] = {
            "camera": FaceWorker(makers.faces, self._frames, self.inbox, clock, self._looked),
            "mic": VoiceWorker(makers.voices, self._sound, self.inbox, windows, recognition),
        }
        self._workers = {role: worker for role, worker in workers.items() if role in self._captures}

    @property
    def modalities(self) -> frozenset[Modality]:
        """What there is a source for."""
        return frozenset(MODALITY_OF[role] for role in self._captures)

    @property
    def work(self) -> dict[str, Callable[[threading.Event], None]]:
        """What a thread each must run until the event, by its name."""
        names = {"camera": "faces", "mic": "voices"}
        return {names[role]: worker.run for role, worker in self._workers.items()}

    @property
    def loading(self) -> list[str]:
        """What is still being loaded, for people."""
        names = {"camera": "face mesh", "mic": "voice activity"}
        return [names[role] for role, worker in self._workers.items() if not worker.loaded.is_set()]

    @property
    def empties(self) -> tuple[int, ...]:
        """How often each worker has found nothing to do."""
        return tuple(worker.empties for worker in self._workers.values())

    def wait_until_loaded(self, over: threading.Event) -> None:
        """Wait until every worker is ready, or until `over`."""
        for worker in self._workers.values():
            while not over.is_set() and not worker.loaded.wait(LOOK_S):
                pass

    def start(self) -> None:
        """Begin to capture."""
        # The text first: a recogniser hears what is said from when its source is made.
        for capture in reversed(self._captures.values()):
            capture.start()

    def stop(self) -> None:
        """Stop and release every source."""
        for capture in self._captures.values():
            capture.stop()

    def cut(self, modality: Modality) -> None:
        """Take a modality out until it is restored; its device is released."""
        if ROLE_OF[modality] in self._captures:
            self._captures[ROLE_OF[modality]].cut()

    def restore(self, modality: Modality) -> None:
        """Undo `cut`."""
        if ROLE_OF[modality] in self._captures:
            self._captures[ROLE_OF[modality]].restore()

    def show_looks(self, show: Callable[[Looked], None]) -> None:
        """Call `show` with each picture that was read from now on, in the thread that reads faces."""
        self._shown = show

    def finish_recognition(self) -> bool:
        """Say that no more utterances will come; False if none are recognised."""
        if self._utterances is not None:
            self._utterances.finish()
        return self._utterances is not None

    def views(self, now_ns: int) -> tuple[SourceView, ...]:
        """Each source as a person should see it: its channel's drops added, and what is known of the rest."""
        drops: dict[Role, int] = {"camera": self._frames.drops, "mic": self._sound.drops, "text": 0}
        rests = {role: worker.rest for role, worker in self._workers.items()}
        views = {role: capture.view(now_ns) for role, capture in self._captures.items()}
        return tuple(
            replace(view, drops=view.drops + drops[role], rest=rests.get(role))
            for role, view in views.items()
        )

    def _make_captures(
        self, sources: Sources, stall: StallSettings, faults: FaultBoard
    ) -> dict[Role, Capture]:
        def captured(spec: SourceSpec) -> Capture:
            role = spec.role
            if role == "mic":
                spec = spec.inside(Sane)  # before the faults, which are the same to a file
            spec = spec.inside(lambda source: FaultySource(source, role, faults, self._clock))
            if role == "text":
                spec = spec.inside(lambda source: Patient(source, self.inbox.wait_for_room))
            return Capture(spec, self._clock, self._deliver, self._notify, stall)

        specs = (sources.camera, sources.mic, self._text_spec(sources))
        return {spec.role: captured(spec) for spec in specs if spec is not None}

    def _text_spec(self, sources: Sources) -> SourceSpec | None:
        utterances, load = self._utterances, sources.recogniser
        if utterances is None or load is None:
            return sources.text
        return SourceSpec("pipe", "text", RecogniserSource.name, lambda: RecogniserSource(utterances, load))

    def _looked(self, looked: Looked) -> None:
        if self._media is not None:
            self._media.looked(looked)
        self._shown(looked)

    # Called by the captures, under their locks: whatever is called here must only put into a queue. Were one
    # capture's lock taken under another's, two threads that take them in opposite orders would never go on.

    def _deliver(self, item: Item) -> None:
        if self._media is not None:
            self._media.put(item)
        if isinstance(item, Frame):
            self._frames.put(item)
        elif isinstance(item, Samples):
            self._sound.put(item)
        else:
            self.inbox.put(item)

    def _notify(self, change: Change) -> None:
        if change.source == "mic":
            # In its place among the blocks: where an utterance ends depends on their order. The thread of
            # the voices hands it on to the core and to the text that is recognised of the sound.
            self._sound.put(change)
        else:
            self.inbox.put(change)
