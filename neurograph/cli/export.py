"""The command export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurograph.chip.profile import LEGEND
from neurograph.cli import console, export_view, generated, names
from neurograph.cli.generated import completing
from neurograph.cli.options import AsJson, Moved, Run
from neurograph.core.errors import DoesNotFitError, FormatError

if TYPE_CHECKING:
    from neurograph.workflow.run import Run as OpenRun


def export(
    run: Run = None,
    backend: Annotated[
        str | None,
        typer.Option(
            "--backend",
            "--target",
            help="what will run it [default the first installed, or the reference]",
            autocompletion=completing(names.backends),
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            help="how the graph is laid out: trees, a sampled one per node, or resident, every "
            "node once [default as trained]"
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="chip: a name, or a TOML file [default loihi2]",
            autocompletion=completing(names.profiles),
        ),
    ] = None,
    weight_bits: Annotated[
        int | None,
        typer.Option(
            help="width of a weight mantissa, sign included [bits; default 8, or as trained]"
        ),
    ] = None,
    feature_bits: Annotated[
        int | None,
        typer.Option(
            help="width of an input payload, sign included [bits; default 8, or as trained]"
        ),
    ] = None,
    readout: Annotated[
        str | None,
        typer.Option(help="where the linear readout runs: host, on-chip [default host]"),
    ] = None,
    calibrate: Annotated[
        int | None,
        typer.Option(help="training nodes whose spikes choose the scales [default 512]"),
    ] = None,
    latency: Annotated[
        int | None,
        typer.Option(
            help="latency steps per snapshot, where a model has them [default as trained]"
        ),
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option(
            "--replicas", "--copies", help="replicas to place [default as many as one chip takes]"
        ),
    ] = None,
    placer: Annotated[
        str | None,
        typer.Option(
            help="placement, annealed for the least traffic between tiles: annealed, sequential, "
            "layered (as Loihi 2's compiler) [default annealed]"
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="say why every scale and threshold has its value; alone, as exported before",
        ),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            help="write the integers that are there by this exporter, of an installed package, "
            "instead of quantising"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="with --to: the file to write")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="with --to: replace a file that is there")
    ] = False,
    as_json: AsJson = False,
    graph: Moved = None,
) -> str | None:
    """Quantise a trained network and place it on a chip; or write its integers to a file."""
    from neurograph.workflow.export import export as export_run
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run, graph=graph)
    asked: dict[str, Any] = {
        "backend": backend,
        "mapping": mapping,
        "profile": profile,
        "weight_bits": weight_bits,
        "feature_bits": feature_bits,
        "readout": readout,
        "calibrate": calibrate,
        "latency": latency,
        "replicas": replicas,
        "placer": placer,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    if to is not None:
        _refuse_beside_to([*given, *(["explain"] if explain else [])])
        _to_file(opened, to, out, overwrite=overwrite, as_json=as_json)
        return None
    if out is not None or overwrite:
        raise FormatError("-o and --overwrite are for a file of an exporter; add --to NAME")
    if (explain or as_json) and not given and opened.folder.deployment.exists():
        deployment = opened.deployment  # what is there is told, and nothing is made anew
    else:
        with _saying_what_helps(opened, profile, replicas):
            deployment = export_run(opened, **given, ui=console.RichUi())
    if as_json:
        console.as_json(export_view.to_dict(deployment))
        return None
    placement = deployment.placement
    console.out.print(
        f"{opened.folder.deployment}: {placement} ({deployment.profile.title})"
        f"{export_view.mark(deployment.profile)}",
        markup=False,
    )
    if export_view.mark(deployment.profile):
        console.out.print(LEGEND, markup=False)
    if placement.unchecked:
        console.out.print(f"not published, not checked: {', '.join(placement.unchecked)}")
    export_view.show(deployment, explain=explain)
    return console.typed("neurograph", "run", opened.path)


@contextmanager
def _saying_what_helps(run: OpenRun, profile: str | None, replicas: int | None) -> Iterator[None]:
    """Let a network that does not fit name the check of this run, on the profile as typed."""
    try:
        yield
    except DoesNotFitError as error:
        same = generated.typed({"--profile": profile or error.profile, "--replicas": replicas})
        error.remedy = console.typed("neurograph", "check", run.path, *same)
        raise


def _refuse_beside_to(given: Sequence[str]) -> None:
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise FormatError(
            f"--to writes the integers that are there and quantises nothing; leave out {options}"
        )


def _to_file(
    run: OpenRun, exporter: str, out: Path | None, *, overwrite: bool, as_json: bool
) -> None:
    from neurograph.runtime.exporters import write_network

    if out is None:
        raise FormatError(f"--to {exporter} needs a file to write: -o FILE")
    network = run.network
    write_network(network, out, exporter, overwrite=overwrite)
    if as_json:
        console.as_json({"file": str(out), "format": exporter, "network": network.sha256})
        return
    console.out.print(
        f"{out}: the integers of {run.path} as {exporter}; network {network.sha256[:12]}",
        markup=False,
    )
