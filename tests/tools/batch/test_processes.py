"""Rows by real processes that are killed."""

import random
from collections import Counter
from functools import partial
from itertools import islice
from multiprocessing import active_children
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.tools.batch.processes import by_processes
from fsrf_live.tools.batch.work import TRIES, Opening, RowOutcome, RowTask
from fsrf_live.tools.profiling.cpu import cores
from tests.doubles import batch
from tests.doubles.batch import BROKEN, DEADLY, FAINT, HELD, counted, task, tasks

quickly = partial(by_processes, batch.quick)


def names(outcomes: list[tuple[RowTask, RowOutcome]]) -> list[str]:
    return sorted(each.name for each, _ in outcomes)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_each_task_has_one_outcome(workers: int) -> None:
    done = list(quickly(workers, [*tasks(7), task(8, BROKEN)]))
    assert names(done) == sorted(each.name for each in tasks(8))
    assert all(outcome.result == each.name.encode() for each, outcome in done)
    assert [each.number for each, outcome in done if outcome.error] == [8]
    assert active_children() == []


def test_no_tasks_need_no_process() -> None:
    assert list(by_processes(batch.unable, 2, [])) == []


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[RowTask] = []
    pool = quickly(2, counted(tasks(100), taken))
    list(islice(pool, 10))
    assert len(taken) <= 10 + 2
    pool.close()
    assert active_children() == []


def test_a_row_whose_worker_dies_is_done_by_another(tmp_path: Path) -> None:
    rows = [task(1, FAINT, str(tmp_path / "mark")), *tasks(6)[1:]]
    done = list(quickly(2, rows))
    assert names(done) == sorted(each.name for each in rows)
    assert all(outcome.error is None for _, outcome in done)


def test_a_row_at_which_every_worker_dies_fails_and_the_rest_goes_on() -> None:
    rows = [task(1, DEADLY), *tasks(5)[1:], task(6, DEADLY)]
    done = {each.number: outcome for each, outcome in quickly(2, rows)}
    assert sorted(done) == [1, 2, 3, 4, 5, 6]
    for number, outcome in done.items():
        assert (outcome.error is not None) == (number in (1, 6))
    error = done[1].error
    assert error is not None
    assert "every worker that took this row died" in error


@pytest.mark.parametrize("seed", range(4))
def test_workers_may_be_killed_at_any_moment(seed: int) -> None:
    """One kill fewer than a row may take, however slowly processes begin: so no row fails."""
    chance, outcomes = random.Random(seed), Counter[int]()
    moments = chance.sample(range(1, 20), TRIES - 1)
    for each, outcome in quickly(3, tasks(20)):
        outcomes[each.number] += 1
        assert outcome.error is None
        if len(outcomes) in moments:
            chance.choice(active_children()).kill()
    assert outcomes == dict.fromkeys(range(1, 21), 1)


def test_who_stops_looking_leaves_no_process_behind() -> None:
    pool = quickly(2, [task(1), task(2, HELD), task(3, HELD)])
    assert next(pool)[0].number == 1
    assert len(active_children()) == 2
    pool.close()
    assert active_children() == []


@pytest.mark.parametrize(
    ("opening", "says"),
    [(batch.unable, "no engine runs here"), (batch.faulty, "ZeroDivisionError: no engine")],
)
def test_if_no_row_can_be_done_the_batch_ends_with_the_reason(opening: Opening, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        list(by_processes(opening, 2, tasks(5)))
    assert active_children() == []


@pytest.mark.parametrize(("workers", "share"), [(1, cores()), (2 * cores(), 1)])
def test_each_worker_has_its_share_of_the_processors(workers: int, share: int) -> None:
    said = [outcome.result for _, outcome in by_processes(batch.shares, workers, tasks(workers))]
    assert said == [str(share).encode()] * workers
