"""The commands about chips: profiles list, show; check."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from neurograph.cli import console
from neurograph.cli.options import AsJson, Profile, Run
from neurograph.profile import Constant

app = typer.Typer(help="Chips: limits and energy constants.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Names of the known chips."""
    from neurograph.profile_files import known_profiles, load_profile

    rows = [(name, load_profile(name).title) for name in known_profiles()]
    console.table("Profiles", ("name", "chip"), rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A name, or a TOML file.")], as_json: AsJson = False
) -> None:
    """Every constant of a chip with its interval, source and basis."""
    from neurograph.profile_files import load_profile

    chip = load_profile(name)
    if as_json:
        console.as_json(asdict(chip))
        return
    tables = [("limits", chip.limits), ("static", chip.static)]
    tables += [(f"energy, {set_}", constants) for set_, constants in chip.energy.items()]
    tables += [(f"time, {set_}", constants) for set_, constants in chip.time.items()]
    columns = ("", "value", "low to high", "source", "basis")
    for title, constants in tables:
        rows = [(key, *_row(constant)) for key, constant in constants.items()]
        console.table(f"{chip.title}: {title}", columns, rows)
    console.out.print(f"neurons: {', '.join(chip.neurons)}", markup=False)
    for key, cite in chip.sources.items():
        console.out.print(f"[{key}] {cite}", markup=False)
    for note in chip.notes:
        console.out.print(f"note: {note}", markup=False)


def _row(constant: Constant) -> tuple[str, str, str, str]:
    if constant.value is None or constant.low is None or constant.high is None:
        return ("unknown", "-", constant.source, constant.basis)
    show = console.si if constant.unit in ("J", "s", "W") else console.amount
    low, high = show(constant.low, constant.unit), show(constant.high, constant.unit)
    span = "-" if constant.low == constant.high else f"{low} to {high}"
    return (show(constant.value, constant.unit), span, constant.source, constant.basis)


def check(run: Run = None, profile: Profile = "loihi2", as_json: AsJson = False) -> None:
    """Say whether a trained network fits a chip; exit 2 with every violation if it does not."""
    from neurograph import pipeline
    from neurograph.runfolder import find_run

    placement = pipeline.fit(find_run(run), profile)
    if as_json:
        console.as_json(asdict(placement))
        return
    console.out.print(
        f"fits '{profile}': {placement.cores_per_copy:.3g} cores per copy, "
        f"{placement.copies_per_chip} copies per chip",
        markup=False,
    )
    rows = [
        (u.core, f"{u.neurons:,}", f"{u.synapses:,}", f"{u.synapse_bits:,}") for u in placement.uses
    ]
    console.table("Cores of one copy", ("core", "neurons", "synapses", "synapse bits"), rows)
    if placement.unchecked:
        console.out.print(f"not published, so not checked: {', '.join(placement.unchecked)}")
