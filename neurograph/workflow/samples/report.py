"""Put what is known of a run over samples on a page: placed on a chip, priced, compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurograph import report
from neurograph.chip.deployment import Deployment
from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import Array
from neurograph.core.words import SAMPLES
from neurograph.cost.energy import energy
from neurograph.cost.estimate import EnergyEstimate
from neurograph.cost.host import read_out
from neurograph.ir import QNetwork, Readout
from neurograph.runtime.backends import title_of
from neurograph.runtime.record import EventCounts, backends_among
from neurograph.workflow.export import on_chip
from neurograph.workflow.kept_results import check_records
from neurograph.workflow.run import Run
from neurograph.workflow.samples.opened import judged_on_samples
from neurograph.workflow.silicon.kept import kept
from neurograph.workflow.verify import NONE, Programs, agreements

GIVEN = "what made the inputs: they were given in a file"


def report_samples(run: Run, profile: str, programs: Programs = NONE) -> tuple[Path, Path]:
    """report.html and report.json of the last run of an imported network.

    Args:
        profile: the chip on which it is placed.
        programs: see `verify`.

    Raises:
        RunError: nothing was imported, or run.
        ProfileError: no such profile.
        DoesNotFitError: the chip cannot hold the network; carries every violation.
    """
    with run.folder.lock("report"):
        judged = judged_on_samples(run)
        check_records(run.records, run.folder, run.last)
        network, nodes = judged.of.integers, judged.of.layout.nodes
        counts = run.events.check_of(network)
        deployment = _placed(run, network, counts, profile)
        unknown: Array = np.full(len(nodes), -1)
        given = report.ReportInput(
            deployment=deployment,
            records=judged.records,
            truth=unknown if judged.truth is None else judged.truth,
            agreements={n: of.to_dict() for n, of in agreements(run, judged, programs).items()},
            counts=counts,
            energy=_priced(deployment, counts),
            seconds={name: one.seconds for name, one in run.last.runs.items()},
            titles={name: title_of(name) for name in backends_among(judged.records)},
            validation=kept(deployment.profile, run.folder.validation),
            words=SAMPLES,
        )
        return report.write(given, run.path)


def _placed(run: Run, network: QNetwork, counts: EventCounts, profile: str) -> Deployment:
    """The integers on a chip, laid out for the traffic of this run."""
    chip = load_profile(profile)
    sent = {p.name: counts.sent[p.name].sum(axis=0) for p in network.populations}
    readout = {} if network.readout is None else {"readout": _where(network)}
    return Deployment(
        network=None,
        quantized=network,
        placement=on_chip(network, chip, sent=sent),
        profile=chip,
        tree=None,
        sample_seed=0,
        runs_where={"inputs": "host", "layers": "on-chip", **readout},
        provenance=_provenance(run),
    )


def _where(network: QNetwork) -> str:
    return "host" if isinstance(network.readout, Readout) else "on-chip"


def _provenance(run: Run) -> dict[str, Any]:
    made, ran = (run.entries.get(name, {}) for name in ("import", "run"))
    told = ("file", "format", "sha256", "at", "command")
    return {
        "network": {name: made.get(name, "") for name in told},
        "input": {**ran.get("given", {}), **{name: ran.get(name, "") for name in told[-2:]}},
        "versions": ran.get("versions", {}),
    }


def _priced(of: Deployment, counts: EventCounts) -> EnergyEstimate:
    host = [] if of.quantized.readout is None else [read_out(of.quantized)]
    found = energy(of.quantized, of.placement, of.profile, counts, host)
    return replace(found, not_counted=(GIVEN, *found.not_counted))
