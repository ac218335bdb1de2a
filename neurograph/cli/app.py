"""The commands of the road: train, export, run, verify, report, demo, check, profiles, doctor."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neurograph import __version__
from neurograph.chip.profile import LEGEND
from neurograph.cli import (
    check_app,
    console,
    data_app,
    doctor_app,
    export_view,
    profiles_app,
    verify_app,
)
from neurograph.cli.options import AsJson, LavaPython, Profile, Run, Target
from neurograph.core.errors import DoesNotFitError, ModelError, NeuroGraphError


class InterruptError(Exception):
    """A Ctrl-C, on its way past Typer."""


class Commands(TyperGroup):
    """Lets a Ctrl-C out; what Typer would make of it depends on its version."""

    def invoke(self, context: Any) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt as error:
            raise InterruptError from error


app = typer.Typer(
    cls=Commands,
    help="Spiking graph networks from PyTorch to a neuromorphic chip.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_app.app, name="data")
app.command("features")(data_app.features)
app.add_typer(profiles_app.app, name="profiles")
app.command("check")(check_app.check)
app.command("doctor")(doctor_app.doctor)


def main() -> None:
    """Run the command line.

    Exit 0; 2 with one message for the user's error; 130 after a Ctrl-C; 1 for a bug.
    """
    try:
        app()
    except NeuroGraphError as error:
        console.err.print(f"error: {error}", markup=False, style="bold red")
        if isinstance(error, DoesNotFitError):
            console.err.print(f"what would help: neurograph check --profile {error.profile}")
        sys.exit(2)
    except (InterruptError, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all that is left is to say so
        console.err.print("interrupted", markup=False)
        sys.exit(130)
    except Exception:
        traceback.print_exc()
        console.err.print("This is a bug in NeuroGraph; please report it.", markup=False)
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        console.out.print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def train(
    graph: Annotated[
        Path | None, typer.Argument(help="Graph folder. Default: a built-in generated graph.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Run folder. Default: a new one.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Settings to start from. Default: 'demo' without a graph.")
    ] = None,
    features: Annotated[
        str | None, typer.Option(help="Feature method, where the graph has several.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="spikenet, dysign; without spikes: sage, sage-gru.")
    ] = None,
    neuron: Annotated[str | None, typer.Option(help="if, lif, plif or alif.")] = None,
    surrogate: Annotated[
        str | None, typer.Option(help="sigmoid, triangle, arctan, super or multi-gauss.")
    ] = None,
    tau: Annotated[float | None, typer.Option(help="Membrane time constant, steps.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Of the neurons.")] = None,
    latency: Annotated[
        int | None, typer.Option(help="With dysign: latency steps per snapshot, K.")
    ] = None,
    leak: Annotated[
        float | None,
        typer.Option(help="With dysign: share of the membrane kept per latency step; 1: no leak."),
    ] = None,
    feedback: Annotated[
        bool | None,
        typer.Option(
            "--feedback/--no-feedback", help="With dysign: from the last layer to the first."
        ),
    ] = None,
    compensation: Annotated[
        bool | None,
        typer.Option(
            "--compensation/--no-compensation", help="With dysign: features to the last layer."
        ),
    ] = None,
    solver: Annotated[
        str | None, typer.Option(help="With dysign, backward: broyden or neumann.")
    ] = None,
    spectral_bound: Annotated[
        float | None, typer.Option(help="With dysign: of the feedback weight's singular values.")
    ] = None,
    hidden: Annotated[str | None, typer.Option(help="Channels per layer, e.g. 128,10.")] = None,
    fanouts: Annotated[
        str | None, typer.Option(help="Sampled neighbours per hop, e.g. 5,2.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training nodes.")] = None,
    batch: Annotated[int | None, typer.Option(help="Nodes per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of AdamW.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Of spikes between layers.")] = None,
    train_share: Annotated[
        float | None, typer.Option(help="Of labelled nodes, validation included.")
    ] = None,
    split_seed: Annotated[int | None, typer.Option(help="Of the node split.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything else.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    qat: Annotated[
        bool, typer.Option("--qat", help="Train on in integers: forward passes are the chip's.")
    ] = False,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Run whose model to train on in integers; implies --qat."),
    ] = None,
    bits: Annotated[int | None, typer.Option(help="With --qat: weight mantissa.")] = None,
    feature_bits: Annotated[int | None, typer.Option(help="With --qat: input payload.")] = None,
    qat_epochs: Annotated[int | None, typer.Option(help="With --qat: epochs of it.")] = None,
    qat_learning_rate: Annotated[
        float | None, typer.Option(help="With --qat: of AdamW in those epochs.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="With --qat: chip, a name or a TOML file. Default: loihi2.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last epoch.")] = False,
) -> None:
    """Train a spiking graph network."""
    from neurograph.workflow import pipeline
    from neurograph.workflow.folder import RunFolder, new_run
    from neurograph.workflow.integer_training import Start

    _check_together(
        qat=qat or start is not None,
        integers={"--bits": bits, "--feature-bits": feature_bits}
        | {"--qat-epochs": qat_epochs, "--qat-learning-rate": qat_learning_rate}
        | {"--profile": profile},
        fixed=None
        if start is None
        else {"a graph": graph, "--preset": preset} | {"--features": features, "--model": model},
    )
    begin = Start.of(RunFolder(start)) if start else None
    given = {
        **{"model": model, "neuron": neuron, "surrogate": surrogate, "tau": tau},
        **{"threshold": threshold, "latency": latency, "leak": leak, "feedback": feedback},
        **{"compensation": compensation, "solver": solver, "spectral_bound": spectral_bound},
        **{"hidden": check_app.numbers("--hidden", hidden)},
        **{"fanouts": check_app.numbers("--fanouts", fanouts)},
        **{"epochs": epochs, "batch": batch, "dropout": dropout},
        **{"learning_rate": learning_rate, "train_share": train_share},
        **{"split_seed": split_seed, "seed": seed, "device": device},
        **{"qat": qat or begin is not None or None, "weight_bits": bits},
        **{"feature_bits": feature_bits, "qat_epochs": qat_epochs},
        **{"qat_learning_rate": qat_learning_rate},
    }
    ui = console.RichUi()
    if begin:
        settings, folder, features = _on_top(begin.settings, given), begin.graph, begin.method
    else:
        settings = _settings(preset or ("demo" if graph is None else None), given)
        folder = pipeline.built_in_graph(ui) if graph is None else graph
    run = RunFolder(out) if out else new_run(start.resolve().name if start else folder.name)
    result = pipeline.train(
        folder,
        settings,
        run,
        method=features,
        start=begin,
        profile=profile or "loihi2",
        resume=resume,
        ui=ui,
    )
    for warning in result.warnings:
        console.err.print(f"warning: {warning}", markup=False)
    console.out.print(
        f"{run.path}: {settings.model}, {result.parameters:,} parameters, split {result.split}; "
        f"best of {result.epochs} epochs is {result.best_epoch}: validation micro-F1 "
        f"{console.percent(result.val_micro_f1)}, macro-F1 {console.percent(result.val_macro_f1)} "
        f"({result.seconds:.0f} s)",
        markup=False,
    )


def _check_together(
    *, qat: bool, integers: Mapping[str, Any], fixed: Mapping[str, Any] | None
) -> None:
    """Raise ModelError for options that say nothing without --qat, or against --from."""
    for name, value in integers.items():
        if value is not None and not qat:
            raise ModelError(f"{name} is for training in integers; add --qat, or --from RUN")
    for name, value in (fixed or {}).items():
        if value is not None:
            raise ModelError(
                f"--from goes on with the graph, features and model of that run; leave out {name}"
            )


def _settings(preset: str | None, given: dict[str, Any]) -> Any:
    """The preset with whatever was given on the command line on top."""
    from neurograph.models import PRESETS, TrainSettings

    if preset is not None and preset not in PRESETS:
        raise ModelError(f"no preset '{preset}'; known: {', '.join(PRESETS)}")
    return _on_top((PRESETS[preset] if preset else TrainSettings()).as_mapping(), given)


def _on_top(base: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Settings of `base`, changed by whatever was given."""
    from neurograph.models import TrainSettings

    changed = {name: value for name, value in given.items() if value is not None}
    return TrainSettings.from_mapping({**base, **changed})


@app.command()
def export(
    run: Run = None,
    target: Target = "loihi-sim",
    profile: Profile = "loihi2",
    weight_bits: Annotated[
        int | None,
        typer.Option(help="Weight mantissa, sign included. Default: 8, or as trained in."),
    ] = None,
    feature_bits: Annotated[
        int | None,
        typer.Option(help="Input payload, sign included. Default: 8, or as trained in."),
    ] = None,
    readout: Annotated[
        str, typer.Option(help="Where the linear readout runs: host or on-chip.")
    ] = "host",
    calibrate: Annotated[
        int, typer.Option(help="Training nodes whose spikes choose the scales.")
    ] = 512,
    latency: Annotated[
        int | None,
        typer.Option(help="Of dysign: latency steps per snapshot. Default: as trained."),
    ] = None,
    copies: Annotated[
        int | None, typer.Option(help="Copies to place. Default: as many as one chip takes.")
    ] = None,
    placer: Annotated[
        str, typer.Option(help="annealed (least spike traffic between tiles), or sequential.")
    ] = "annealed",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why every scale and threshold has its value.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Quantise a trained network and place it on a chip."""
    from neurograph.workflow import pipeline
    from neurograph.workflow.folder import find_run

    folder = find_run(run)
    deployment = pipeline.export(
        folder,
        target=target,
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
        f"{folder.deployment}: {placement.cores_per_copy:.3g} cores per copy on "
        f"{deployment.profile.title}, {placement.copies_per_chip} copies per chip"
        f"{export_view.mark(deployment.profile)}",
        markup=False,
    )
    if export_view.mark(deployment.profile):
        console.out.print(LEGEND, markup=False)
    if placement.unchecked:
        console.out.print(f"not published, not checked: {', '.join(placement.unchecked)}")
    export_view.show(deployment, explain=explain)


@app.command()
def run(
    run: Run = None,
    target: Annotated[str | None, typer.Option(help="Default: the one exported for.")] = None,
    nodes: Annotated[str, typer.Option(help="train, val, test or all.")] = "test",
    limit: Annotated[int | None, typer.Option(help="At most so many nodes.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    lava_python: LavaPython = None,
    lowering: Annotated[
        str | None,
        typer.Option(help="loihi-sim: fused, or stock (Lava's own connections, to compare)."),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="loihi-sim: targets side by side in a Lava process.")
    ] = None,
) -> None:
    """Run the integers on the target, and on the reference beside it; or a model without spikes."""
    from neurograph.cli import twin_view
    from neurograph.workflow import pipeline
    from neurograph.workflow.folder import find_run
    from neurograph.workflow.twin import infer_twin, is_twin

    folder = find_run(run)
    given = {"python": lava_python, "lowering": lowering, "batch": batch}
    if is_twin(folder):
        names = {"--lava-python": lava_python, "--lowering": lowering, "--batch": batch}
        twin_view.refuse({"--target": target, **names, "--resume": resume or None})
        with console.RichUi().task("inference, targets") as progress:
            found = infer_twin(folder, part=nodes, limit=limit, progress=progress)
        twin_view.show(folder.baseline, found)
        return
    done = pipeline.infer(
        folder,
        target=target,
        part=nodes,
        limit=limit,
        resume=resume,
        options={name: value for name, value in given.items() if value is not None},
        ui=console.RichUi(),
    )
    records, seconds = done.records, done.seconds
    scores = pipeline.score(folder, records)
    rows = [
        (
            name,
            len(r.nodes),
            console.percent(scores[name].micro),
            console.percent(scores[name].macro),
            f"{seconds[name]:.1f}",
        )
        for name, r in records.items()
    ]
    columns = ("ran on", "targets", "micro-F1", "macro-F1", "seconds")
    console.table(f"{folder.path}: {nodes} nodes", columns, rows)


app.command("verify")(verify_app.verify)


@app.command()
def report(
    run: Run = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(help="Run of a model without spikes, over the same nodes; may be repeated."),
    ] = None,
) -> None:
    """Write report.html and report.json."""
    from neurograph.workflow import pipeline
    from neurograph.workflow.folder import RunFolder, find_run

    twins = [RunFolder(path) for path in baseline or ()]
    html, data = pipeline.write_report(find_run(run), twins)
    console.out.print(f"{html}\n{data}", markup=False)


@app.command()
def demo(
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Run folder. Default: a new one.")
    ] = None,
) -> None:
    """Train, export, run and report on a built-in generated graph."""
    train(out=out, graph=None)
    folder = out
    export(run=folder)
    run(run=folder)
    verify_app.verify(run=folder, tolerance=0.0)  # Lava must still be identical
    report(run=folder)
