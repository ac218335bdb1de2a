"""Three examples whose energy is worked by hand, to the last digit of the constants."""

from __future__ import annotations

from table import Row, row

from neurograph.chip.place import place
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.cost.energy import energy
from neurograph.ir import QNetwork
from neurograph.testing.builders import integer_chain
from neurograph.testing.chips import with_limits
from neurograph.testing.records import event_counts

DYNAMIC, SET = "chip, dynamic", "davies2018"
PJ = 1e12


def by_hand() -> list[Row]:
    """Measured minus worked by hand, pJ; Davies' constants."""
    return [_three_synapses(), _two_cores(), _silent()]


def _three_synapses() -> Row:
    """One spike into three synapses: 3 operations, 3 active updates, 1 message."""
    network = integer_chain(("x", 1, 1), ("h", 1, 3))
    found = _joules(network, load_profile("loihi1"), {"x": 1, "h": 0}, {"h": 1})
    return _same("one spike into three synapses", found, 3 * 23.6 + 3 * 81 + 1.7)


def _two_cores() -> Row:
    """Five spikes cross two hops: 5 x (4 operations, message, hop east-west and north-south)."""
    network = integer_chain(("x", 1, 1), ("a", 1, 5), ("b", 1, 4))
    profile = with_limits(
        load_profile("loihi1"), neurons_per_core=5, cores_per_tile=1, mesh_columns=1, mesh_rows=2
    )
    found = _joules(network, profile, {"x": 0, "a": 1, "b": 0}, {"a": 1, "b": 1})
    hops = 5 * 4.0  # one tile above the other
    return _same("a chain over two cores, one hop", found, 20 * 23.6 + 9 * 81 + 5 * 1.7 + hops)


def _silent() -> Row:
    network = integer_chain(("x", 1, 2), ("a", 1, 5), ("b", 1, 3))
    found = _joules(network, load_profile("loihi1"), {"x": 0, "a": 0, "b": 0}, {"a": 0, "b": 0})
    return _same("a silent network of eight neurons", found, 8 * 52)


def _same(name: str, found: float, by_hand: float) -> Row:
    off = round(found - by_hand, 9)  # of a pJ: a double's own last digits
    return row(f"{name}: {by_hand:g} pJ by hand, measured minus that", off, "pJ", 0.0, "=")


def _joules(
    network: QNetwork, profile: HardwareProfile, sent: dict[str, int], active: dict[str, int]
) -> float:
    placed = place(network, profile, replicas=1, method="sequential")
    counts = event_counts(network, sent, active)
    return energy(network, placed, profile, counts).of_set(SET, DYNAMIC).typical * PJ
