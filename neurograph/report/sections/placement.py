"""Where the network lies: cores, what they hold, and the spikes between tiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.chip.deployment import Deployment
from neurograph.chip.memory import in_words
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.traffic import between_cores
from neurograph.core.arrays import Array
from neurograph.cost.energy.resident_events import messages_between
from neurograph.ir import QNetwork
from neurograph.ir.values import written_values
from neurograph.report import svg
from neurograph.report.chip_map import DRAWN, chip_map
from neurograph.report.inputs import ReportInput
from neurograph.report.residents import held
from neurograph.report.section import Section
from neurograph.runtime.record import EventCounts

LIMITS = (
    "cores_per_chip",
    "cores_per_tile",
    "mesh_columns",
    "mesh_rows",
    "neurons_per_core",
    "synapse_words_per_core",
    "synapse_bits_per_core",
    "axons_in_per_core",
    "axons_out_per_core",
)
CORES_LISTED = 16
PIECES_LISTED = 4  # of a core
OTHERS = "other classes"
FLOWS = 400  # between tiles, the largest ones


def _data(run: ReportInput) -> dict[str, Any]:
    placed = _placement(run.deployment, run.counts)
    if (residents := run.deployment.placement.residents) is not None:
        placed["residents"] = held(run, residents)
    return {"placement": placed}


def _placement(deployment: Deployment, counts: EventCounts) -> dict[str, Any]:
    placement, profile = deployment.placement, deployment.profile
    return {
        "profile": placement.profile,
        "chip": profile.title,
        "method": placement.method,
        "replicas": placement.replicas,
        "cores": placement.cores,
        "cores_per_replica": placement.cores_per_replica,
        "chips": placement.chips,
        "replicas_per_chip": placement.replicas_per_chip,
        "limits": _limits(profile),
        "unchecked": list(placement.unchecked),
        "uses": [written_values(use) for use in placement.uses],
        "slices": [asdict(piece) for piece in placement.slices],
        "traffic": _traffic(deployment, counts),
    }


def _limits(profile: HardwareProfile) -> dict[str, Any]:
    """Those of `LIMITS` that the profile names; of bits and words of memory, what counts."""
    idle = "bits" if in_words(profile) else "words"
    return {
        name: {"value": limit.value, "source": limit.source, "basis": limit.basis}
        for name in LIMITS
        if (limit := profile.limits.get(name)) is not None and name != f"synapse_{idle}_per_core"
    }


def _traffic(deployment: Deployment, counts: EventCounts) -> dict[str, Any]:
    """Messages between cores per inference: how far they go, and the largest flows of tiles."""
    placement, network = deployment.placement, deployment.quantized
    flow = _messages(network, placement, counts).tocoo()
    tiles = _tiles(placement)
    source, target = tiles[flow.row], tiles[flow.col]
    chips, tile = (source[:, 0] != target[:, 0]), (source != target).any(axis=1)
    one = flow.data / placement.replicas
    return {
        "within_core": float(one[flow.row == flow.col].sum()),
        "within_tile": float(one[(flow.row != flow.col) & ~tile].sum()),
        "between_tiles": float(one[tile & ~chips].sum()),
        "between_chips": float(one[chips].sum()),
        "flows": _flows(source[tile], target[tile], flow.data[tile] / placement.replicas),
    }


def _messages(network: QNetwork, placement: Placement, counts: EventCounts) -> sp.csr_array:
    """``(cores, cores)``, per inference, of all replicas."""
    if placement.residents is not None:
        return messages_between(network, placement, counts)
    sent = {
        p.name: counts.sent[p.name].sum(axis=0) / counts.inferences for p in network.populations
    }
    return between_cores(network, placement.slices, sent)


def _tiles(placement: Placement) -> Array:
    """int64 ``(cores, 3)``: chip, column and row of each core."""
    return np.array([(u.chip, u.column, u.row) for u in placement.uses], np.int64)


def _flows(source: Array, target: Array, messages: Array) -> list[dict[str, Any]]:
    """Messages from tile to tile, all replicas together, largest first."""
    pairs, group = np.unique(np.hstack([source, target]), axis=0, return_inverse=True)
    total = np.bincount(group.ravel(), messages, minlength=len(pairs))
    largest = np.argsort(-total, kind="stable")[:FLOWS]
    return [
        {"from": pairs[n, :3].tolist(), "to": pairs[n, 3:].tolist(), "messages": float(total[n])}
        for n in largest
    ]


def _pieces(placement: Mapping[str, Any]) -> dict[int, list[Mapping[str, Any]]]:
    """What each core holds."""
    pieces: dict[int, list[Mapping[str, Any]]] = {}
    for piece in placement["slices"]:
        pieces.setdefault(piece["core"], []).append(piece)
    return pieces


def _classes(cores: Sequence[Mapping[str, Any]]) -> list[str]:
    """Classes that most cores have, as many as there are colours; the last one is all others."""
    counted = Counter(core["class"] for core in cores if core["class"] is not None)
    found = [name for name, _ in counted.most_common()]
    return found if len(found) <= svg.COLOURS else [*found[: svg.COLOURS - 1], OTHERS]


def _context(_: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    placement = report["placement"]
    kinds = [p["name"] for p in report["network"]["populations"]]
    if residents := placement.get("residents"):
        kinds = _classes(residents["cores"])
    return {
        "chip_map": chip_map(placement, kinds),
        "kinds": kinds,
        "chips_drawn": DRAWN,
        "colours": svg.COLOURS,
        "pieces": _pieces(placement),
        "cores_listed": CORES_LISTED,
        "pieces_listed": PIECES_LISTED,
    }


SECTION = Section(name="placement", title="Placement", data=_data, context=_context)
