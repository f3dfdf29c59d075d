"""Who else is in a fleet: for how long each lives, and how many are remembered."""

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.messages import Beat
from fsrf_live.tools.fleet.core.peers import LEASE_NS, MOST_GONE, Peers


def beat(worker: str, rank: int = 1) -> Beat:
    return Beat(worker, rank, 4, 0.0, True, "program", "nothing", ())


def living(peers: Peers, now_ns: int) -> list[str]:
    return [each.worker for each in peers.beats(now_ns)]


def test_a_worker_lives_for_a_lease_after_its_last_word() -> None:
    peers = Peers()
    peers.hear(beat("a"), 0)
    peers.hear(beat("a"), NS)
    assert peers.lives("a", NS + LEASE_NS - 1)
    assert not peers.lives("a", NS + LEASE_NS)


def test_of_workers_that_are_gone_the_newest_are_remembered() -> None:
    peers = Peers()
    peers.hear(beat("first", rank=7), 0)
    for number in range(MOST_GONE + 1):
        peers.hear(beat(f"w{number}"), LEASE_NS * (number + 1))
    now_ns = LEASE_NS * (MOST_GONE + 2)
    peers.hear(beat("here"), now_ns)
    for worker in ("first", f"w{MOST_GONE}"):
        peers.presume(worker, now_ns)
    assert living(peers, now_ns) == ["here", f"w{MOST_GONE}"]
    assert peers.highest_rank == 7


def test_none_that_lives_is_forgotten() -> None:
    peers = Peers()
    names = [f"w{number}" for number in range(MOST_GONE + 5)]
    for name in names:
        peers.hear(beat(name), 0)
    assert living(peers, 1) == names
