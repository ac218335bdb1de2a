"""Whether events, placement and profile are of one network."""

from __future__ import annotations

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import NetworkError, ProfileError
from neurograph.runtime.record import EventCounts


def check_match(
    network: AnyNetwork, placement: Placement, profile: HardwareProfile, counts: EventCounts
) -> None:
    """
    Raises:
        NetworkError: counts or placement of another network or profile, or of no inference.
        ProfileError: energy and time constants of different sets.
    """
    if placement.profile != profile.name:
        raise NetworkError(
            f"placed for profile '{placement.profile}', priced for '{profile.name}'; place it again"
        )
    if counts.network_sha256 != network.sha256:
        raise NetworkError(
            f"events of network {counts.network_sha256[:12]}, this one is {network.sha256[:12]}; "
            "run again: neurograph run"
        )
    _check_placed(network, placement, counts)
    if counts.inferences < 1:
        raise NetworkError("event counts of no inference; run at least one target")
    if tuple(profile.energy) != tuple(profile.time):
        raise ProfileError(
            f"profile '{profile.name}': energy sets {', '.join(profile.energy)}, time sets "
            f"{', '.join(profile.time)}; needed the same ones in the same order"
        )


def _check_placed(network: AnyNetwork, placement: Placement, counts: EventCounts) -> None:
    nodes = placement.residents.nodes if placement.residents else None
    if nodes != network.nodes:
        raise NetworkError(
            f"placement of {nodes or 'no'} nodes that hear each other; the network "
            f"has {network.nodes or 'none'}; place it again"
        )
    if nodes is not None:
        if not counts.sent_by_node or counts.inferences % nodes:
            raise NetworkError(
                f"event counts of {counts.inferences} inferences; needed of all "
                f"{nodes} nodes, node by node; run again: neurograph run"
            )
        return
    placed, wanted = {s.population for s in placement.slices}, {p.name for p in network.populations}
    if placed != wanted:
        raise NetworkError(
            f"placement of {', '.join(sorted(placed)) or 'nothing'}; the network has "
            f"{', '.join(sorted(wanted))}"
        )
