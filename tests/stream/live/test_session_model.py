"""Devices, rehearsed faults, captures and sync buffer on a fake clock: whatever happens, the laws hold."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fsrf_live.stream.faults.spec import Fault, parse_fault
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import ROLES, Role
from tests.doubles.failing import MODES
from tests.doubles.stepped import Stepped

SPECS = (
    "*:unplug",
    "camera:freeze",
    "camera:black",
    "mic:mute",
    "mic:noise=5dB",
    "mic:skew=500ppm",
    "camera:lag=0.5s",
    "mic:lag=0.5s",
    "text:lag=3s",
    "*:drop=0.3",
    "text:garble=0.5",
)


class Faults(RuleBasedStateMachine):
    """A whole session whose every part may fail at any time."""

    @initialize(roles=st.sets(st.sampled_from(ROLES), min_size=1))
    def begin(self, roles: set[Role]) -> None:
        self.session = Stepped(roles=tuple(role for role in ROLES if role in roles))

    @rule(role=st.sampled_from(ROLES), mode=st.sampled_from(MODES))
    def turns(self, role: Role, mode: str) -> None:
        if role in self.session.devices:
            self.session.devices[role].turn(mode)

    @rule(spec=st.sampled_from(SPECS), seconds=st.sampled_from([0.2, 2.0, 10.0]))
    def is_rehearsed(self, spec: str, seconds: float) -> None:
        now_s = (self.session.clock.now_ns() - self.session.board.epoch_ns) / NS
        fault = parse_fault(spec)
        self.session.board.add(Fault(fault.source, fault.kind, fault.value, now_s, seconds))

    @rule(role=st.sampled_from(ROLES))
    def is_cut(self, role: Role) -> None:
        if role in self.session.devices:
            self.session.cut(role)

    @rule(role=st.sampled_from(ROLES))
    def is_restored(self, role: Role) -> None:
        if role in self.session.devices:
            self.session.restore(role)

    @rule(seconds=st.sampled_from([1.0, 15.0]), whole=st.booleans())
    def stands_still(self, seconds: float, whole: bool) -> None:
        until_ns = self.session.clock.now_ns() + round(seconds * NS)
        self.session.core_rests_to_ns = until_ns
        if whole:
            self.session.workers_rest_to_ns = until_ns

    @rule(seconds=st.sampled_from([0.2, 1.0, 4.0, 15.0]))
    def goes_on(self, seconds: float) -> None:
        self.session.play(seconds)

    @invariant()
    def counters_add_up(self) -> None:
        if hasattr(self, "session"):
            self.session.check_counts()

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.end()


TestSession = Faults.TestCase
TestSession.settings = settings(
    max_examples=15, stateful_step_count=15, deadline=None, report_multiple_bugs=False
)
