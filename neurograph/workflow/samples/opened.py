"""The samples over which an imported network ran last, its network and its records, opened."""

from __future__ import annotations

from collections.abc import Mapping

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import RunError
from neurograph.ir.output import output
from neurograph.ir.passes.lasting import lasting
from neurograph.runtime.record import REFERENCE, RunRecord
from neurograph.workflow import store
from neurograph.workflow.imported import the_imported
from neurograph.workflow.inference import Inference
from neurograph.workflow.judged import Judged
from neurograph.workflow.run import Run
from neurograph.workflow.samples.given import Samples
from neurograph.workflow.samples.output import answering
from neurograph.workflow.samples.rows import SampleRows

AGAIN = "run again: neurograph run RUN --input FILE"


def judged_on_samples(run: Run) -> Judged:
    """Of an imported network: every backend against the integers, with output counts as logits.

    Raises:
        RunError: nothing was imported or run here, or the kept samples are of another run.
    """
    last, records = run.last, run.records
    nodes = records[REFERENCE].nodes
    given = run.folder.given
    if not given.exists():
        raise RunError(f"{run.path}: no {given.name}, the samples of its records; {AGAIN}")
    samples = store.load(Samples, given)
    network = lasting(the_imported(run.folder), samples.steps)
    if (last.nodes_sha256, last.network) != (fingerprint(samples.sha256, nodes), network.sha256):
        raise RunError(f"{run.path}: records and {given.name} are of two runs; {AGAIN}")
    layout = SampleRows(nodes=nodes, samples=samples, network=network)
    return judged_by(Inference(integers=network, layout=layout), samples, records)


def judged_by(of: Inference, samples: Samples, records: Mapping[str, RunRecord]) -> Judged:
    """Records of these samples, with what their answers are read from and held against."""
    network = of.integers
    return Judged(
        of=of,
        records={name: answering(record, network) for name, record in records.items()},
        layer=output(network).name if network.readout is None else network.readout.source,
        truth=None if samples.labels is None else samples.labels[of.layout.nodes],
    )
