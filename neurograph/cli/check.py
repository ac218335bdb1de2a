"""The command `check`: does a network fit a chip, and what is the least that makes it fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurograph.chip.profile import LEGEND
from neurograph.cli import console, generated, names
from neurograph.cli.generated import completing
from neurograph.cli.options import AsJson, Profile, Run
from neurograph.cli.status import Status
from neurograph.core.errors import DoesNotFitError, ModelError

if TYPE_CHECKING:
    from neurograph.chip.fit import Fit
    from neurograph.chip.placement import Placement
    from neurograph.workflow.check import CheckRequest
    from neurograph.workflow.fixes import Fixes


def check(
    context: typer.Context,
    run: Run = None,
    profile: Profile = "loihi2",
    model: Annotated[
        str | None,
        typer.Option(
            help="check a model before it is trained, instead of a run",
            autocompletion=completing(names.models),
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="with --model: shape to start from", autocompletion=completing(names.presets)
        ),
    ] = None,
    graph: Annotated[
        Path | None,
        typer.Option(help="with --model: graph whose sizes count; of a run: where it is now"),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(help="with --model: feature method of the graph, none to hear labels alone"),
    ] = None,
    replicas: Annotated[
        int | None,
        typer.Option(
            "--replicas", "--copies", help="nodes to run at once: are there chips for them?"
        ),
    ] = None,
    as_json: AsJson = False,
) -> str | None:
    """Say whether a network fits a chip; if not, exit 4 with every violation and what helps."""
    from neurograph.workflow.check import of_run, of_settings
    from neurograph.workflow.latest import find_run

    before = {**generated.options(context), "--preset": preset}
    before |= {"--features": features}
    _check_options(run, model, replicas, [name for name, x in before.items() if x is not None])
    if model is None:
        request = of_run(find_run(run), profile, replicas, graph)
    else:
        given = generated.given(context)
        request = of_settings(
            model,
            given,
            preset=preset,
            graph=graph,
            profile=profile,
            replicas=replicas,
            features=features,
        )
    candidate = request.candidate
    if broken := candidate.violations():
        _refuse(request, DoesNotFitError(candidate.profile.name, broken), as_json=as_json)
    _fits(request, as_json=as_json)
    if as_json:
        return None
    if model is None:
        checked = find_run(run)
        if checked.imported.exists():
            return console.typed("neurograph", "run", checked.path, "--input", "FILE")
        chip = None if profile == "loihi2" else profile
        same = {"--profile": chip, "--replicas": replicas, "--graph": graph}
        return console.typed("neurograph", "export", checked.path, *generated.typed(same))
    own = {"--model": model, "--preset": preset, "--features": features}
    typed = generated.typed({**own, **generated.options(context)})
    return console.typed("neurograph", "train", *([graph] if graph else []), *typed)


def panels() -> Iterator[generated.Panel]:
    """What decides the network of a model."""
    from neurograph.cli import model_options
    from neurograph.models.config import decides_network

    spiking = {name: kind for name, kind in model_options.models().items() if kind.spiking}
    return model_options.panels(spiking, decides_network, when="with --model")


def _check_options(
    run: Path | None, model: str | None, replicas: int | None, before: list[str]
) -> None:
    if run is not None and model is not None:
        raise ModelError(f"{run} and --model {model}: give a run, or a model before training")
    if replicas is not None and replicas < 1:
        raise ModelError(f"--replicas is {replicas}, needed at least 1")
    if model is None and before:
        raise ModelError(f"{', '.join(before)}: for a model before training; add --model spikenet")


def _refuse(request: CheckRequest, error: DoesNotFitError, *, as_json: bool) -> None:
    from neurograph.workflow.fixes import Candidate, suggest, suggest_chips

    one = request.candidate
    found = suggest(one) if isinstance(one, Candidate) else suggest_chips(one)
    if as_json:
        console.as_json(
            {
                "fits": False,
                "source": request.source,
                "profile": error.profile,
                "violations": [asdict(v) for v in error.violations],
                "fixes": [{**asdict(fix), "options": fix.options} for fix in found.fixes],
                "unmet": [asdict(v) for v in found.unmet],
                **_limits(request.candidate),
            }
        )
    else:
        console.err.print(request.source, markup=False)
        console.err.print(f"error: {error}", markup=False, style="bold red")
        console.err.print("\n".join(_advice(found)), markup=False)
    raise typer.Exit(Status.MISFIT)


def _advice(found: Fixes) -> list[str]:
    lines = []
    if found.unmet:
        limits = "; ".join(dict.fromkeys(f"{v.where}: {v.what}" for v in found.unmet))
        lines.append(f"no change of the model meets this chip's limits ({limits})")
    elif not found.fixes:
        lines.append("no single change, pair or triple of changes that was tried makes it fit")
    if found.fixes:
        lines.append("what makes it fit, cheapest first, each tried:")
        lines += [f"  {n}. {fix}" for n, fix in enumerate(found.fixes, 1)]
    return lines


def _fits(request: CheckRequest, *, as_json: bool) -> None:
    candidate = request.candidate
    placement = candidate.placement()
    chips, use = candidate.chips(placement), _use(candidate, placement)
    if as_json:
        console.as_json(
            {
                "fits": True,
                "source": request.source,
                "profile": candidate.profile.name,
                "violations": [],
                "fixes": [],
                "replicas": candidate.replicas,
                "chips": chips,
                "cores_per_replica": placement.cores_per_replica,
                "replicas_per_chip": placement.replicas_per_chip,
                "fullest_core": {name: {"used": used, "limit": limit} for name, used, limit in use},
                **_limits(candidate),
            }
        )
        return
    console.out.print(request.source, markup=False)
    console.out.print(f"fits '{candidate.profile.name}': {placement}", markup=False)
    if candidate.replicas:
        console.out.print(f"{candidate.replicas:,} replicas need {chips:,} chips", markup=False)
    rows = [
        (name, f"{used:,}", *_share(used, limit), candidate.profile.limits[key].mark)
        for (_, key, name), (_, used, limit) in zip(_held(candidate), use, strict=True)
    ]
    console.table("The fullest core", ("", "used", "of", "share", ""), rows)
    if candidate.profile.assumed:
        console.out.print(LEGEND, markup=False)
    if unknown := candidate.profile.unknown_limits:
        console.out.print(f"not published, so not checked: {', '.join(unknown)}", markup=False)
    if unpriced := candidate.profile.unpriced:
        line = f"priced by no constant set, so a report will not count: {', '.join(unpriced)}"
        console.out.print(line, markup=False)


def _use(candidate: Fit, placement: Placement) -> list[tuple[str, int, float | None]]:
    return [
        (mine, max(getattr(use, mine) for use in placement.uses), candidate.profile.limit(key))
        for mine, key, _ in _held(candidate)
    ]


def _held(candidate: Fit) -> tuple[tuple[str, str, str], ...]:
    """What a core holds, the profile's limit, and how to say it."""
    from neurograph.chip.memory import SynapseMemory

    memory = SynapseMemory.of(candidate.profile)
    return (
        ("neurons", "neurons_per_core", "neurons"),
        (memory.used, memory.limit, f"{memory.unit}s of synaptic memory"),
        ("axons_in", "axons_in_per_core", "input axons"),
        ("axons_out", "axons_out_per_core", "output axons"),
    )


def _share(used: int, limit: float | None) -> tuple[str, str]:
    if limit is None:
        return "unknown", "-"
    return f"{limit:,.0f}", console.percent(used / limit, 0)


def _limits(candidate: Fit) -> dict[str, Any]:
    used = [f"limits.{key}" for _, key, _ in _held(candidate)]
    return {
        "unchecked": list(candidate.profile.unknown_limits),
        "unpriced": list(candidate.profile.unpriced),
        "assumed": [key for key in candidate.profile.assumed if key in used],
    }
