"""The command export."""

from __future__ import annotations

from typing import Annotated

import typer

from neurograph.chip.profile import LEGEND
from neurograph.cli import console, export_view
from neurograph.cli.options import AsJson, Profile, Run


def export(
    run: Run = None,
    backend: Annotated[
        str | None,
        typer.Option(
            "--backend",
            "--target",
            help="what will run it [default the first installed, or the reference]",
        ),
    ] = None,
    profile: Profile = "loihi2",
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
        str, typer.Option(help="where the linear readout runs: host, on-chip")
    ] = "host",
    calibrate: Annotated[
        int, typer.Option(help="training nodes whose spikes choose the scales")
    ] = 512,
    latency: Annotated[
        int | None,
        typer.Option(
            help="latency steps per snapshot, where a model has them [default as trained]"
        ),
    ] = None,
    copies: Annotated[
        int | None, typer.Option(help="copies to place [default as many as one chip takes]")
    ] = None,
    placer: Annotated[
        str,
        typer.Option(
            help="placement, annealed for the least traffic between tiles: annealed, sequential"
        ),
    ] = "annealed",
    explain: Annotated[
        bool, typer.Option("--explain", help="say why every scale and threshold has its value")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Quantise a trained network and place it on a chip."""
    from neurograph.workflow.export import export as export_run
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run)
    deployment = export_run(
        opened,
        backend=backend,
        profile=profile,
        weight_bits=weight_bits,
        feature_bits=feature_bits,
        readout=readout,
        calibrate=calibrate,
        latency=latency,
        copies=copies,
        placer=placer,
        ui=console.RichUi(),
    )
    if as_json:
        console.as_json(export_view.as_tree(deployment))
        return
    placement = deployment.placement
    console.out.print(
        f"{opened.folder.deployment}: {placement.cores_per_copy:.3g} cores per copy on "
        f"{deployment.profile.title}, {placement.copies_per_chip} copies per chip"
        f"{export_view.mark(deployment.profile)}",
        markup=False,
    )
    if export_view.mark(deployment.profile):
        console.out.print(LEGEND, markup=False)
    if placement.unchecked:
        console.out.print(f"not published, not checked: {', '.join(placement.unchecked)}")
    export_view.show(deployment, explain=explain)
