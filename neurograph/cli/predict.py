"""The command predict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurograph.cli import backend_options, console, generated
from neurograph.cli.options import AsJson, Draws, Moved, Nodes, On, Overwrite, Run

if TYPE_CHECKING:
    from neurograph.workflow.dataset import Dataset
    from neurograph.workflow.per_node import PerNode
    from neurograph.workflow.predictions import Predictions

Out = Annotated[
    Path, typer.Option("-o", "--out", help="file to write: .csv, .parquet, .npz or .json")
]


def panels() -> Iterator[generated.Panel]:
    """What every backend lets its user choose."""
    return backend_options.panels()


def predict(
    context: typer.Context,
    out: Out,
    run: Run = None,
    nodes: Nodes = "all",
    draws: Draws = 1,
    on: On = None,
    overwrite: Overwrite = False,
    graph: Moved = None,
    as_json: AsJson = False,
) -> str | None:
    """Write what the model says of nodes, labelled or not, by their own ids."""
    from neurograph.workflow.predict import write_predictions
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run, graph=graph)
    found = write_predictions(
        opened,
        out,
        nodes,
        overwrite=overwrite,
        draws=draws,
        on=on,
        options=backend_options.given(context, on or "reference", "--on"),
        ui=console.RichUi(),
    )
    told = opened.dataset.told(found.nodes, nodes)
    if as_json:
        facts = {"run": str(opened.path), "file": str(out), "nodes": nodes, **found.facts}
        console.as_json(
            {**facts, "told": told, **_scores(opened.dataset, found), "next": read(out)}
        )
        return None
    words = answered(found, nodes)
    console.out.print(f"{out}: {f'{words}; {told}' if told else words}", markup=False)
    for line in _lines(opened.dataset, found):
        console.out.print(line, markup=False)
    return read(out)


def read(file: Path) -> str:
    """How Python reads such a file."""
    name = repr(str(file))
    return {
        ".csv": f"pandas.read_csv({name})",
        ".parquet": f"pandas.read_parquet({name})",
        ".npz": f"numpy.load({name})",
    }.get(file.suffix, f"json.load(open({name}))")


def _scores(dataset: Dataset, found: Predictions) -> dict[str, Any]:
    """Of the test nodes among them."""
    test = found.parts == "test"
    if not test.any():
        return {"test_nodes": 0, "test": None}
    scores = dataset.score(found.outputs[test], found.nodes[test])
    return {"test_nodes": int(test.sum()), "test": dict(scores)}


def answered(found: PerNode, nodes: str) -> str:
    """Which nodes were run, by what, how often."""
    by = {"float": "floats", "reference": "integers on the reference"}.get(found.made_by)
    draws = "" if found.draws == 1 else f", {found.draws} draws each"
    return f"{len(found.nodes):,} nodes ({nodes}), by {by or found.made_by}{draws}"


def _lines(dataset: Dataset, found: Predictions) -> Iterator[str]:
    """How sure it is of its answers, how good these are, and what they cost."""
    if (of := found.temperature) is not None:
        who = "nodes left out in turn" if of.fitted_on == "folds" else "validation nodes"
        fitted = f"fitted on {of.nodes:,} {who}" if of.nodes else "not calibrated"
        yield f"probabilities at temperature {of.value:.4g}, {fitted}"
    test = found.parts == "test"
    if test.any():
        scores = dataset.score(found.outputs[test], found.nodes[test])
        many = f"{int(test.sum()):,} test node{'' if test.sum() == 1 else 's'}"
        yield f"{many} among them: {console.scores(dataset.task, scores)}"
    if found.energy is not None:
        one = found.energy.joules
        whole = one.times(found.draws)
        times = f" = {found.draws} inferences of {console.si(one.typical, 'J')}"
        span = f"{console.si(whole.low, 'J')} to {console.si(whole.high, 'J')}"
        yield (
            f"energy per node: {console.si(whole.typical, 'J')} ({span})"
            f"{times if found.draws > 1 else ''}; {_first_sentence(found.energy.label)}"
        )


def _first_sentence(label: str) -> str:
    """What kind of number it is; the report has the rest of it."""
    return label.partition(". ")[0].rstrip(".")
