"""What `export` shows: what quantisation cost, what would help, and why each number is so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neurograph.cli import console

if TYPE_CHECKING:
    from neurograph.chip.deployment import Deployment
    from neurograph.chip.profile import HardwareProfile
    from neurograph.quantization.report import LayerReport, WeightReport


def show(deployment: Deployment, *, explain: bool) -> None:
    """Print tables of layers and weights, and suggestions; with `explain`, every choice."""
    from neurograph.quantization.report import quantisation_report

    found = quantisation_report(deployment.floats, deployment.quantized)
    columns = ("layer", "scale", "threshold", "differ", "by features", "by its integers")
    title = "Spikes that differ on calibration nodes, in all and by each cause alone"
    console.table(title, columns, [_layer(x) for x in found.layers])
    of = ("weights", "exponent", "bits", "levels", "clipped", "to zero", "error")
    console.table("Weights in integers", of, [_weights(x) for x in found.weights])
    for line in found.suggestions:
        console.out.print(f"suggestion: {line}", markup=False)
    if explain:
        for text in _explained(deployment):
            console.out.print(text, markup=False)


def mark(profile: HardwareProfile) -> str:
    """What stands behind a number of cores or replicas if a limit that decides it is assumed."""
    from neurograph.chip.memory import SynapseMemory

    deciding = ("cores_per_chip", "neurons_per_core", SynapseMemory.of(profile).limit)
    return max(profile.limits[name].mark for name in deciding)


def to_dict(deployment: Deployment) -> dict[str, Any]:
    """The same as JSON values."""
    from neurograph.quantization.report import quantisation_report

    network = deployment.quantized
    return {
        **asdict(quantisation_report(deployment.floats, network)),
        "choices": [asdict(choice) for choice in network.choices],
        "errors": [asdict(error) for error in network.errors],
        "cores_per_replica": deployment.placement.cores_per_replica,
        "replicas_per_chip": deployment.placement.replicas_per_chip,
    }


def _layer(layer: LayerReport) -> tuple[str, ...]:
    return (
        layer.name,
        _span(*layer.scale),
        _span(*layer.threshold),
        console.percent(layer.differ, 3),
        console.percent(layer.payloads, 3),
        console.percent(layer.own, 3),
    )


def _weights(w: WeightReport) -> tuple[object, ...]:
    return (
        w.name,
        ", ".join(map(str, w.exponents)),
        w.bits_used,
        w.levels,
        console.percent(w.clipped, 1),
        console.percent(w.zeroed, 1),
        console.percent(w.error, 1),
    )


def _span(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _explained(deployment: Deployment) -> Iterator[str]:
    for choice in deployment.quantized.choices:
        yield f"\n{choice.where}, {choice.what}: {choice.value}\n    {choice.why}"
