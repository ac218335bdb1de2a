"""Options of a command that are fields of dataclasses, made when that command is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter, Signature
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperCommand

from neurograph.core.options import Option, options_of

TYPED = "neurograph.cli.panels"  # key of what was typed, in a context's meta


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Options under one heading of a command's help.

    Attributes:
        owner: whose they are: a backend, a model; what `given` is asked for.
        heading: in the help.
        options: a dataclass.
        mark: metadata that makes a field an option; see `core.options`.
    """

    owner: str
    heading: str
    options: type
    mark: str = "help"


@dataclass(frozen=True, kw_only=True)
class Typed:
    """An option that was given on the command line."""

    owner: str
    field: str
    flag: str
    value: Any


class Command(TyperCommand):
    """A command with the options of its panels; its function reads them with `given`."""

    panels: Callable[[], Iterable[Panel]]

    @cached_property
    def rows(self) -> list[tuple[Panel, Option]]:
        """Every option under its heading.

        Owners may share an option of the same kind; where the command or an earlier owner has one
        of another kind, the owner's name goes in front.
        """
        kinds: dict[str, object] = dict.fromkeys(("--help", *_flags(self.params)))
        rows = []
        for panel in self.panels():
            for option in options_of(panel.options, panel.mark):
                if kinds.get(option.flag, option.kind) is not option.kind:
                    flag = f"--{panel.owner}-{option.flag.removeprefix('--')}"
                    option = replace(option, flag=flag)
                kinds[option.flag] = option.kind
                rows.append((panel, option))
        return rows

    @cached_property
    def made(self) -> list[Any]:
        """Typer's parameters of the rows, each once; no word of them in its own help."""
        made: list[Any] = parameters({option.flag: option for _, option in self.rows}.values())
        return made

    def get_params(self, ctx: Any) -> list[Any]:
        return [*super().get_params(ctx), *self.made]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest: list[str] = super().parse_args(ctx, args)
        typed = {p.opts[0]: ctx.params.pop(p.name, None) for p in self.made}
        ctx.meta[TYPED] = [
            Typed(
                owner=panel.owner,
                field=option.field,
                flag=option.flag,
                value=option.read(typed[option.flag]),
            )
            for panel, option in self.rows
            if typed[option.flag] is not None
        ]
        return rest

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        for panel in dict.fromkeys(panel for panel, _ in self.rows):
            with formatter.section(panel.heading):
                formatter.write_dl([(_left(o), o.text) for p, o in self.rows if p == panel])


def command(panels: Callable[[], Iterable[Panel]]) -> type[Command]:
    """The class of a command, for `Typer.command`; `panels` is called when it is used."""
    return type("Command", (Command,), {"panels": staticmethod(panels)})


def given(context: typer.Context, *owners: str) -> dict[str, Any]:
    """What was typed of these owners' options, or of anybody's: value by field."""
    return {x.field: x.value for x in _typed(context) if not owners or x.owner in owners}


def strangers(context: typer.Context, *owners: str) -> dict[str, str]:
    """What was typed that none of these owners has: the flag, and who has it."""
    own = {x.flag for x in _typed(context) if x.owner in owners}
    return {x.flag: x.owner for x in _typed(context) if x.flag not in own}


def flags(context: typer.Context) -> dict[str, Any]:
    """All that was typed: value by flag."""
    return {x.flag: x.value for x in _typed(context)}


def parameters(options: Iterable[Option]) -> list[Any]:
    """Typer's parameters, None where nothing is typed; hidden, for panels show them."""

    def function(**_: Any) -> None: ...

    read = [_parameter(option) for option in options]
    function.__signature__ = Signature(read)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in read}
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return list(typer.main.get_command(app).params)


def _parameter(option: Option) -> Parameter:
    """What Typer reads of a function; a path or numbers are read as text first."""
    kind: Any = option.kind if option.kind in (bool, int, float) else str
    how = typer.Option("/".join(_forms(option)), hidden=True)
    return Parameter(
        f"generated_{option.flag.removeprefix('--').replace('-', '_')}",
        Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Optional[kind], how],  # noqa: UP045  (known only when it runs)
    )


def _forms(option: Option) -> tuple[str, ...]:
    """What can be typed: of a bool, yes and no."""
    no = f"--no-{option.flag.removeprefix('--')}"
    return (option.flag, no) if option.kind is bool else (option.flag,)


def _left(option: Option) -> str:
    """The left column of the help."""
    kind = "int,int" if option.kind is tuple else option.kind.__name__.lower()
    return " / ".join(_forms(option)) if option.kind is bool else f"{option.flag} <{kind}>"


def _flags(made: Iterable[Any]) -> Iterator[str]:
    for parameter in made:
        yield from (*parameter.opts, *parameter.secondary_opts)


def _typed(context: typer.Context) -> list[Typed]:
    typed: list[Typed] = context.meta.get(TYPED, [])
    return typed
