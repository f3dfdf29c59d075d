import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.faults.kinds import KINDS
from fsrf_live.stream.faults.spec import (
    ANYWHERE,
    REHEARSAL_S,
    Fault,
    FaultBoard,
    Where,
    examples,
    faults_of,
    load_schedule,
    parse_fault,
    unplugged,
    usual_faults,
    written,
)
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import ROLES


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("camera:unplug@5s+3s", Fault("camera", "unplug", None, 5.0, 3.0)),
        ("mic:mute@2s", Fault("mic", "mute", None, 2.0)),
        ("text:lag=2s", Fault("text", "lag", 2.0)),
        ("text:lag=250ms@1", Fault("text", "lag", 0.25, 1.0)),
        ("mic:noise=-5dB", Fault("mic", "noise", -5.0)),
        ("mic:skew=200ppm", Fault("mic", "skew", 200.0)),
        ("*:drop=0.3", Fault("*", "drop", 0.3)),
        ("text:garble=1@0.5+0.5", Fault("text", "garble", 1.0, 0.5, 0.5)),
        (" camera:black+1s ", Fault("camera", "black", None, 0.0, 1.0)),
        ("*:freeze", Fault("*", "freeze")),
    ],
)
def test_specs(spec: str, fault: Fault) -> None:
    assert parse_fault(spec) == fault


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("", "cannot be read"),
        ("camera", "cannot be read"),
        ("camera:unplug@", "cannot be read"),
        ("camera:unplug@5s+3s+2s", "cannot be read"),
        ("camera:unplug@nan", "cannot be read"),
        ("lidar:unplug", "unknown source 'lidar'"),
        ("camera:explode", "unknown kind 'explode'"),
        ("camera:unplug@-1s", "not negative"),
        ("camera:unplug@1s+0s", "longer than nothing"),
        ("camera:unplug@1s+-2s", "longer than nothing"),
        ("camera:mute", "mute is for mic"),
        ("mic:garble=0.2", "garble is for text"),
        ("camera:freeze=3", "takes no value"),
        ("mic:noise", "needs a value"),
        ("text:lag=-1s", "not negative"),
        ("camera:lag=31s", "at most 30 s"),
        ("text:lag=2dB", "given in s"),
        ("mic:drop=3dB", "share from 0 to 1"),
        ("*:drop=1.5", "share from 0 to 1"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        parse_fault(spec)
    assert "\n" not in str(caught.value)


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    name = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[name]
    where: tuple[Where, ...] = ("*", *kind.roles)
    value = None
    if kind.value is not None:
        lowest, highest = max(kind.value.lowest, -500.0), min(kind.value.highest, 500.0)
        value = draw(st.integers(round(4 * lowest), round(4 * highest)).map(lambda n: n / 4))
    duration = draw(st.none() | st.integers(1, 1000).map(lambda n: n / 8))
    return Fault(draw(st.sampled_from(where)), name, value, draw(st.integers(0, 800)) / 8, duration)


@given(faults())
def test_a_fault_is_written_as_the_spec_that_gives_it(fault: Fault) -> None:
    assert parse_fault(str(fault)) == fault


@given(st.text(alphabet="camerictxt:*@+=0123456789.sdBpm-unplug ", max_size=40))
def test_nothing_but_a_usage_error_comes_of_nonsense(text: str) -> None:
    try:
        fault = parse_fault(text)
    except UsageError:
        return
    assert fault.source in ANYWHERE
    assert fault.start_s >= 0


def test_a_schedule_is_a_list_or_lies_under_faults(tmp_path: Path) -> None:
    expected = [parse_fault("camera:unplug@5s+3s"), parse_fault("mic:mute@2s")]
    bare, named = tmp_path / "bare.yaml", tmp_path / "named.yaml"
    bare.write_text("- camera:unplug@5s+3s\n- mic:mute@2s\n")
    named.write_text("faults:\n  - camera:unplug@5s+3s\n  - mic:mute@2s\n")
    assert load_schedule(bare) == expected
    assert load_schedule(named) == expected


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"- [unclosed", "is not YAML"),
        (b"\xff\xfe\x00\xd8", "is not YAML"),
        (b"", "no list of faults"),
        (b"just words", "no list of faults"),
        (b"- 1\n- 2\n", "no list of faults"),
        (b"- camera:explode\n", "unknown kind"),
        (b"faults: [2026-02-30]\n", "is not YAML"),
        (b"- " + b"9" * 5000, "is not YAML"),
        (b"%YAML " + b"9" * 5000 + b".1\n---\n- a", "is not YAML"),
        (b"[" * 5000, "is not YAML"),
        (b"- !!int ''", "is not YAML"),
        (b"- !!bool perhaps", "is not YAML"),
        (b"- !!timestamp soon", "is not YAML"),
        (b'- "\\UFFFFFFFF"', "is not YAML"),
        (b"&a [*a]", "no list of faults"),
    ],
)
def test_a_schedule_that_is_none(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "schedule.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=complaint):
        load_schedule(path)


ODD = st.sampled_from(
    [
        *("- ", "faults: ", "2026-02-30", "9" * 5000, "[" * 2000, "{", "''", "&a ", "*a", "<<: ", "? ", "\n"),
        *("!!int ", "!!float ", "!!bool ", "!!set ", "!!timestamp ", "!!binary ", "0x_", "1:60:"),
        *('"\\UFFFFFFFF"', "mic:mute@"),
    ]
)


@given(st.text() | st.lists(ODD | st.text(max_size=3)).map("".join))
def test_whatever_a_schedule_holds_it_is_read_or_refused_in_our_words(content: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "schedule.yaml")
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        with suppress(UsageError):
            assert all(isinstance(fault, Fault) for fault in faults_of([str(path)]))


def test_a_schedule_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_schedule(tmp_path / "no.yaml")


def test_a_board_says_what_holds_now() -> None:
    board = FaultBoard([parse_fault("camera:unplug@5s+3s"), parse_fault("*:drop=0.1@6s")], epoch_ns=NS)
    assert board.names(5 * NS) == ()
    assert board.names(6 * NS) == ("camera:unplug@5s+3s",)
    assert [fault.kind for fault in board.active("camera", 8 * NS)] == ["unplug", "drop"]
    assert [fault.kind for fault in board.active("mic", 8 * NS)] == ["drop"]
    assert board.names(9 * NS) == ("*:drop=0.1@6s",)


@given(st.lists(faults(), max_size=3), st.lists(st.integers(0, 250), max_size=6))
def test_in_whatever_order_a_board_is_asked_it_says_what_holds(some: list[Fault], halves: list[int]) -> None:
    board = FaultBoard(some, epoch_ns=NS)
    for moment in (half / 2 for half in halves):
        for role in ROLES:
            holding = tuple(fault for fault in some if fault.concerns(role) and fault.active(moment))
            assert board.active(role, NS + round(moment * NS)) == holding


def test_a_fault_that_is_added_holds_at_once() -> None:
    board = FaultBoard([parse_fault("mic:mute@1s+1s")])
    assert board.active("mic", 3 * NS) == ()
    board.add(parse_fault("mic:noise=10dB@3s+1s"))
    assert [fault.kind for fault in board.active("mic", 3 * NS)] == ["noise"]
    assert board.active("mic", 4 * NS) == ()


def test_a_rehearsed_fault_says_its_beginning_in_hundredths_of_a_second() -> None:
    board = FaultBoard(epoch_ns=0)
    fault = board.rehearse(3_149_999_999)
    assert "@3.14s" in str(fault)
    assert fault.active(3.15)


def test_the_next_fault_begins_now_and_ends_by_itself() -> None:
    board = FaultBoard(epoch_ns=NS)
    first = board.rehearse(3 * NS)
    second = board.rehearse(4 * NS)
    assert first != second
    assert first.start_s == 2.0
    assert board.names(4 * NS) == (str(first), str(second))
    assert board.names(round((3 + REHEARSAL_S) * NS)) == (str(second),)
    for moment in range(100, 400):
        board.rehearse(moment * NS)
    assert len(board.names(399 * NS)) == REHEARSAL_S


def test_every_kind_can_be_asked_for_as_the_help_and_a_rehearsal_write_it() -> None:
    for role in ROLES:
        faults = list(usual_faults(role))
        assert faults == [parse_fault(str(fault)) for fault in faults]
        assert all(fault.concerns(role) for fault in faults)
    listed = examples().split(", ")
    assert [spec.split("=")[0] for spec in listed] == list(KINDS)
    assert {fault.kind for role in ROLES for fault in usual_faults(role)} == set(KINDS)
    assert written("noise", 5.0) == "noise=5dB"


def test_a_lag_may_be_given_in_ms() -> None:
    assert parse_fault("text:lag=700ms") == parse_fault("text:lag=0.7s")


def test_the_round_of_rehearsals_keeps_its_order() -> None:
    board = FaultBoard()
    first = [str(board.rehearse(n * 10 * NS)).split("@")[0] for n in range(8)]
    assert first == [
        "camera:unplug",
        "mic:mute",
        "camera:freeze",
        "text:garble=0.5",
        "mic:unplug",
        "mic:noise=5dB",
        "*:drop=0.3",
        "camera:unplug",
    ]


def test_a_value_that_is_not_needed_counts_as_nothing() -> None:
    assert [parse_fault(spec).amount for spec in ("mic:mute", "mic:noise=-3dB")] == [0.0, -3.0]


def test_an_option_is_a_spec_or_a_schedule(tmp_path: Path) -> None:
    path = tmp_path / "day.yml"
    path.write_text("- mic:mute@2s\n- text:drop=1\n")
    specs = ["camera:unplug", "mic:mute@2s", "text:drop=1"]
    assert faults_of([specs[0], str(path)]) == [parse_fault(spec) for spec in specs]


def test_the_reason_of_an_unplugged_source_names_its_fault() -> None:
    assert unplugged(parse_fault("mic:unplug@1s")) == "unplugged (rehearsed: mic:unplug@1s)"
