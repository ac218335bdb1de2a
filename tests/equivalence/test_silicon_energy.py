"""Joules and seconds of PilotNet on Loihi 2: the profile's constants derived anew, and predicted.

Measured (lava-dl's benchmark notebook of PilotNet LIF, one Loihi 2 chip): 0.447156 W dynamic and
408.91 inferences of 16 steps a second. The input of that run was silent.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from neurograph.chip.measured import load_measured
from neurograph.chip.placement import Placement
from neurograph.chip.profiles import load_profile
from neurograph.cost.energy import energy
from neurograph.cost.energy.anchor import joule_scale, second_scale
from neurograph.cost.energy.duration import in_a_row
from neurograph.cost.energy.events import Events
from neurograph.ir import QNetwork
from neurograph.runtime.record import EventCounts
from neurograph.workflow.silicon.inference import Counted, counted

pytestmark = pytest.mark.data
LOIHI2 = load_profile("loihi2")
RATE, WATTS = 408.91, 0.447156
JOULES = WATTS / RATE
LOIHI1_SETS = ("davies2018", "sanafe")
CORES = {1: 13, 2: 25, 3: 13, 4: 3, 5: 3, 6: 2, 7: 12, 8: 1, 9: 1, 10: 1}  # by layer, input first


@pytest.fixture(scope="module")
def pilotnet(data_dir: Path) -> Counted:
    network = next(n for n in load_measured("loihi2").networks if n.name == "pilotnet")
    assert network.inference is not None
    assert network.inference.joules == JOULES
    return counted(network.inference, data_dir / "silicon", LOIHI2)


@pytest.fixture(scope="module")
def network(pilotnet: Counted) -> QNetwork:
    return pilotnet.network


@pytest.fixture(scope="module")
def placed(pilotnet: Counted) -> Placement:
    return pilotnet.placed


@pytest.fixture(scope="module")
def counts(pilotnet: Counted) -> EventCounts:
    return pilotnet.counts


@pytest.fixture(scope="module")
def events(pilotnet: Counted) -> list[Events]:
    return pilotnet.events


def test_every_layer_of_the_file_takes_the_cores_of_the_table(
    network: QNetwork, placed: Placement
) -> None:
    layers = [p.name for p in network.populations]
    held = Counter(name for name, _ in {(s.population, s.core) for s in placed.slices})
    assert [held[name] for name in layers] == list(CORES.values())
    assert (placed.cores, placed.chips, placed.replicas_per_chip) == (74, 1, 1)


def test_the_events_are_those_that_the_chip_counted(counts: EventCounts) -> None:
    """Operations per 10,000 steps, read off a plot of the chip's counters."""
    for layer, told in (("conv2", 16.2e9), ("conv3", 4.5e9), ("conv4", 1.5e9), ("conv5", 0.67e9)):
        ours = sum(n for name, n in counts.synaptic_ops.items() if name.startswith(layer))
        assert ours * 10_000 / 16 == pytest.approx(told, rel=0.07)


def test_the_prices_of_the_profile_follow_from_the_measurement(
    network: QNetwork, events: list[Events]
) -> None:
    scales = {
        "energy": joule_scale(LOIHI2, events, JOULES, LOIHI1_SETS),
        "time": second_scale(LOIHI2, events, 1 / RATE, network.updates, LOIHI1_SETS),
    }
    for kind, scale in scales.items():
        held = getattr(LOIHI2, kind)
        for event, of_loihi1 in held["davies2018"].items():
            found = held["loihi2-measured"][event]
            if of_loihi1.known:
                ends = found.low, found.value, found.high
                told = [of_loihi1.value * x for x in (scale.low, scale.typical, scale.high)]
                assert ends == pytest.approx(told, rel=1e-3), f"{kind} {event}"


def test_energy_is_predicted(network: QNetwork, placed: Placement, counts: EventCounts) -> None:
    found = energy(network, placed, LOIHI2, counts).total("chip, dynamic")
    assert found.low < JOULES < found.high
    assert found.low < found.typical < found.high
    assert found.typical == pytest.approx(JOULES, rel=0.1)


def test_time_is_predicted(network: QNetwork, events: list[Events]) -> None:
    each = {event: c.value or 0.0 for event, c in LOIHI2.time["loihi2-measured"].items()}
    assert 1 / in_a_row(events, network.updates, each) == pytest.approx(RATE, rel=0.15)
    loihi1 = {event: c.value or 0.0 for event, c in LOIHI2.time["davies2018"].items()}
    assert 1 / in_a_row(events, network.updates, loihi1) < 0.3 * RATE


def test_half_the_energy_halves_the_price(events: list[Events]) -> None:
    whole = joule_scale(LOIHI2, events, JOULES, LOIHI1_SETS)
    half = joule_scale(LOIHI2, events, JOULES / 2, LOIHI1_SETS)
    assert half.typical == pytest.approx(whole.typical / 2)
    assert half.high == pytest.approx(whole.high / 2)
    assert whole.low < whole.typical < whole.high
