"""The command train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from neurograph.cli import console
from neurograph.cli.options import numbers
from neurograph.core.errors import ModelError


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
    from neurograph.workflow.features import built_in_graph
    from neurograph.workflow.folder import RunFolder
    from neurograph.workflow.latest import new_run
    from neurograph.workflow.run import Run
    from neurograph.workflow.start import Start
    from neurograph.workflow.train import train as train_run

    _check_together(
        qat=qat or start is not None,
        integers={"--bits": bits, "--feature-bits": feature_bits}
        | {"--qat-epochs": qat_epochs, "--qat-learning-rate": qat_learning_rate}
        | {"--profile": profile},
        fixed=None
        if start is None
        else {"a graph": graph, "--preset": preset} | {"--features": features, "--model": model},
    )
    begin = Start.of(Run(start)) if start else None
    given = {
        **{"model": model, "neuron": neuron, "surrogate": surrogate, "tau": tau},
        **{"threshold": threshold, "latency": latency, "leak": leak, "feedback": feedback},
        **{"compensation": compensation, "solver": solver, "spectral_bound": spectral_bound},
        **{"hidden": numbers("--hidden", hidden)},
        **{"fanouts": numbers("--fanouts", fanouts)},
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
        folder = built_in_graph(ui) if graph is None else graph
    run = RunFolder(out) if out else new_run(start.resolve().name if start else folder.name)
    result = train_run(
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
