"""The commands about chips: profiles list, show, diff, schema; check."""

from __future__ import annotations

from typing import Annotated

import typer

from neurograph.cli import console
from neurograph.cli.generated import Command, Group
from neurograph.cli.options import AsJson

app = typer.Typer(cls=Group, help="Chips: limits and energy constants.", no_args_is_help=True)


Chip = Annotated[str, typer.Argument(metavar="NAME|FILE", help="a known chip, or a TOML file")]


@app.command("list", cls=Command)
def list_(as_json: AsJson = False) -> None:
    """The known chips: size, and how many of their constants are assumed."""
    from neurograph.chip.profiles import known_profiles, load_profile
    from neurograph.cli import profiles_view

    chips = [load_profile(name) for name in known_profiles()]
    if as_json:
        console.as_json(profiles_view.list_tree(chips))
    else:
        profiles_view.show_list(chips)


@app.command(cls=Command)
def show(chip: Chip, as_json: AsJson = False) -> None:
    """Every constant of a chip with its interval, source and basis."""
    from neurograph.chip.profiles import load_profile
    from neurograph.cli import profiles_view

    profile = load_profile(chip)
    if as_json:
        console.as_json(profiles_view.show_tree(profile))
    else:
        profiles_view.show(profile)


@app.command(cls=Command)
def diff(a: Chip, b: Chip, as_json: AsJson = False) -> None:
    """What differs between two chips, key by key; exit 0 either way."""
    from neurograph.chip.profiles import load_profile
    from neurograph.cli import profiles_view

    one, two = load_profile(a), load_profile(b)
    if as_json:
        console.as_json(profiles_view.diff_tree(one, two))
    else:
        profiles_view.show_diff(one, two)


@app.command(cls=Command)
def schema() -> None:
    """The JSON schema of a chip's TOML file."""
    from neurograph.chip import profiles as profile_files

    console.as_json(profile_files.schema())
