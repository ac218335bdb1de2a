"""What `run` says of a network that came in a file, and of the samples that it ran over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurograph.cli import console
from neurograph.core.errors import RunError

if TYPE_CHECKING:
    from neurograph.workflow.samples.infer import Sampled


def refuse(options: Mapping[str, Any], why: str) -> None:
    """Raise RunError for options that were given, and make no sense in such a run."""
    if given := [name for name, value in options.items() if value is not None]:
        raise RunError(f"{why}; leave out {', '.join(given)}")


def to_dict(ran: Sampled) -> dict[str, Any]:
    """What `show` shows, as JSON values."""
    from neurograph.workflow.samples.output import accuracy

    found, judged = ran.found, ran.judged
    network, inferences = judged.of.integers, found.events.inferences
    by = {
        name: {
            "samples": len(record.nodes),
            "accuracy": accuracy(record, judged.truth),
            "seconds": found.seconds[name],
        }
        for name, record in judged.records.items()
    }
    layers = {
        p.name: {
            "neurons": p.rows * p.channels,
            "spikes_per_sample": float(found.events.spikes[p.name] / inferences),
        }
        for p in network.populations
    }
    return {"steps": network.steps, "ran_on": by, "layers": layers}


def show(title: str, ran: Sampled) -> None:
    """Who ran, how well, how long; and how much each layer fires."""
    from neurograph.workflow.samples.output import accuracy

    found, judged = ran.found, ran.judged
    network, inferences = judged.of.integers, found.events.inferences
    right = {n: accuracy(record, judged.truth) for n, record in judged.records.items()}
    scored = any(share is not None for share in right.values())
    rows = [
        (
            name,
            f"{len(record.nodes):,}",
            *([console.percent(right[name])] if scored else []),
            f"{found.seconds[name]:.1f}",
        )
        for name, record in judged.records.items()
    ]
    columns = ("ran on", "samples", *(["accuracy"] if scored else []), "seconds")
    console.table(f"{title} ({network.steps:,} steps)", columns, rows)
    spikes = found.events.spikes
    layers = [
        (
            p.name,
            f"{p.rows * p.channels:,}",
            f"{spikes[p.name] / inferences:,.6g}",
            console.percent(spikes[p.name] / (inferences * p.rows * p.channels * network.updates)),
        )
        for p in network.populations
    ]
    console.table("Spikes", ("layer", "neurons", "per sample", "of all updates"), layers)
    if scored:
        told = f"accuracy: of the labels that are known, by {ran.answers_by}"
        console.out.print(told, markup=False)
