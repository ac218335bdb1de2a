"""Spikes beside models without: scores, operations, and arithmetic energy by one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.cost.baseline import Baseline
from neurograph.cost.complexity import BreakEven, Complexity, break_even
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.runtime.record import REFERENCE

PRECISIONS = ("fp32", "int8")


def _data(run: ReportInput) -> dict[str, Any]:
    return {"comparison": _comparison(run.complexity, run.baselines, run.deployment.profile)}


def _comparison(
    spiking: Complexity, baselines: Sequence[Baseline], profile: HardwareProfile
) -> dict[str, Any]:
    """The spiking model as it runs on the chip, and every baseline, by the same rules."""
    prices = {p: _prices(profile, p) for p in PRECISIONS}
    return {
        "prices_j": {p: {"mac": mac.value, "ac": ac.value} for p, (mac, ac) in prices.items()},
        "source": ", ".join(
            dict.fromkeys(c.source for pair in prices.values() for c in pair if c.known)
        ),
        "spiking": _model(spiking, prices),
        "baselines": [
            {
                "model": b.model,
                "seed": b.seed,
                "scores": dict(b.scores),
                **_model(b.complexity, prices),
                "break_even": {p: _break_even(spiking, b, prices[p]) for p in PRECISIONS},
            }
            for b in baselines
        ],
    }


def _prices(profile: HardwareProfile, precision: str) -> tuple[Constant, Constant]:
    return profile.host[f"mac_{precision}"], profile.host[f"ac_{precision}"]


def _model(of: Complexity, prices: Mapping[str, tuple[Constant, Constant]]) -> dict[str, Any]:
    return {
        "neurobench": of.neurobench(),
        "layers": [vars(layer) for layer in of.layers],
        "arithmetic_j": {
            p: None if (known := _known(pair)) is None else of.joules(*known)
            for p, pair in prices.items()
        },
    }


def _known(pair: tuple[Constant, Constant]) -> tuple[float, float] | None:
    """Joules of a MAC and an AC; None where the profile does not know both."""
    mac, ac = pair
    return None if mac.value is None or ac.value is None else (mac.value, ac.value)


def _break_even(
    spiking: Complexity, baseline: Baseline, pair: tuple[Constant, Constant]
) -> dict[str, Any]:
    """As deployed; and with the baseline's first layer, which averages before it multiplies."""
    if (known := _known(pair)) is None:
        why = "the profile does not know what an operation of this precision costs"
        unknown = _to_dict(BreakEven(rate=None, why=why))
        return {"as_deployed": unknown, "mean_first": unknown}
    as_deployed = break_even(spiking, baseline.complexity, *known)
    layers = (baseline.complexity.layers[0], *spiking.layers[1:])
    mean_first = replace(spiking, layers=layers)
    averaged = break_even(mean_first, baseline.complexity, *known)
    return {"as_deployed": _to_dict(as_deployed), "mean_first": _to_dict(averaged)}


def _to_dict(found: BreakEven) -> dict[str, Any]:
    return {"rate": found.rate, "why": found.why}


def _context(_: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the tables: the spiking network first, then every baseline."""
    compared = report["comparison"]
    spiking = {
        "name": "spiking, integers",
        "scores": report["scores"][REFERENCE],
        "of": compared["spiking"],
    }
    baselines = [
        {"name": of["model"], "scores": of["scores"], "of": of} for of in compared["baselines"]
    ]
    return {"models": [spiking, *baselines]}


SECTION = Section(
    name="comparison",
    title="Operations, with spikes and without",
    entry="Without spikes",
    data=_data,
    context=_context,
)
