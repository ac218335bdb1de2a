"""Energy and time of a run as a simulator tells them, beside ours: worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.alone import first_replica
from neurograph.chip.place import place
from neurograph.chip.placement import CoreUse, Placement, Slice
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import NetworkError
from neurograph.cost.witness import Term, witness
from neurograph.ir import QNetwork
from neurograph.runtime.record import RunRecord, concatenate
from neurograph.runtime.sites import Sites
from neurograph.runtime.tally import Tally
from neurograph.testing.builders import integer_chain
from neurograph.testing.records import event_counts, run_record
from neurograph.workflow.sites import sites_of

LOIHI1 = load_profile("loihi1")
PJ, NS, US = 1e-12, 1e-9, 1e-6


def tally(inferences: int = 2, **changed: float) -> Tally:
    """Of two neurons in three updates, one of which is active; one spike, one message, no hop."""
    events = {"synaptic_op": 2.0, "update_active": 1.0, "update_inactive": 5.0, "spike": 1.0}
    events |= {"message": 1.0}
    joules = {"synaptic_op": 71 * PJ, "update_active": 72.8 * PJ, "update_inactive": 256 * PJ}
    joules |= {"spike": 69.3 * PJ, "message": 111 * PJ, "hop": 0.0} | changed
    return Tally(
        inferences=inferences,
        events={kind: n * inferences for kind, n in events.items()},
        joules={kind: j * inferences for kind, j in joules.items()},
        seconds={"barrier": 4 * 1.8 * US * inferences, "work": 0.2 * US * inferences},
        constants="sanafe",
        source="a simulator 1.0",
        notes={"hop": "it hops more"},
    )


def placed() -> tuple[QNetwork, Placement]:
    net = integer_chain(("x", 1, 1), ("h", 1, 2), steps=3)
    return net, place(net, LOIHI1, method="sequential")


def of(term: str, terms: tuple[Term, ...]) -> Term:
    (found,) = (t for t in terms if t.kind == term)
    return found


def test_each_kind_stands_beside_ours_at_the_same_prices() -> None:
    net, placement = placed()
    sent = {"x": [[[1]], [[0]], [[0]]], "h": [[[1, 0]], [[0, 0]], [[0, 0]]]}
    counts = event_counts(net, sent, {"h": sent["h"]})
    found = witness(tally(), net, placement, LOIHI1, counts)
    assert (found.inferences, found.constants, found.source) == (2, "sanafe", "a simulator 1.0")
    operation = of("synaptic_op", found.joules.terms)
    assert (operation.our_events, operation.its_events) == (2, 2)
    assert operation.ours == pytest.approx(2 * 35.5 * PJ)
    assert operation.its == pytest.approx(71 * PJ)
    idle = of("update_inactive", found.joules.terms)
    assert (idle.our_events, idle.ours) == (5, pytest.approx(5 * 51.2 * PJ))
    message = of("message", found.joules.terms)
    assert (message.our_events, message.its_events) == (2, 1), "one comes in, one goes to the host"
    assert found.joules.difference == pytest.approx(580.1 / 691.1 - 1)
    assert found.joules.cause == "message"
    barrier = of("barrier", found.seconds.terms)
    assert barrier.ours == barrier.its == pytest.approx(4 * 1.8 * US)
    assert found.seconds.cause is None, "within a tenth"


def test_the_cause_is_the_kind_that_differs_most() -> None:
    net, placement = placed()
    counts = event_counts(net, {"x": 0, "h": 0}, {"h": 0})
    found = witness(tally(hop=5e-9), net, placement, LOIHI1, counts)
    assert found.joules.cause == "hop"
    assert found.notes["hop"] == "it hops more"


def test_a_profile_without_its_prices_is_told_at_its_own() -> None:
    net, placement = placed()
    counts = event_counts(net, {"x": 0, "h": 0}, {"h": 0})
    other = replace(tally(), constants="nobody's")
    assert witness(other, net, placement, LOIHI1, counts).constants == "davies2018"


def test_tallies_of_parts_add_up_if_all_are_of_one_source() -> None:
    def record(told: Tally | None) -> RunRecord:
        made = run_record({"h": np.zeros((2, 3, 1, 2), np.bool_)}, backend="simulator")
        return replace(made, tally=told)

    both = concatenate([record(tally(2)), record(tally(3))]).tally
    assert both is not None
    assert both.inferences == 5
    assert both.events["update_inactive"] == 25
    assert both.seconds["work"] == pytest.approx(US)
    assert concatenate([record(tally()), record(None)]).tally is None
    assert concatenate([record(None), record(tally())]).tally is None
    other = replace(tally(), source="a simulator 2.0")
    assert concatenate([record(tally()), record(other)]).tally is None


def test_the_first_replica_keeps_its_cores_and_their_tiles() -> None:
    use = CoreUse(core=0, neurons=2, synapses=2, synapse_bits=16, chip=0, column=0, row=0)
    whole = Placement(
        profile="loihi1",
        method="by hand",
        replicas=2,
        slices=(
            Slice(population="h", start=0, stop=2, core=0, replica=1),
            Slice(population="h", start=0, stop=1, core=1),
            Slice(population="h", start=1, stop=2, core=2),
        ),
        uses=(use, replace(use, core=1, column=3), replace(use, core=2, chip=1, column=1, row=2)),
        chips=2,
        replicas_per_chip=0,
    )
    alone = first_replica(whole)
    assert [(s.start, s.core, s.replica) for s in alone.slices] == [(0, 0, 0), (1, 1, 0)]
    assert [(u.core, u.column) for u in alone.uses] == [(0, 3), (1, 1)]
    net, _ = placed()
    sites = sites_of(net, whole, LOIHI1)
    assert sites is not None
    assert sites.core["h"].tolist() == [0, 1]
    assert sites.column.tolist() == [3, 9], "the other chip lies beside the first"
    assert sites.row.tolist() == [0, 2]


def test_sites_name_a_core_that_has_no_tile() -> None:
    with pytest.raises(NetworkError, match=r"h: neurons on cores 0 to 2; there are tiles for 2"):
        Sites(core={"h": np.array([0, 2])}, column=np.zeros(2), row=np.zeros(2))
