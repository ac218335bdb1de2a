"""The command validate: a chip's profile beside what was measured on the chip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurograph.cli import console
from neurograph.cli.options import AsJson, Overwrite
from neurograph.cli.status import Status
from neurograph.core.errors import ProfileError
from neurograph.core.occupied import check_file

if TYPE_CHECKING:
    from neurograph.chip.measured import Measured
    from neurograph.cost.validation import Measurement, Recording, Validation


def validate(
    run: Annotated[
        Path | None,
        typer.Argument(help="run folder, whose chip is held and whose reports then say so"),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="chip: a name, or a TOML file [default loihi2, or the run's]"),
    ] = None,
    measured: Annotated[
        str | None,
        typer.Option(help="what was measured: a chip's name, or a TOML file [default the chip's]"),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            envvar="NEUROGRAPH_DATA",
            help="folder of the measured networks and recorded runs; without it, cores alone",
        ),
    ] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(help="runs recordings, too; may be repeated [default every one that is here]"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write as JSON")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> str | None:
    """Hold a chip's profile against what was measured: cores, joules, seconds, recorded runs.

    Exit 5 if a row does not hold.
    """
    from neurograph.chip.profiles import load_profile
    from neurograph.core.files import write_json
    from neurograph.workflow.run import Run as OpenRun
    from neurograph.workflow.silicon.validate import validate as hold

    if output is not None:
        check_file(output, overwrite=overwrite)
    opened = None if run is None else OpenRun(run)
    if profile is None and opened is not None and not opened.folder.imported.exists():
        chip = opened.deployment.profile
    else:
        chip = load_profile(profile or "loihi2")
    found = hold(
        chip,
        _measured(chip.name, measured),
        data=data,
        backends=backend,
        say=console.RichUi().say,
    )
    files = [output, opened.folder.validation if opened else None]
    for file in filter(None, files):
        write_json(file, found.to_dict())
    if as_json:
        console.as_json(found.to_dict())
    else:
        _show(found)
        for file in filter(None, files):
            console.out.print(str(file), markup=False)
    if found.failures:
        console.err.print(
            f"{len(found.failures)} of {len(found.rows)} rows do not hold", markup=False
        )
        raise typer.Exit(Status.TOLERANCE)
    if as_json:
        return None
    if run is not None:
        return console.typed("neurograph", "report", run)
    return console.typed("neurograph", "check", "--profile", profile or "loihi2")


def _measured(profile: str, given: str | None) -> Measured:
    from neurograph.chip.measured import known_measured, load_measured, measured_on

    if given is not None:
        return load_measured(given)
    if (found := measured_on(profile)) is not None:
        return found
    raise ProfileError(
        f"profile '{profile}': nothing that was measured on this chip is known; hold it against "
        f"another's with --measured ({', '.join(known_measured())}), or against a TOML file of "
        "your own"
    )


def _show(found: Validation) -> None:
    columns = ("", "measured", "predicted", "low to high", "off", "holds")
    title = f"Profile {found.profile} beside what was measured"
    console.table(title, columns, list(_numbers(found)))
    if found.recordings:
        kinds = ("", "by", "spikes", "u", "v", "differ", "holds")
        console.table(
            "Recorded runs, run again", kinds, [_recording(one) for one in found.recordings]
        )
    sources = dict.fromkeys(one.source for one in found.rows)
    console.out.print("Sources:", markup=False)
    for source in sources:
        console.out.print(f"  {source}", markup=False)
    for line in found.left_out:
        console.out.print(f"not held: {line}", markup=False)
    console.out.print(found.sentence(), markup=False)


def _numbers(found: Validation) -> Iterator[tuple[str, ...]]:
    for one in found.measurements:
        yield (
            f"{one.of}, {one.what}{'*' if one.made_of else ''}",
            f"{_number(one.measured)} {one.unit}",
            _number(one.predicted.typical),
            _interval(one),
            _off(one),
            _yes(one.holds),
        )


def _off(one: Measurement) -> str:
    """In percent, and what is allowed; the interval alone where no more is asked."""
    allowed = "" if one.within is None else f" of {100 * one.within:.0f}"
    return f"{100 * one.off:+.1f}{allowed} %"


def _interval(one: Measurement) -> str:
    if one.counted:
        return "-"
    return f"{_number(one.predicted.low)} to {_number(one.predicted.high)}"


def _recording(one: Recording) -> tuple[str, ...]:
    values = (f"{one.values[k]:,}" if k in one.values else "-" for k in ("spikes", "u", "v"))
    return one.of, one.by, *values, f"{sum(one.differing.values()):,}", _yes(one.holds)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def _yes(holds: bool) -> str:
    return "yes" if holds else "NO"
