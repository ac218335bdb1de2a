"""The command data export."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.data import counts
from neurograph.cli.generated import Command
from neurograph.cli.options import AsJson, Graph, Overwrite


class Form(str, Enum):
    """What a graph can be written as."""

    csv = "csv"
    graphml = "graphml"
    networkx = "networkx"
    pyg = "pyg"


def add_to(app: typer.Typer) -> None:
    """Make it a command of `data`."""
    app.command("export", cls=Command)(export)


def export(
    graph: Graph,
    to: Annotated[
        Form,
        typer.Option(
            "--to",
            help="csv: a folder with edges.csv and nodes.csv; graphml; networkx: node-link JSON; "
            "pyg: a file of tensors for PyTorch Geometric",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="file to write; for csv a folder")],
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Write a graph for another tool, in the source's ids, times and classes."""
    from neurograph.graphs.io import load_graph

    _check_out(out, to, overwrite=overwrite)
    found = load_graph(graph)
    _write(found, to, out)
    *before, last = _reading(to, out)
    if as_json:
        read = {"read": [*before, last]}
        console.as_json({"file": str(out), "format": to.value, **counts(found), **read})
        return None
    console.out.print(f"{out}: {found!r}", markup=False)
    for line in before:
        console.out.print(f"  {line}", markup=False)
    return last


def _check_out(out: Path, to: Form, *, overwrite: bool) -> None:
    from neurograph.core.errors import DataError
    from neurograph.core.occupied import check_file
    from neurograph.graphs.convert.files import EDGES, NODES

    if to is Form.csv:
        if out.exists() and not out.is_dir():
            raise DataError(f"{out}: a file; --to csv writes a folder, choose another -o")
        made = [out / EDGES, out / NODES]
    elif out.is_dir():
        raise DataError(f"{out}: a folder; --to {to.value} writes a file, choose another -o")
    else:
        made = [out]
    for path in made:
        check_file(path, overwrite=overwrite)


def _write(graph: Any, to: Form, out: Path) -> None:
    from neurograph.graphs import convert

    if to is Form.pyg:
        from neurograph.models.pyg import save_pyg

        save_pyg(graph, out)
        return
    write = {
        Form.csv: convert.write_csv,
        Form.graphml: convert.write_graphml,
        Form.networkx: convert.write_node_link,
    }
    write[to](graph, out)


def _reading(to: Form, out: Path) -> list[str]:
    """How another program reads it."""
    from neurograph.graphs.convert.files import EDGES, NODES

    if to is Form.pyg:
        return [
            f'd = torch.load("{out}", weights_only=True)',
            "data = torch_geometric.data.Data.from_dict(d)  # every edge in both directions",
            "once = d['edge_index'][0] < d['edge_index'][1]  # each edge once, for TemporalData",
        ]
    if to is Form.networkx:
        return [f'networkx.node_link_graph(json.load(open("{out}")), edges="edges")']
    if to is Form.graphml:
        return [f'networkx.read_graphml("{out}")']
    return [f'pandas.read_csv("{out / name}")' for name in (EDGES, NODES)]
