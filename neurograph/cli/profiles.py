"""The commands about chips: profiles list, show, diff, schema; check."""

from __future__ import annotations

from typing import Annotated

import typer

from neurograph.cli import console, names
from neurograph.cli.generated import Command, Group, completing
from neurograph.cli.options import AsJson
from neurograph.cli.piped import is_copy

app = typer.Typer(cls=Group, help="Chips: limits and energy constants.", no_args_is_help=True)


Chip = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE",
        help="a known chip, or a TOML file",
        autocompletion=completing(names.profiles),
    ),
]


@app.command("list", cls=Command)
def list_(as_json: AsJson = False) -> str | None:
    """The known chips: size, and how many of their constants are assumed."""
    from neurograph.chip.profiles import known_profiles, load_profile
    from neurograph.cli import profiles_view

    chips = [load_profile(name) for name in known_profiles()]
    if as_json:
        console.as_json(profiles_view.list_tree(chips))
        return None
    profiles_view.show_list(chips)
    return console.typed("neurograph", "profiles", "show", "NAME")


@app.command(cls=Command)
def show(chip: Chip, as_json: AsJson = False) -> str | None:
    """Every constant of a chip with its interval, source and basis."""
    from neurograph.chip.profiles import load_profile
    from neurograph.cli import profiles_view

    profile = load_profile(chip)
    if as_json:
        console.as_json(profiles_view.show_tree(profile))
        return None
    profiles_view.show(profile)
    return console.typed("neurograph", "check", "--profile", _shown(chip))


@app.command(cls=Command)
def diff(a: Chip, b: Chip, as_json: AsJson = False) -> str | None:
    """What differs between two chips, key by key; exit 0 either way."""
    from neurograph.chip.profiles import load_profile
    from neurograph.cli import profiles_view

    one, two = load_profile(a), load_profile(b)
    if as_json:
        console.as_json(profiles_view.diff_tree(one, two))
        return None
    profiles_view.show_diff(one, two)
    return console.typed("neurograph", "check", "--profile", _shown(b))


def _shown(chip: str) -> str:
    """What the user may type again: not the copy of what came through a pipe."""
    return "FILE.toml" if is_copy(chip) else chip


@app.command(cls=Command)
def schema(as_json: AsJson = True) -> None:  # noqa: ARG001
    """The JSON schema of a chip's TOML file; JSON with or without --json."""
    from neurograph.chip import profiles as profile_files

    console.as_json(profile_files.schema())
