"""Options made from settings: those of the models, plug-ins included, and those of training.

They are made when a command is called or asked for its help, so that no other command waits for
them. A setting that several models have is one option, with what it is for each of them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand

from neurograph.core.errors import ModelError
from neurograph.core.setting import Setting

Options = Callable[[], list[inspect.Parameter]]
Panels = Callable[[], Mapping[str, str]]
PLAIN = "Options"  # panel of the options that are not generated
TEXT = {bool: bool, int: int, float: float}  # type of a default -> of what is typed; else text


def add_command(
    app: typer.Typer, function: Callable[..., None], options: Options, panels: Panels
) -> None:
    """Add a command with generated options, which it takes as keywords.

    Args:
        options: makes them.
        panels: under what headings the help shows them, in order, and a sentence for each.
    """

    class Command(TyperCommand):
        complete = False

        def get_params(self, ctx: Any) -> Any:
            if not self.complete:
                whole = typer.Typer(add_completion=False, rich_markup_mode=None)
                whole.command()(_with(function, options()))
                made = typer.main.get_command(whole)
                self.params, self.callback, self.complete = made.params, made.callback, True
            return super().get_params(ctx)

        def format_options(self, ctx: Any, formatter: Any) -> None:
            _write_help(self.get_params(ctx), panels(), ctx, formatter)

    app.command(cls=Command)(_with(function, []))


def _with(function: Callable[..., None], options: list[inspect.Parameter]) -> Callable[..., None]:
    """The function with these parameters in the place of its ``**given``."""

    @functools.wraps(function)
    def called(**values: Any) -> None:
        function(**values)

    own = inspect.signature(function).parameters.values()
    hints = get_type_hints(function, include_extras=True)
    fixed = [
        of.replace(annotation=hints[of.name])
        for of in own
        if of.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    names = {of.name for of in fixed}
    for of in options:
        if of.name in names:
            panel = get_args(of.annotation)[1].rich_help_panel
            raise ModelError(
                f"two options are called '{of.name}', one of them of {panel}; rename the setting "
                "of the plug-in"
            )
        names.add(of.name)
    called.__signature__ = inspect.Signature([*fixed, *options])  # type: ignore[attr-defined]
    called.__annotations__ = {of.name: of.annotation for of in (*fixed, *options)}
    return called


def _write_help(parameters: Any, panels: Mapping[str, str], ctx: Any, formatter: Any) -> None:
    found: dict[str, list[tuple[str, str]]] = {"Arguments": [], PLAIN: []}
    found |= {panel: [] for panel in panels}
    for of in parameters:
        usual = "Arguments" if of.param_type_name == "argument" else PLAIN
        if (record := of.get_help_record(ctx)) is not None:
            found[getattr(of, "rich_help_panel", None) or usual].append(record)
    for panel, records in found.items():
        with formatter.section(panel):
            if panels.get(panel):
                formatter.write_text(panels[panel])
            if records:
                formatter.write_dl(records)


def option(of: Setting, about: str, panel: str) -> inspect.Parameter:
    """A setting as an option of a command; None is where it is left out."""
    kind, words = type(of.default), of.option
    if kind is bool:
        words = f"{words}/--no-{words.removeprefix('--')}"
    info = typer.Option(words, help=about, rich_help_panel=panel)
    return inspect.Parameter(
        of.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[TEXT.get(kind, str) | None, info],
    )


def about(of: Setting) -> str:
    """What a setting is, in which unit, and its default."""
    known = f": {', '.join(of.known())}" if of.known else ""
    unit = f"{of.unit}; " if of.unit else ""
    return f"{of.help}{known} [{unit}default {typed(of)}]"


def typed(of: Setting) -> str:
    """The default as it would be typed."""
    match of.default:
        case bool():
            return of.option if of.default else f"--no-{of.option.removeprefix('--')}"
        case float():
            return f"{of.default:g}"
        case tuple():
            return ",".join(map(str, of.default))
        case _:
            return str(of.default)
