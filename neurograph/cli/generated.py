"""Options made from settings: of models, of training, of backends, plug-ins included.

They are made when a command is called or asked for its help, so that no other command waits for
them. The command reads them from its context. Help is written in one notation, whether Typer has
an option from a function or from a setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from neurograph.cli import console
from neurograph.cli.piped import copied
from neurograph.core.errors import ModelError
from neurograph.core.machine import check_address_space
from neurograph.core.nearest import nearest
from neurograph.core.setting import Setting, noted

TYPED = "neurograph.cli.generated"  # key of what was typed, in a context's meta
WORDS = f"{TYPED}.words"  # likewise of all its words, from the name of the command on
UNBROKEN = "\N{NO-BREAK SPACE}"  # in the place of a space while lines are made
COMPLETION = {  # of Typer's options, in our style
    "install_completion": "let the Tab key complete commands, options and names in this shell",
    "show_completion": "print what that adds to the shell",
}
JOINED = "\N{NON-BREAKING HYPHEN}"  # likewise of a hyphen
NOTES = re.compile(r"\[[^]]*\]")  # which stay on one line


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Options under one heading of a command's help.

    Attributes:
        owner: whose they are: a model, a backend; what `given` is asked for.
        heading: in the help.
        about: a sentence below it; empty for none.
        rows: what else stands there, a name and a text each.
        renamed: whether an option that is there already is shared if it is of the same kind, and
            else gets the owner's name in front. Without it that is an error: of settings that
            files and calls know by these names, too.
    """

    owner: str
    heading: str
    settings: tuple[Setting, ...]
    about: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    renamed: bool = False


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A setting that was given on the command line."""

    owner: str
    name: str
    option: str
    value: Any


class Command(TyperCommand):
    """A command with the options of its panels; its function reads them with `given`.

    What the function returns is what comes next, and is the last line of what it prints.
    """

    panels: Callable[[], Iterable[Panel]] = staticmethod(tuple)
    compiles = False  # or imports PyTorch: some of their threads end a process that lacks memory

    @cached_property
    def shown(self) -> tuple[Panel, ...]:
        """The panels, with every setting as it is typed here.

        Raises:
            ModelError: an option that is there already, in a panel that cannot rename it.
        """
        own = (form for of in self.params for form in (*of.opts, *of.secondary_opts))
        kinds: dict[str, type | None] = dict.fromkeys(("--help", *own))
        return tuple(_fitted(panel, kinds) for panel in self.panels())

    @cached_property
    def made(self) -> dict[str, Any]:
        """Typer's parameters of the panels, by option."""
        found = {of.option: of for panel in self.shown for of in panel.settings}
        return dict(zip(found, _parameters(found.values()), strict=True))

    def get_help_option(self, ctx: Any) -> Any:
        return _in_our_style(super().get_help_option(ctx))

    def get_params(self, ctx: Any) -> list[Any]:
        return [*super().get_params(ctx), *self.made.values()]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[WORDS] = [self.name, *args]
        rest = self._parsed(ctx, args)
        typed = {option: ctx.params.pop(of.name, None) for option, of in self.made.items()}
        ctx.meta[TYPED] = [
            Typed(
                owner=panel.owner, name=of.name, option=of.option, value=of.read(typed[of.option])
            )
            for panel in self.shown
            for of in panel.settings
            if typed[of.option] is not None
        ]
        return rest

    def _parsed(self, ctx: Any, args: list[str]) -> list[str]:
        """What is left of the words; of an option that nobody knows, which may be meant."""
        try:
            rest: list[str] = super().parse_args(ctx, args)
        except Exception as error:
            if hasattr(error, "possibilities") and hasattr(error, "option_name"):
                known = {form.strip("-"): form for of in self.get_params(ctx) for form in of.opts}
                meant = nearest(error.option_name.strip("-"), known)
                error.possibilities = [known[name] for name in meant]
            raise
        return rest

    def invoke(self, ctx: Any) -> Any:
        if self.compiles:
            check_address_space()
        at_end = ctx.call_on_close
        ctx.params |= {name: copied(name, x, at_end) for name, x in ctx.params.items()}
        given = ctx.meta.get(TYPED, ())
        ctx.meta[TYPED] = [replace(x, value=copied(x.name, x.value, at_end)) for x in given]
        if then := super().invoke(ctx):
            console.next_step(then)
        return then

    def format_options(self, ctx: Any, formatter: Any) -> None:
        own = super().get_params(ctx)
        for heading, kind in (("Arguments", "argument"), ("Options", "option")):
            records = [_record(of, ctx) for of in own if of.param_type_name == kind]
            _write(formatter, heading, "", records)
        for panel in self.shown:
            rows = [(_left(self.made[of.option], ctx), of.text) for of in panel.settings]
            _write(formatter, panel.heading, panel.about, [*panel.rows, *rows])


class Group(TyperGroup):
    """Commands under one name."""

    def get_help_option(self, ctx: Any) -> Any:
        return _in_our_style(super().get_help_option(ctx))

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)
        for of in params:
            of.help = COMPLETION.get(of.name, getattr(of, "help", None))
        return params


def completing(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """For `autocompletion`: those of the names that begin as what is typed."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in known() if name.startswith(incomplete)]

    return complete


class Compiling(Command):
    """A command that needs numba or PyTorch."""

    compiles = True


def command(
    panels: Callable[[], Iterable[Panel]], base: type[Command] = Compiling
) -> type[Command]:
    """The class of a command, for `Typer.command`; `panels` is called when it is used."""
    return type("Command", (base,), {"panels": staticmethod(panels)})


def given(context: typer.Context, *owners: str) -> dict[str, Any]:
    """What was typed of these owners' settings, or of anybody's: value by name."""
    return {x.name: x.value for x in _typed(context) if not owners or x.owner in owners}


def strangers(context: typer.Context, *owners: str) -> dict[str, str]:
    """What was typed that none of these owners has: the option, and who has it."""
    own = {x.option for x in _typed(context) if x.owner in owners}
    return {x.option: x.owner for x in _typed(context) if x.option not in own}


def options(context: typer.Context) -> dict[str, Any]:
    """All that was typed: value by option."""
    return {x.option: x.value for x in _typed(context)}


def again(context: typer.Context, option: str) -> str:
    """The command as it was typed, with this option, which takes no value."""
    words: list[str] = context.meta.get(WORDS, [])
    return console.typed("neurograph", *words, *([] if option in words else [option]))


def typed(given: Mapping[str, Any]) -> list[str]:
    """The words that say these values, by option; None says nothing."""
    words: list[str] = []
    for option, value in given.items():
        if isinstance(value, bool):
            words.append(option if value else f"--no-{option.removeprefix('--')}")
        elif value is not None:
            many = isinstance(value, tuple)
            words += [option, ",".join(map(str, value)) if many else str(value)]
    return words


def _typed(context: typer.Context) -> list[Typed]:
    typed: list[Typed] = context.meta.get(TYPED, [])
    return typed


def _fitted(panel: Panel, kinds: dict[str, type | None]) -> Panel:
    """The panel beside options of these kinds, None for the command's own; adds its own to them."""
    settings = []
    for of in panel.settings:
        if of.option in kinds and not panel.renamed:
            raise ModelError(
                f"two options are called '{of.option.removeprefix('--')}', one of them of "
                f"{panel.owner}; rename the setting of the plug-in"
            )
        if kinds.get(of.option, of.kind) is not of.kind:
            of = replace(of, option=f"--{panel.owner}-{of.option.removeprefix('--')}")
        kinds[of.option] = of.kind
        settings.append(of)
    return replace(panel, settings=tuple(settings))


def _parameters(settings: Iterable[Setting]) -> list[Any]:
    """Typer's parameters, None where nothing is typed."""

    def function(**_: Any) -> None: ...

    read = [_parameter(of) for of in settings]
    function.__signature__ = Signature(read)  # type: ignore[attr-defined]
    function.__annotations__ = {of.name: of.annotation for of in read}
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return list(typer.main.get_command(app).params)


def _parameter(of: Setting) -> Parameter:
    """What Typer reads of a function; a path or numbers are read as text first."""
    kind = of.kind if of.kind in (bool, int, float) else str
    shown = "<int,int>" if of.kind is tuple else f"<{of.kind.__name__.lower()}>"
    info = typer.Option(
        "/".join(of.forms),
        metavar=None if kind is bool else shown,
        autocompletion=completing(of.known) if of.known else None,
    )
    return Parameter(
        f"generated_{of.option.removeprefix('--').replace('-', '_')}",
        Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, info],
    )


def _write(formatter: Any, heading: str, about: str, rows: Iterable[tuple[str, str]]) -> None:
    """A section of the help, if anything is in it."""
    rows = [*rows]
    if not rows and not about:
        return
    with formatter.section(heading):
        if about:
            formatter.write_text(about)
        if rows:
            joined = [(left, NOTES.sub(_unbroken, text)) for left, text in rows]
            formatter.write_dl([(left, text.replace("-", JOINED)) for left, text in joined])
    formatter.buffer = [
        text.replace(UNBROKEN, " ").replace(JOINED, "-") for text in formatter.buffer
    ]


def _unbroken(found: re.Match[str]) -> str:
    return found[0].replace(" ", UNBROKEN)


def _record(of: Any, ctx: Any) -> tuple[str, str]:
    """An option of a function, as if it were of a setting."""
    needed = "required" if of.required else ""
    default = "" if of.default is None or of.default is False else f"default {of.default}"
    return _left(of, ctx), noted(of.help or "", needed, default)


def _left(of: Any, ctx: Any) -> str:
    """How an option is typed."""
    left: str = of.get_help_record(ctx)[0]
    return left


def _in_our_style(help_option: Any) -> Any:
    if help_option is not None:
        help_option.help = "show this message and exit"
    return help_option
