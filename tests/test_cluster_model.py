"""The simulation of a cluster, where the answer is known without it."""

import random

import pytest

from benchmarks.cluster_model import Cluster, Costs, Simulation

ONE_SECOND = Costs(
    records=16,
    worker_seconds=1.0,
    worker_deviation=0.0,
    writer_seconds=0.0,
    scheduler_seconds=0.0,
    bytes_read=0,
    bytes_returned=0,
)


def costs(**changed: float) -> Costs:
    return Costs(**{name: changed.get(name, getattr(ONE_SECOND, name)) for name in Costs.__slots__})


def test_workers_share_the_work_evenly() -> None:
    outcome = Simulation(120, ONE_SECOND, Cluster(machines=3, cores=4)).run()
    assert outcome.seconds == pytest.approx(10)
    assert outcome.workers_busy == pytest.approx(1)


def test_one_writer_is_all_that_many_workers_get_done() -> None:
    outcome = Simulation(1000, costs(writer_seconds=0.1), Cluster(machines=50, cores=4)).run()
    assert outcome.seconds == pytest.approx(1000 * 0.1 + 1)
    assert outcome.writer_busy == pytest.approx(1, abs=0.02)


def test_a_coordinator_on_the_workers_machine_takes_of_its_cores() -> None:
    machine = Cluster(machines=1, cores=2, shares_coordinator=True)
    outcome = Simulation(200, costs(writer_seconds=1.0), machine).run()
    assert outcome.seconds == pytest.approx(200, rel=0.03)  # 400 seconds of work on two cores


def test_bytes_come_no_faster_than_the_network_gives_them() -> None:
    slow_card = Cluster(machines=2, cores=2, machine_bytes_per_second=1e6)
    assert Simulation(40, costs(bytes_read=1e6), slow_card).run().seconds == pytest.approx(10 * (1 + 2))
    slow_store = Cluster(machines=2, cores=2, store_bytes_per_second=1e6)
    in_step = Simulation(40, costs(bytes_read=1e6), slow_store).run()
    assert in_step.seconds == pytest.approx(10 * (4 + 1))  # four read at once, then four compute
    varied = Simulation(40, costs(bytes_read=1e6, worker_deviation=0.5), slow_store).run()
    assert 40 + 1 <= varied.seconds < in_step.seconds  # one computes while others read


def test_costs_that_vary_keep_their_mean() -> None:
    outcome = Simulation(4000, costs(worker_deviation=0.5), Cluster(machines=1, cores=1)).run()
    assert outcome.seconds == pytest.approx(4000, rel=0.03)


def test_a_waiting_line_is_as_long_as_queueing_theory_says() -> None:
    """Two workers, then one writer: with constant work the slower stage sets the pace, and the other idles."""
    outcome = Simulation(500, costs(writer_seconds=0.4), Cluster(machines=2, cores=1)).run()
    assert outcome.seconds == pytest.approx(250, rel=0.02)
    assert outcome.writer_busy == pytest.approx(0.8, rel=0.02)


def test_a_lost_machine_costs_what_it_had_in_hand_and_the_time_it_was_gone() -> None:
    cluster = Cluster(machines=2, cores=1, noticed_after_seconds=5, back_after_seconds=10)
    simulation = Simulation(100, ONE_SECOND, cluster)
    simulation.fail_at(20.5, machine=0)
    outcome = simulation.run()
    assert outcome.run_again == 1
    assert outcome.seconds == pytest.approx(
        50 + (10 + 0.5) / 2, abs=1
    )  # half a task done for nothing, ten seconds gone


def test_every_task_is_done_whatever_fails() -> None:
    for seed in range(20):
        rate = random.Random(seed).uniform(1, 60)
        cluster = Cluster(
            machines=5, cores=2, failures_per_hour=rate, slow_share=0.2, slowdown=3, noticed_after_seconds=3
        )
        outcome = Simulation(300, costs(worker_deviation=0.8), cluster, seed).run()
        assert outcome.seconds >= 300 / 10
        assert 0 < outcome.workers_busy <= 1


def test_the_same_seed_gives_the_same_answer() -> None:
    cluster = Cluster(machines=5, cores=2, failures_per_hour=30)
    one, other = (Simulation(200, costs(worker_deviation=0.8), cluster, seed=7).run() for _ in range(2))
    assert one == other
