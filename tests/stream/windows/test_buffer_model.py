"""Random devices, random faults, a fake clock: the laws of the sync buffer hold all the same."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, FaceFeatures, Reason, State, VoiceFeatures, Words
from fsrf_live.stream.flow.settings import WindowSettings
from tests.doubles.decided import DecidedBuffer
from tests.doubles.fakes import face, no_face, voice
from tests.doubles.laws import Laws

STEP_NS = 20_000_000
OUTAGES = [
    (State.STALLED, Reason.STALLED),
    (State.STALLED, Reason.FROZEN),
    (State.STALLED, Reason.SILENT),
    (State.LOST, Reason.LOST),
    (State.RECONNECTING, Reason.LOST),
    (State.DISABLED, Reason.DISABLED),
    (State.STARTING, None),
    (State.ENDED, Reason.ABSENT),
]


class Faults(RuleBasedStateMachine):
    """A camera, a microphone and a text source that work, lag, fail and return as chance has it."""

    @initialize(present=st.sets(st.sampled_from(MODALITIES), min_size=1))
    def begin(self, present: set[Modality]) -> None:
        self.decided = DecidedBuffer(WindowSettings(), frozenset(present))
        self.buffer = self.decided.buffer
        self.laws = Laws()
        self.now_ns = 100 * NS
        self.present = present
        self.live = dict.fromkeys(MODALITIES, False)
        self.speaking = False
        self.seen = True
        self.lag_ns = dict.fromkeys(MODALITIES, 0)

    @rule(m=st.sampled_from(MODALITIES))
    def comes_alive(self, m: Modality) -> None:
        if m in self.present:
            self.live[m] = True
            self.decided.change(m, State.LIVE, None, self.now_ns)

    @rule(m=st.sampled_from(MODALITIES), outage=st.sampled_from(OUTAGES), silently=st.booleans())
    def fails(self, m: Modality, outage: tuple[State, Reason | None], silently: bool) -> None:
        self.live[m] = False
        if m in self.present and not silently:
            self.decided.change(m, *outage, self.now_ns)

    @rule(m=st.sampled_from(MODALITIES), lag_s=st.sampled_from([0.0, 0.0, 0.3, 2.0, -0.03]))
    def lags(self, m: Modality, lag_s: float) -> None:
        self.lag_ns[m] = round(lag_s * NS)

    @rule(lag_s=st.sampled_from([0.0, 0.3, 2.0]), off_s=st.sampled_from([0.1, 0.5, 1.0, 3.5]))
    def microphone_is_replugged_while_somebody_speaks(self, lag_s: float, off_s: float) -> None:
        self.fails("audio", (State.LOST, Reason.LOST), silently=False)
        self.goes_on(off_s)
        self.lag_ns["audio"] = round(lag_s * NS)
        self.speaking = True
        self.comes_alive("audio")
        self.goes_on(1.0)

    @rule()
    def begins_or_stops_speaking(self) -> None:
        self.speaking = not self.speaking

    @rule()
    def enters_or_leaves_the_frame(self) -> None:
        self.seen = not self.seen

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.5, 13.0]))
    def goes_on(self, seconds: float) -> None:
        for _ in range(round(seconds * NS / STEP_NS)):
            self.now_ns += STEP_NS
            if self.live["audio"] and self.now_ns % HOP_NS == 0:
                time_ns = self.now_ns - HOP_NS - self.lag_ns["audio"]
                self.push(voice(time_ns, float(self.speaking)))
            if self.live["video"] and self.now_ns % 100_000_000 == 0:
                time_ns = self.now_ns - self.lag_ns["video"]
                self.push(face(time_ns) if self.seen else no_face(time_ns))
            self.advance()

    @rule(start_s=st.sampled_from([0.0, 0.5, 2.0, 20.0, 40.0]), length_s=st.sampled_from([0.0, 0.4, 3.0]))
    def words_come(self, start_s: float, length_s: float) -> None:
        start_ns = self.now_ns - round((start_s + length_s) * NS)
        self.push(Words(start_ns, start_ns + round(length_s * NS), f"said at {self.now_ns}"))

    @rule(seconds=st.sampled_from([0.7, 5.0, 100.0]))
    def program_stands_still(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS)
        self.advance()

    @invariant()
    def counters_add_up(self) -> None:
        if hasattr(self, "buffer"):
            self.laws.check_counts(self.buffer)

    def teardown(self) -> None:
        if hasattr(self, "buffer"):
            for window in self.buffer.finish(self.now_ns):
                self.laws.check(window, self.now_ns)
            self.laws.check_counts(self.buffer)

    def push(self, item: FaceFeatures | VoiceFeatures | Words) -> None:
        if not isinstance(item, Words) or "text" in self.present:
            self.decided.push(item)

    def advance(self) -> None:
        for window in self.buffer.advance(self.now_ns):
            self.laws.check(window, self.now_ns)


TestFaults = Faults.TestCase
TestFaults.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, report_multiple_bugs=False
)
