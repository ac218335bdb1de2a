"""The command train."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurograph.cli import console, generated, names, yardsticks_view
from neurograph.cli.generated import UNBROKEN, completing
from neurograph.cli.options import AsJson, Overwrite
from neurograph.core.errors import ModelError
from neurograph.core.nearest import did_you_mean
from neurograph.core.setting import Setting, settings_of

if TYPE_CHECKING:
    from neurograph.models import TrainResult, TrainSettings
    from neurograph.models.config import ModelConfig
    from neurograph.workflow.folder import RunFolder
    from neurograph.workflow.resume import Resumed
    from neurograph.workflow.ui import Ui


def train(
    context: typer.Context,
    graph: Annotated[
        Path | None,
        typer.Argument(
            metavar="[GRAPH|RUN]",
            help="graph folder [default a built-in generated graph]; with --resume a run, or the "
            "graph of one [default the latest run]",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="run folder [default a new one]")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="settings to start from, below [default demo, without a graph]",
            autocompletion=completing(names.presets),
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="feature method, where the graph has several, or a folder of features; none to "
            "hear labels alone"
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="one of the models below [default spikenet]",
            autocompletion=completing(names.models),
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="run whose model to train on: in integers, which this implies, or with --mapping "
            "resident over the whole graph",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            help="with --qat: chip, a name or a TOML file [default loihi2]",
            autocompletion=completing(names.profiles),
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="go on from the last epoch of a run, as it began; --epochs lengthens"
        ),
    ] = False,
    overwrite: Overwrite = False,
    yardsticks: Annotated[
        bool, typer.Option(help="measure simple methods on the same split")
    ] = True,
    as_json: AsJson = False,
) -> str | None:
    """Train a spiking graph network."""
    from neurograph.models.config import RESIDENT
    from neurograph.workflow.choose import choose
    from neurograph.workflow.features import BUILT_IN, built_in_graph
    from neurograph.workflow.folder import RunFolder
    from neurograph.workflow.latest import in_new_run
    from neurograph.workflow.new_folder import check_new
    from neurograph.workflow.resume import resumed
    from neurograph.workflow.run import Run
    from neurograph.workflow.same_training import check_typed
    from neurograph.workflow.start import Start
    from neurograph.workflow.train import train as train_run

    given = generated.given(context)
    split_file = _split_file(given)
    ui = console.RichUi()
    if resume:
        _refuse_beside_resume({"--overwrite": overwrite or None})
        going = resumed(graph, out)
        typed = {"--features": features, "--profile": profile, "--from": start}
        settings = check_typed(going, preset, {"model": model, **given} if model else given, typed)
        how: dict[str, Any] = {"split_file": split_file, "yardsticks": yardsticks, "ui": ui}
        result = _go_on(going, settings, **how)
        return _show(going.run.folder, settings, result, as_json=as_json)
    whole = given.get("mapping") == RESIDENT and not given.get("qat")
    _check_integers({**given, "profile": profile}, begun=start is not None and not whole)
    if start is not None:
        _check_fixed({"a graph": graph, "--preset": preset, "--features": features})
        _check_fixed({"--split": given.get("split") or split_file})
        _check_fixed({"--model": model})
        if not whole:
            _check_fixed({"--no-qat": given.get("qat") is False or None})
    begin = Start.of(Run(start)) if start else None
    near = start or graph or BUILT_IN
    if out:
        check_new(RunFolder(out), overwrite=overwrite)  # before any work
    if begin:
        settings = _settings(None, begin.settings, {**given, "qat": given.get("qat", not whole)})
        folder, features = begin.graph, begin.method
    else:
        chosen = preset or ("demo" if graph is None else None)
        settings = _settings(chosen, None, {"model": model, **given})
        folder = built_in_graph(ui) if graph is None else graph
        if chosen is None:
            suiting = choose(
                folder, settings, given=given, method=features, split_file=split_file, ui=ui
            )
            settings, features = suiting.settings, suiting.method
            console.err.print("\n".join(suiting.lines), markup=False, highlight=False)

    def work(run: RunFolder) -> TrainResult:
        return train_run(
            folder,
            settings,
            run,
            method=features,
            split_file=split_file,
            start=begin,
            profile=profile or "loihi2",
            overwrite=overwrite,
            yardsticks=yardsticks,
            ui=ui,
        )

    name = near.resolve().name
    run, result = (RunFolder(out), work(RunFolder(out))) if out else in_new_run(name, work)
    return _show(run, settings, result, as_json=as_json)


def _go_on(going: Resumed, settings: TrainSettings, *, ui: Ui, **how: Any) -> TrainResult:
    """Train on; says so if nothing is left to do."""
    from neurograph.workflow.metrics import metrics_of
    from neurograph.workflow.train import train as train_run

    run = going.run
    before = len(metrics_of(run)) if run.folder.metrics.exists() else 0
    of: dict[str, Any] = {"method": going.method, "profile": going.profile}
    if settings.epochs != going.settings.epochs and settings.schedule != "constant":
        ui.say(f"the learning rate now falls along {settings.epochs} epochs")
    result = train_run(going.graph, settings, run.folder, resume=True, ui=ui, **of, **how)
    if result.epochs == before:
        ui.say(
            f"{run.path}: all {before} epochs were done before; more: neurograph train --resume "
            f"{run.path} --epochs {2 * before}"
        )
    return result


def _refuse_beside_resume(given: Mapping[str, Any]) -> None:
    """Raise ModelError for options that say something against --resume."""
    for name, value in given.items():
        if value is not None:
            raise ModelError(f"--resume goes on with what is there; leave out {name}")


def _show(
    run: RunFolder, settings: TrainSettings, result: TrainResult, *, as_json: bool
) -> str | None:
    from neurograph.runtime.firing import firing_alarms
    from neurograph.tasks import find_task
    from neurograph.tasks.yardsticks.measured import load_yardsticks
    from neurograph.workflow.yardsticks import file_in

    alarms = firing_alarms(result.firing)
    for warning in (*result.warnings, *alarms):
        console.err.print(f"warning: {warning}", markup=False)
    measured = load_yardsticks(file_in(run)) if file_in(run).exists() else None
    then = console.typed("neurograph", "export" if settings.own.spiking else "run", run.path)
    if as_json:
        told = {"run": str(run.path), **_tree(settings, result), "next": then}
        told["firing_alarms"] = [asdict(alarm) for alarm in alarms]
        told["yardsticks"] = measured and yardsticks_view.to_dict(measured)["measured"]
        console.as_json(told)
        return None
    console.out.print(
        f"{run.path}: {settings.model}, {result.parameters:,} parameters, split {result.split}; "
        f"{_epochs(settings, result)}: validation "
        f"{console.scores(find_task(settings.task), result.scores)} ({console.waited():.0f} s)",
        markup=False,
    )
    if measured is not None:
        yardsticks_view.beside(measured, result.scores)
    return then


def _tree(settings: TrainSettings, result: TrainResult) -> dict[str, Any]:
    """What a training said, as JSON values."""
    return {
        "model": settings.model,
        "parameters": result.parameters,
        "split": result.split,
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "validation": dict(result.scores),
        "firing_rate": dict(result.firing),
        "seconds": round(console.waited(), 1),
        "warnings": list(result.warnings),
    }


def _epochs(settings: TrainSettings, result: TrainResult) -> str:
    if settings.folds and not settings.qat:  # what they said is how long there was a training
        return f"{settings.folds} folds of {settings.epochs} epochs say {result.epochs}"
    kept = "last" if settings.keep == "last" else "best"
    return f"{kept} of {result.epochs} epochs is {result.best_epoch}"


def panels() -> Iterator[generated.Panel]:
    """Those of the models, and those of training."""
    from neurograph.cli import model_options
    from neurograph.models.settings import TrainSettings

    rows = tuple(_presets(model_options.models().values()))
    yield generated.Panel(owner="presets", heading="presets", settings=(), rows=rows)
    yield from model_options.panels(model_options.models())
    groups: dict[str, list[Setting]] = {}
    for of in settings_of(TrainSettings):
        groups.setdefault(of.group, []).append(of)
    for group, found in groups.items():
        yield generated.Panel(owner=group, heading=group, settings=tuple(found))


def _presets(kinds: Iterable[type[ModelConfig]]) -> Iterator[tuple[str, str]]:
    """Each with what it sets, as typed."""
    for kind in kinds:
        for name, given in kind.presets.items():
            options = generated.typed({f"--{key.replace('_', '-')}": x for key, x in given.items()})
            words = " ".join(["--model", kind.name, *options])
            # a value stays beside its option
            yield name, re.sub(r" (?!--)", UNBROKEN, words)


def _split_file(given: dict[str, Any]) -> Path | None:
    """The file of --split, taken out of what was given, unless it names a kind of split.

    Raises:
        ModelError: neither a kind of split nor a file.
    """
    from neurograph.tasks import SPLITS

    typed = given.get("split")
    if typed is None or typed in SPLITS:
        return None
    path = Path(given.pop("split"))
    if not path.is_file():
        raise ModelError(
            f"no split '{typed}', and no such file; known: {', '.join(SPLITS)}, or a "
            f"file with node,part{did_you_mean(typed, SPLITS)}"
        )
    return path


def _check_integers(given: Mapping[str, Any], *, begun: bool) -> None:
    """Raise ModelError for options that say nothing without --qat."""
    from neurograph.models.settings import INTEGERS, TrainSettings

    if given.get("qat") or begun:
        return
    names = {of.name: of.option for of in settings_of(TrainSettings) if of.group == INTEGERS}
    del names["qat"]
    for name, typed in {**names, "profile": "--profile"}.items():
        if given.get(name) is not None:
            raise ModelError(f"{typed} is for training in integers; add --qat, or --from RUN")


def _check_fixed(given: Mapping[str, Any]) -> None:
    """Raise ModelError for options that say something against --from."""
    for name, value in given.items():
        if value is not None:
            raise ModelError(
                f"--from goes on with the graph, features and model of that run; leave out {name}"
            )


def _settings(
    preset: str | None, before: Mapping[str, Any] | None, given: Mapping[str, Any]
) -> TrainSettings:
    """Those of a preset, or of an earlier training, with whatever was given on top."""
    from neurograph.models import settings

    base = settings.TrainSettings.from_dict(before or {})
    if preset is not None:
        base = settings.preset(preset)
    return base.changed(**{name: x for name, x in given.items() if x is not None})
