"""Finds what computes the answers of a run: what is asked for, else the best that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.core.errors import RunError
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, QNetwork
from neurograph.ir.rounding import round_network
from neurograph.runtime.backends import find_backend
from neurograph.runtime.record import FLOAT, REFERENCE
from neurograph.workflow.baseline import has_spikes
from neurograph.workflow.captured import captured
from neurograph.workflow.dataset import SAMPLE_SEED
from neurograph.workflow.executor import Executor, Floats, Integers, WithoutSpikes
from neurograph.workflow.run import Run


def find_executor(
    run: Run, on: str | None = None, options: Mapping[str, Any] | None = None
) -> Executor:
    """What computes: floats, the integers on the reference, or a backend.

    Args:
        on: "float", "reference", or a backend; by default "reference" where the run was exported
            or trained in integers, else "float".
        options: the backend's own, by name.

    Raises:
        RunError: nothing was trained here; integers are asked for where there are none, or of a
            model without spikes; the deployment is of an older model.
        BackendError: no such backend or option.
    """
    _ = run.trained  # the first word about an empty folder
    if not has_spikes(run):
        return _without_spikes(run, on)
    exported = run.folder.deployment.exists()
    if on not in (None, FLOAT, REFERENCE) and not exported:
        find_backend(str(on))
        run.folder.require(run.folder.deployment, "neurograph export")
    floats, integers, tree, seed = _exported(run) if exported else _trained(run)
    on = on or (REFERENCE if integers else FLOAT)
    shared: dict[str, Any] = {
        "name": on,
        "tree": tree,
        "seed": seed,
        "layer": floats.readout.source,
    }
    if on == FLOAT:
        if options:
            raise RunError(f"floats take no options; leave out {', '.join(options)}")
        return Floats(network=floats, **shared)
    if integers is None:
        raise RunError(
            f"{run.path}: no integers yet, trained in floats alone; run first: neurograph export, "
            "or ask the floats: --on float"
        )
    backend = find_backend(on)
    settings = backend.settings(options or {})
    return Integers(network=integers, backend=backend, options=settings, **shared)


Networks = tuple[Network, "QNetwork | None", "TreeSpec | None", int]  # and the seed of the draws


def _exported(run: Run) -> Networks:
    of = run.deployment
    return of.floats, of.quantized, of.tree, of.sample_seed


def _trained(run: Run) -> Networks:
    """What would be exported: in integers only where the training has chosen them."""
    checkpoint = run.checkpoint
    network, tree = captured(run)
    scheme = checkpoint.scheme
    integers = None if scheme is None else round_network(network, scheme)
    return network, integers, tree, SAMPLE_SEED


def _without_spikes(run: Run, on: str | None) -> Executor:
    if on not in (None, FLOAT):
        raise RunError(
            f"{run.path}: a model without spikes runs in floats alone, not on '{on}'; leave out "
            "--on"
        )
    checkpoint = run.checkpoint.with_steps(run.dataset.graph.num_steps)
    return WithoutSpikes(
        name=FLOAT, tree=checkpoint.config.tree, seed=SAMPLE_SEED, checkpoint=checkpoint
    )
