"""What two workers know of streams merges to the same, in any order and however often."""

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.tools.fleet.core.catalogue import (
    MOST_PAST,
    Catalogue,
    Stamp,
    StreamClaim,
    StreamEntry,
    StreamWish,
    problem_of_name,
)

stamps = st.builds(Stamp, st.integers(1, 4), st.sampled_from("ab"))
claims = st.none() | st.builds(
    lambda epoch, ended: StreamClaim(epoch, Stamp(1, "a"), ended), stamps, st.booleans()
)


@st.composite
def entries(draw: st.DrawFn) -> StreamEntry:
    version = draw(stamps)
    wish: StreamWish = "wanted" if version.count % 2 else "stopped"  # one version is one description
    return StreamEntry(draw(st.sampled_from("xy")), version, wish, str(version), str(version), draw(claims))


def known(given_entries: list[StreamEntry]) -> Catalogue:
    catalogue = Catalogue()
    for entry in given_entries:
        catalogue.merge(entry)
    return catalogue


@given(st.lists(entries(), max_size=8), st.randoms())
def test_the_order_does_not_matter(given_entries: list[StreamEntry], chance: object) -> None:
    shuffled = list(given_entries)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = known(given_entries), known(shuffled + given_entries)
    assert list(map(one.get, "xy")) == list(map(other.get, "xy"))
    assert one.digest == other.digest


@given(st.lists(entries(), max_size=8))
def test_a_stamp_is_higher_than_all_that_were_seen(given_entries: list[StreamEntry]) -> None:
    catalogue = known(given_entries)
    stamp = catalogue.next_stamp("a")
    for entry in given_entries:
        assert stamp > entry.version
        assert entry.claim is None or stamp > entry.claim.epoch
    assert catalogue.next_stamp("a") > stamp


@given(stamps)
def test_a_stamp_is_text_and_back(stamp: Stamp) -> None:
    assert Stamp.of(str(stamp)) == stamp


def test_an_ended_claim_is_newer_than_the_same_one_before() -> None:
    version, epoch = Stamp(1, "a"), Stamp(2, "b")
    entry = StreamEntry("x", version, "wanted", "", "", StreamClaim(epoch, version))
    catalogue = known([entry])
    assert catalogue.claim("x", StreamClaim(epoch, version, ended=True))
    assert not catalogue.merge(entry)
    after = catalogue.get("x")
    assert after is not None
    assert after.owner is None


def test_a_claim_to_an_earlier_description_owns_nothing() -> None:
    claim = StreamClaim(Stamp(2, "b"), Stamp(1, "a"))
    assert StreamEntry("x", Stamp(1, "a"), "wanted", "", "", claim).owner == "b"
    assert StreamEntry("x", Stamp(3, "a"), "wanted", "", "", claim).owner is None


def test_the_oldest_of_those_that_are_over_are_forgotten_by_all_alike() -> None:
    past = [StreamEntry(f"s{n}", Stamp(n, "a"), "stopped", "", "") for n in range(1, MOST_PAST + 11)]
    one, other = known(past), known(past[::-1])
    assert one.get("s10") is None
    assert one.get("s11") is not None
    assert one.digest == other.digest


def test_names_are_keys() -> None:
    for name in ("door", "Hall.2_left-side", "0"):
        assert problem_of_name(name) is None
    for name in ("", "a/b", "a*", "-a", "ä", "x" * 65, "fleet", "worker"):
        assert problem_of_name(name) is not None
