"""Options of a command that are fields of dataclasses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from neurograph.cli import generated
from neurograph.core.errors import NeuroGraphError
from neurograph.core.setting import setting, settings_of


@dataclass(frozen=True, kw_only=True)
class Small:
    hidden: tuple[int, ...] = setting((128, 10), "channels per layer")
    tau: float = setting(2.0, "time constant", unit="steps")
    feedback: bool | None = setting(None, "from the last layer")
    seeds: list[int] = field(default_factory=list)  # is no setting, so it is no option


@dataclass(frozen=True, kw_only=True)
class Large:
    tau: float = setting(5.0, "of its own neurons", unit="steps")
    batch: str = setting("auto", "which")
    weights: Path | None = setting(None, "start", option="--from")


@dataclass(frozen=True, kw_only=True)
class Odd:
    shape: dict[str, int] = setting(None, "no option")


PANELS = (
    generated.Panel(owner="small", heading="Small", settings=settings_of(Small), renamed=True),
    generated.Panel(owner="large", heading="Large", settings=settings_of(Large), renamed=True),
)


def call(*words: str) -> tuple[Any, dict[str, Any]]:
    """The result of a command with an option --batch of its own, and what it was told."""
    told: dict[str, Any] = {}

    def function(context: typer.Context, batch: int | None = None) -> None:
        told["batch"] = batch
        for owner in ("small", "large"):
            told[owner] = generated.given(context, owner)
        told["strangers"] = generated.strangers(context, "small")
        told["flags"] = generated.options(context)

    # what postponed annotations cannot find: names that are local to a test
    function.__annotations__ = {"context": typer.Context, "batch": int | None, "return": None}
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(cls=generated.command(lambda: PANELS))(function)
    return CliRunner().invoke(app, [*words]), told


def test_only_what_is_typed_is_given() -> None:
    done, told = call()
    assert done.exit_code == 0, done.output
    empty: dict[str, Any] = {}
    assert told == {"batch": None, "small": {}, "large": {}, "strangers": {}, "flags": empty}


def test_values_are_of_the_fields_kinds() -> None:
    done, told = call("--hidden", "16,8", "--tau", "3", "--no-feedback", "--from", "a/b")
    assert done.exit_code == 0, done.output
    assert told["small"] == {"hidden": (16, 8), "tau": 3.0, "feedback": False}
    assert told["large"] == {"tau": 3.0, "weights": Path("a/b")}, "--tau is an option of both"
    assert told["strangers"] == {"--from": "large"}


def test_a_name_that_the_command_has_gets_its_owners_in_front() -> None:
    _, told = call("--batch", "3", "--large-batch", "small")
    assert told["batch"] == 3
    assert told["large"] == {"batch": "small"}
    assert told["flags"] == {"--large-batch": "small"}


def test_the_help_has_a_panel_for_each_owner_with_defaults_and_units() -> None:
    said = " ".join(call("--help")[0].output.split())
    small, large = said.split("Small:")[1].split("Large:")
    assert "--hidden <int,int> channels per layer [default 128,10]" in small
    assert "--tau <float> time constant [steps; default 2]" in small
    assert "--feedback / --no-feedback from the last layer" in small
    assert "--tau <float> of its own neurons [steps; default 5]" in large
    assert "--from <path> start" in large
    assert "--seeds" not in said
    assert "--tau" not in said.split("Small:")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hidden", "16;8"), "--hidden is '16;8', needed e.g. 128,10"),
        (("--tau", "slow"), "--tau"),
        (("--width", "3"), "--width"),
        (("--hiden", "3"), "Possible options: --hidden"),
        (("--bacth", "3"), "Possible options: --batch"),
    ],
)
def test_what_cannot_be_read(words: tuple[str, ...], said: str) -> None:
    done, told = call(*words)
    assert told == {}
    assert said in f"{done.output} {done.exception}"


def test_panels_are_asked_for_when_the_command_is_used_and_not_before() -> None:
    asked = []

    def panels() -> tuple[generated.Panel, ...]:
        asked.append(1)
        return PANELS

    def one(context: typer.Context) -> None: ...

    def two() -> None: ...

    one.__annotations__ = {"context": typer.Context}
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(cls=generated.command(panels))(one)
    app.command()(two)
    for words in (["--help"], ["two"], ["two", "--help"]):
        assert CliRunner().invoke(app, words).exit_code == 0
    assert asked == []
    assert "Small:" in CliRunner().invoke(app, ["one", "--help"]).output
    assert asked == [1]


def test_a_field_that_no_command_line_can_have() -> None:
    with pytest.raises(NeuroGraphError, match=r"Odd\.shape is dict\[str, int\]; a setting is one"):
        settings_of(Odd)


def test_options_of_the_function_are_shown_in_the_same_notation() -> None:
    def function(
        where: str, nodes: str = "test", seed: int = 0, limit: int | None = None
    ) -> None: ...

    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(cls=generated.Command)(function)
    function.__annotations__ = {"where": str, "nodes": str, "seed": int, "limit": int | None}
    said = CliRunner().invoke(app, ["--help"]).output
    assert "[default test]" in said
    assert "[default 0]" in said
    assert "[required]" in said
    assert "default:" not in said
    assert "\N{NO-BREAK SPACE}" not in said


def test_annotations_that_cannot_be_read() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Lost:
        size: NoSuchName = setting(1, "size")  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(NeuroGraphError, match=r"annotations of .*Lost cannot be read \(NameError"):
        settings_of(Lost)


def test_the_whole_help_imports_no_backend_and_no_numpy() -> None:
    code = (
        "import sys\nfrom neurograph.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'neurograph_lava', 'torch') if m in sys.modules])"
    )
    words = [sys.executable, "-c", code, "--help"]
    assert subprocess.check_output(words, text=True).splitlines()[-1] == "[]"
