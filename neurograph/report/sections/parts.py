"""The network as it runs, where each part of it runs, and the events of an inference."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from neurograph.chip.footprint import synapses_per_node
from neurograph.ir import QNetwork, QPopulation, QProjection
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.runtime.record import EventCounts


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "network": _network(run.deployment.quantized),
        "parts": dict(run.deployment.runs_where),
        "events": _events(run.counts),
    }


def _network(network: QNetwork) -> dict[str, Any]:
    return {
        "steps": network.steps,
        "latency": network.latency,
        "streams": [
            {"name": s.name, "rows": s.rows, "channels": s.channels, "bits": s.bits}
            for s in network.streams
        ],
        "populations": [_population(p) for p in network.populations],
        "projections": [_projection(p) for p in network.projections],
    }


def _population(population: QPopulation) -> dict[str, Any]:
    return {
        "name": population.name,
        "rows": population.rows,
        "channels": population.channels,
        "neuron": type(population.neuron).__name__.removeprefix("Q"),
        "settings": asdict(population.neuron),
    }


def _projection(projection: QProjection) -> dict[str, Any]:
    return {
        "name": projection.name,
        "source": projection.source,
        "target": projection.target,
        "synapses": round(synapses_per_node(projection)),
        "exponent": projection.exponent,
    }


def _events(counts: EventCounts) -> dict[str, Any]:
    by_place = {
        "synaptic_ops": dict(counts.synaptic_ops),
        "active_updates": dict(counts.active_updates),
        "inactive_updates": dict(counts.inactive_updates),
        "spikes": dict(counts.spikes),
    }
    at_the_host = {
        "host_macs": counts.host_macs,
        "bytes_in": counts.bytes_in,
        "bytes_out": counts.bytes_out,
    }
    totals = {name: sum(of.values()) for name, of in by_place.items()} | at_the_host
    inferences = max(counts.inferences, 1)
    return {
        "inferences": counts.inferences,
        **by_place,
        **at_the_host,
        "per_inference": {name: total / inferences for name, total in totals.items()},
    }


SECTION = Section(
    name="parts",
    title="Network, and where each part runs",
    entry="Parts",
    data=_data,
)
