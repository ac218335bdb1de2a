"""Energy worked by hand, term by term, and against the figures derived from the papers.

Davies et al. 2018 / SANA-FE: synaptic operation 23.6 / 24.0-35.5 pJ, active update 81 / 72.8 pJ,
inactive 52 / 51.2 pJ, firing (in the update) / 69.3 pJ, message 1.7 / 111 pJ; 3.5 / 3.1-4.7 ns,
8.4 / 9.7, 5.3 / 6.0, - / 30, 2.1 / 5.1 out + 16 in; barrier 113-465 / 600-1,800 ns; 3.34 W / 32.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.energy import energy
from neurograph.errors import NetworkError, ProfileError
from neurograph.estimate import EnergyEstimate, EnergyRow, Interval
from neurograph.ir import QLIF, QNetwork, QPopulation, QProjection, QStream, Readout
from neurograph.place import place
from neurograph.profile import Constant, HardwareProfile
from neurograph.profile_files import load_profile
from neurograph.record import EventCounts

LOIHI1, LOIHI2 = load_profile("loihi1"), load_profile("loihi2")
LIF = QLIF(voltage_decay=1000, threshold=100)
PJ, UJ, NS = 1e-12, 1e-6, 1e-9
POWER = 3.34 / 32


def chain(*sizes: tuple[str, int, int], steps: int = 1) -> QNetwork:
    """Layers (name, rows, channels), each joined to the next by a dense layer over all rows."""
    pairs = pairwise(sizes)
    last, rows, channels = sizes[-1]
    return QNetwork(
        streams=(QStream(name=sizes[0][0], rows=sizes[0][1], channels=sizes[0][2], bits=1),),
        populations=tuple(
            QPopulation(name=n, rows=r, channels=c, neuron=LIF, bias_mant=np.zeros(c, int))
            for n, r, c in sizes[1:]
        ),
        projections=tuple(
            QProjection(
                name=f"{source}>{target}",
                source=source,
                target=target,
                mix=sp.csr_array(np.ones((target_rows, source_rows), int)),
                weight=np.full((out, wide), 2),
            )
            for (source, source_rows, wide), (target, target_rows, out) in pairs
        ),
        readout=Readout(
            source=last, weight=np.zeros((2, steps * rows * channels)), bias=np.zeros(2)
        ),
        steps=steps,
    )


def counts(
    synaptic_ops: dict[str, int],
    active: dict[str, int],
    inactive: dict[str, int],
    spikes: dict[str, int],
    *,
    targets: int = 1,
    host_macs: int = 0,
) -> EventCounts:
    return EventCounts(
        targets=targets,
        synaptic_ops=synaptic_ops,
        active_updates=active,
        inactive_updates=inactive,
        spikes=spikes,
        host_macs=host_macs,
        bytes_in=7 * targets,
        bytes_out=2 * targets,
    )


def chip(profile: HardwareProfile = LOIHI1, **limits: int) -> HardwareProfile:
    changed = {
        name: Constant(value=v, low=v, high=v, unit="", source="davies2018", basis="assumed")
        for name, v in limits.items()
    }
    return replace(profile, limits={**profile.limits, **changed})


def row(estimate: EnergyEstimate, where: str, kind: str) -> EnergyRow:
    (found,) = [r for r in estimate.rows if (r.where, r.kind) == (where, kind)]
    return found


def is_exactly(interval: Interval, low: float, typical: float, high: float) -> bool:
    found = (interval.low, interval.typical, interval.high)
    return found == pytest.approx((low, typical, high), rel=1e-12)


@pytest.fixture
def one_spike() -> EnergyEstimate:
    """One spike into three synapses, none of which makes its neuron fire."""
    net = chain(("x", 1, 1), ("h", 1, 3))
    seen = counts({"x>h": 3}, {"h": 3}, {"h": 0}, {"x": 1, "h": 0}, host_macs=6)
    return energy(net, place(net, LOIHI1), LOIHI1, seen)


def test_one_spike_into_three_synapses_costs_three_synaptic_operations(
    one_spike: EnergyEstimate,
) -> None:
    synops = row(one_spike, "x>h", "synaptic operation")
    assert synops.events == 3
    assert is_exactly(synops.joules, 3 * 23.6 * PJ, 3 * 23.6 * PJ, 3 * 35.5 * PJ)
    assert (synops.source, synops.basis) == ("davies2018, sanafe", "published")
    updates = row(one_spike, "h", "active update")
    assert is_exactly(updates.joules, 3 * 72.8 * PJ, 3 * 81 * PJ, 3 * 81 * PJ)
    message = row(one_spike, "x to h", "message to a core")
    assert is_exactly(message.joules, 1.7 * PJ, 1.7 * PJ, 111 * PJ)
    dynamic = 3 * 23.6 + 3 * 81 + 1.7, 3 * 35.5 + 3 * 81 + 111
    assert is_exactly(
        one_spike.total("chip, dynamic"),
        (3 * 23.6 + 3 * 72.8 + 1.7) * PJ,
        dynamic[0] * PJ,
        dynamic[1] * PJ,
    )


def test_time_of_a_step_is_the_barrier_and_the_slowest_core(one_spike: EnergyEstimate) -> None:
    davies, sanafe_high = 3 * 3.5 + 3 * 8.4, 3 * 4.7 + 3 * 9.7 + 16
    assert is_exactly(
        one_spike.step_seconds, (113 + davies) * NS, (465 + davies) * NS, (1800 + sanafe_high) * NS
    )


def test_static_power_is_shared_by_the_copies_of_a_full_chip(one_spike: EnergyEstimate) -> None:
    assert (one_spike.copies, one_spike.steps) == (128, 2)  # one core each; one step deep
    seconds = one_spike.step_seconds
    share = 2 * POWER / 128
    assert is_exactly(
        one_spike.total("chip, static"),
        share * seconds.low,
        share * seconds.typical,
        share * seconds.high,
    )


def test_the_host_pays_for_the_readout(one_spike: EnergyEstimate) -> None:
    assert is_exactly(one_spike.total("host"), 6 * 0.23 * PJ, 6 * 4.6 * PJ, 6 * 4.6 * PJ)
    assert row(one_spike, "readout", "multiply-accumulate").source == "horowitz2014"


def test_a_chain_over_two_cores_sends_messages_between_them() -> None:
    """x [1] -> a [2] on core 0 -> b [2] on core 1, two steps, four targets, three spikes of a."""
    net = chain(("x", 1, 1), ("a", 1, 2), ("b", 1, 2), steps=2)
    profile = chip(neurons_per_core=2)
    placed = place(net, profile)
    assert [(s.population, s.core) for s in placed.slices] == [("a", 0), ("b", 1)]
    seen = counts(
        {"x>a": 8, "a>b": 6},
        {"a": 8, "b": 6},
        {"a": 8, "b": 10},
        {"x": 4, "a": 3, "b": 1},
        targets=4,
    )
    estimate = energy(net, placed, profile, seen)
    assert is_exactly(
        row(estimate, "a>b", "synaptic operation").joules,
        6 / 4 * 23.6 * PJ,
        6 / 4 * 23.6 * PJ,
        6 / 4 * 35.5 * PJ,
    )
    assert row(estimate, "b", "inactive update").joules.typical == pytest.approx(10 / 4 * 52 * PJ)
    assert is_exactly(row(estimate, "a", "spike").joules, 0, 0, 3 / 4 * 69.3 * PJ)
    assert row(estimate, "a to b", "message to a core").events == 3 / 4
    assert row(estimate, "b to the host", "message to a core").events == 1 / 4
    # per target and update: core 0 does 1 synop, 1 active, 1 inactive update, 3/8 messages
    core0 = 3.5 + 8.4 + 5.3 + 3 / 8 * 2.1
    core1 = 6 / 8 * 3.5 + 6 / 8 * 8.4 + 10 / 8 * 5.3 + 1 / 8 * 2.1
    assert core0 > core1
    assert estimate.step_seconds.typical == pytest.approx((465 + core0) * NS)
    assert (estimate.steps, estimate.copies) == (2 + 2, 64)


def test_a_spike_sends_one_message_to_each_core_that_hears_it() -> None:
    net = chain(("x", 1, 1), ("a", 1, 1), ("b", 1, 5))
    profile = chip(neurons_per_core=2)
    placed = place(net, profile)  # a + 1 of b, 2 of b, 2 of b
    assert placed.cores == 3
    seen = counts(
        {"x>a": 1, "a>b": 5}, {"a": 1, "b": 5}, {"a": 0, "b": 0}, {"x": 1, "a": 1, "b": 0}
    )
    estimate = energy(net, placed, profile, seen)
    assert row(estimate, "a to b", "message to a core").events == 3
    assert row(estimate, "x to a", "message to a core").events == 1
    # core 0: 2 operations, 2 updates, a's firing, 3 messages out and 2 in (from x and from a)
    core0 = 2 * 4.7 + 2 * 9.7 + 30 + 3 * 5.1 + 2 * 16
    assert estimate.step_seconds.high == pytest.approx((1800 + core0) * NS)


@pytest.mark.parametrize("profile", [LOIHI1, LOIHI2], ids=lambda p: p.name)
def test_a_silent_network_costs_inactive_updates_and_static_power(profile: HardwareProfile) -> None:
    net = chain(("x", 1, 4), ("a", 2, 3), ("b", 1, 2), steps=5)
    seen = counts(
        {"x>a": 0, "a>b": 0}, {"a": 0, "b": 0}, {"a": 30, "b": 10}, {"x": 0, "a": 0, "b": 0}
    )
    estimate = energy(net, place(net, profile), profile, seen)
    assert is_exactly(estimate.total("chip, dynamic"), 40 * 51.2 * PJ, 40 * 52 * PJ, 40 * 52 * PJ)
    assert {r.kind for r in estimate.rows if r.joules.high} == {"inactive update", "hardware step"}
    assert estimate.step_seconds.typical == pytest.approx((465 + 8 * 5.3) * NS)
    assert estimate.total("host").high == 0


def test_a_copy_of_several_chips_pays_for_all_of_them() -> None:
    net = chain(("x", 1, 1), ("h", 1, 3))
    profile = chip(neurons_per_core=1, cores_per_chip=2)
    seen = counts({"x>h": 0}, {"h": 0}, {"h": 3}, {"x": 0, "h": 0})
    estimate = energy(net, place(net, profile), profile, seen)
    static = row(estimate, "2 chips", "hardware step")
    assert static.joules.typical == pytest.approx(2 * 2 * POWER * (465 + 5.3) * NS)


def test_an_estimate_for_loihi_2_says_that_its_constants_are_those_of_loihi_1() -> None:
    net = chain(("x", 1, 1), ("h", 1, 3))
    seen = counts({"x>h": 3}, {"h": 3}, {"h": 0}, {"x": 1, "h": 0})
    two = energy(net, place(net, LOIHI2), LOIHI2, seen)
    assert two.label == (
        "Estimate from counted events for a full Intel Loihi 2 chip, not a measurement. "
        "Some of its constants are assumed. "
        "No energy per operation of Loihi 2 has been published: energies and times are Loihi 1 "
        "constants. "
        "An operation with a graded payload is taken to cost as much as one with a 1-bit spike."
    )
    assert all(r.basis == "assumed" for r in two.rows if r.part != "host")
    assert two.total("chip, static").high / two.total("chip, static").typical > 2  # 0.232 W
    one = energy(net, place(net, LOIHI1), LOIHI1, seen)
    assert one.total("chip, dynamic") == two.total("chip, dynamic")
    assert "assumed" not in one.label


def test_what_is_not_counted_is_listed(one_spike: EnergyEstimate) -> None:
    text = "\n".join(one_spike.not_counted)
    for part in (
        "sampling neighbours",
        "moving 7 bytes to the chip and 2 back",
        "mesh hops",
        "leakage",
        "spike has no price of its own in davies2018",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": 0}, "event counts of no inference; run at least one target"),
        ({"synaptic_ops": {"y>h": 1}}, "synaptic operations of y>h; the network has x>h"),
        ({"active_updates": {}}, "active updates of nothing; the network has h"),
        ({"spikes": {"h": 1}}, "spikes of h; the network has h, x"),
    ],
)
def test_counts_of_another_network_are_refused(change: dict[str, object], message: str) -> None:
    net = chain(("x", 1, 1), ("h", 1, 3))
    seen = counts({"x>h": 3}, {"h": 3}, {"h": 0}, {"x": 1, "h": 0})
    with pytest.raises(NetworkError) as error:
        energy(net, place(net, LOIHI1), LOIHI1, replace(seen, **change))  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_placement_for_another_chip_is_refused() -> None:
    net = chain(("x", 1, 1), ("h", 1, 3))
    seen = counts({"x>h": 3}, {"h": 3}, {"h": 0}, {"x": 1, "h": 0})
    with pytest.raises(NetworkError, match="placed for profile 'loihi2', priced for 'loihi1'"):
        energy(net, place(net, LOIHI2), LOIHI1, seen)


@pytest.mark.parametrize("kind", ["energy", "time"])
def test_an_event_without_any_price_is_refused(kind: str) -> None:
    unknown = Constant(
        value=None, low=None, high=None, unit="J", source="", basis="assumed", note="?"
    )
    sets = {
        name: {**table, "update_active": unknown} for name, table in getattr(LOIHI1, kind).items()
    }
    profile = replace(LOIHI1, **{kind: sets})
    net = chain(("x", 1, 1), ("h", 1, 3))
    seen = counts({"x>h": 3}, {"h": 3}, {"h": 0}, {"x": 1, "h": 0})
    with pytest.raises(ProfileError, match="no constant set knows 'update_active'"):
        energy(net, place(net, profile), profile, seen)


# --- the figures derived from the papers for SpikeNet on DBLP, rate 25 %, 27 steps ---------------

T, H1, H2, INTO_H2 = 27, 6 * 128, 10, 6 * 128 * 10


def behind_layer_1(*, active: bool) -> tuple[QNetwork, EventCounts]:
    """SpikeNet whose first dense layer the host computes: 768 + 10 neurons, 7,680 synapses."""
    net = QNetwork(
        streams=(QStream(name="x", rows=6, channels=128),),
        populations=tuple(
            QPopulation(name=n, rows=r, channels=c, neuron=LIF, bias_mant=np.zeros(c, int))
            for n, r, c in (("h1", 6, 128), ("h2", 1, 10))
        ),
        projections=(
            QProjection(
                name="x>h1",
                source="x",
                target="h1",
                mix=sp.csr_array(np.eye(6, dtype=int)),
                weight=2 * np.eye(128, dtype=int),
            ),
            QProjection(
                name="h1>h2",
                source="h1",
                target="h2",
                mix=sp.csr_array(np.ones((1, 6), int)),
                weight=np.full((10, 128), 2),
            ),
        ),
        readout=Readout(source="h2", weight=np.zeros((10, T * 10)), bias=np.zeros(10)),
        steps=T,
    )
    updates = {"h1": T * H1, "h2": T * H2}
    none = dict.fromkeys(updates, 0)
    seen = counts(
        {"x>h1": 0, "h1>h2": T * INTO_H2 // 4},
        updates if active else none,
        none if active else updates,
        {"x": 0, "h1": T * H1 // 4, "h2": T * H2 // 4},
        host_macs=T * 12 * 128 * 128,
    )
    return net, seen


def test_the_derived_figures_for_spikenet_on_dblp() -> None:
    """Spiking part 2.3 uJ (all updates inactive) to 2.9 uJ (all active), one core.

    Layer 1 on the host, 196,608 multiply-accumulates a step: 24 uJ in FP32, 1.2 uJ in INT8.
    Static power, derived: 37 uJ if one target has the chip to itself, 0.29 uJ if it pays for one
    core of 128. Ours are 43 and 0.33 uJ: that derivation is 27 steps of 1,920 operations and 768
    active updates; ours has 29 steps (two fill the pipeline), and in each also the barrier of a
    whole chip, the updates of layer 2, and the time of 192 messages.
    """
    for active, spiking in ((False, 2.3), (True, 2.9)):
        net, seen = behind_layer_1(active=active)
        placed = place(net, LOIHI1)
        estimate = energy(net, placed, LOIHI1, seen)
        assert (placed.cores, placed.copies_per_chip, estimate.steps) == (1, 128, 29)
        assert estimate.total("chip, dynamic").typical / UJ == pytest.approx(spiking, abs=0.05)
    host = estimate.total("host")
    assert (host.typical / UJ, host.low / UJ) == pytest.approx((24, 1.2), rel=0.03)
    derived_step = (H1 * 10 * 0.25 * 3.5 + H1 * 8.4) * NS
    assert POWER * 27 * derived_step / UJ == pytest.approx(37, abs=0.5)
    more = (465 + H2 * 8.4 + (H1 + H2) * 0.25 * 2.1) * NS
    assert estimate.step_seconds.typical == pytest.approx(derived_step + more, rel=1e-3)
    static = estimate.total("chip, static").typical
    assert (static * 128 / UJ, static / UJ) == pytest.approx((42.8, 0.334), rel=0.01)


def test_layer_1_on_the_chip_does_not_disappear_from_the_sum() -> None:
    """With graded 8-bit features on the chip, layer 1 is 344,064 operations a step: 219 uJ.

    That is nine times the 24 uJ of the host's FP32 above: a mean over neighbours before the dense
    layer (12 x 16,384 operations) becomes a sum of spikes after it (21 x 16,384), and an operation
    at 23.6 pJ stands against one at 4.6 pJ.
    """
    tree = np.zeros((6, 16), int)
    tree[0, 1:6] = 1
    for slot in range(5):
        tree[1 + slot, 6 + 2 * slot : 8 + 2 * slot] = 1
    small, seen = behind_layer_1(active=True)
    into_h1 = [
        replace(
            small.projections[0], name=name, mix=sp.csr_array(mix), weight=np.full((128, 128), 2)
        )
        for name, mix in (("self", np.eye(6, 16, dtype=int)), ("neighbours", tree))
    ]
    net = replace(
        small,
        streams=(QStream(name="x", rows=16, channels=128),),
        projections=(*into_h1, small.projections[1]),
    )
    seen = replace(
        seen,
        synaptic_ops={
            "self": T * 6 * 128 * 128,
            "neighbours": T * 15 * 128 * 128,
            "h1>h2": T * INTO_H2 // 4,
        },
        spikes={**seen.spikes, "x": T * 16 * 128},
    )
    estimate = energy(net, place(net, LOIHI2), LOIHI2, seen)
    layer_1 = [row(estimate, name, "synaptic operation") for name in ("self", "neighbours")]
    assert sum(r.joules.typical for r in layer_1) / UJ == pytest.approx(219, abs=0.5)
    assert sum(r.joules.typical for r in layer_1) / estimate.total("chip, dynamic").typical > 0.98
