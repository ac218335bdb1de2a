"""The integers of an earlier export, which stay where a graph has gone on since the training."""

from __future__ import annotations

from dataclasses import replace

from neurograph.chip.deployment import Deployment
from neurograph.chip.profile import HardwareProfile
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, QNetwork
from neurograph.workflow import store
from neurograph.workflow.integers import Widths
from neurograph.workflow.run import Run


def earlier_export(
    run: Run, network: Network, tree: TreeSpec | None, widths: Widths, chip: HardwareProfile
) -> Deployment | None:
    """What was exported before of the same model, laid out alike, in integers like these.

    Args:
        network: as it is now, in floats.
        tree: what it is given per node; None: all nodes run at once.
        widths: of weights and features.
        chip: whose integers they are.

    Returns:
        None where there is none, or the graph is that of the training: then scales are chosen by
        calibration.
    """
    path = run.folder.deployment
    if run.dataset.graph.sha256 == run.trained["graph_sha256"] or not path.exists():
        return None
    found = store.load(Deployment, path)
    of, shape = found.provenance, (found.tree is None, found.floats.latency)
    alike = (
        found.scheme is not None
        and of["checkpoint"]["sha256"] == run.checkpoint_sha256
        and all(of.get(name) == bits for name, bits in widths.items())
        and found.profile.name == chip.name
        and shape == (tree is None, network.latency)
    )
    return found if alike else None


def chosen_as(before: Deployment | None, quantized: QNetwork) -> QNetwork:
    """The integers with the reasons of those before, whose scales they have; or as they are."""
    if before is None:
        return quantized
    why = before.quantized
    return replace(quantized, choices=why.choices, scheme_from=why.scheme_from)
