"""A sync buffer with the detector before it: what the voices' thread and the core do, without threads."""

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import ROLE_OF, Change, Reason, State, VoiceFeatures
from fsrf_live.stream.flow.queues import InboxItem, Op
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.buffer import SyncBuffer, feed
from fsrf_live.stream.windows.utterances import UtteranceDetector


class Decider:
    """Gives items with the boundaries that they bring."""

    def __init__(self, settings: WindowSettings) -> None:
        self._detector = UtteranceDetector(settings)

    def push(self, item: Op) -> list[InboxItem]:
        if isinstance(item, VoiceFeatures):
            return [*self._detector.push(item)]
        if isinstance(item, Change) and item.source == "mic":
            return [*self._detector.change(item)]
        return [item]


class DecidedBuffer:
    """Takes items as they come from the sources."""

    def __init__(self, settings: WindowSettings, modalities: frozenset[Modality]) -> None:
        self.buffer = SyncBuffer(settings, modalities)
        self._decider = Decider(settings)

    def push(self, item: Op) -> None:
        for decided in self._decider.push(item):
            feed(self.buffer, decided)

    def change(self, modality: Modality, state: State, reason: Reason | None, time_ns: int) -> None:
        self.push(Change(time_ns, ROLE_OF[modality], state, None, reason))
