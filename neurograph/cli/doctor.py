"""The command doctor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from neurograph.cli import backend_options, console, generated
from neurograph.cli.status import Status
from neurograph.core.finding import CHECKUP, count, summary, to_dict


def panels() -> Iterator[generated.Panel]:
    """What the checkup of every backend can be told."""
    return backend_options.panels(lambda of: of.group == CHECKUP)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines")] = False,
) -> str | None:
    """Say what is wrong with this installation and how to mend it; exit 3 if anything is.

    Changes nothing. Ends with what every installed backend finds about itself.
    """
    from neurograph.doctor import diagnose

    findings = []
    for finding in diagnose(generated.given(context)):
        findings.append(finding)
        if not as_json:
            console.out.print(str(finding), markup=False)
    if as_json:
        console.as_json(to_dict(findings))
    else:
        console.out.print(summary(findings), markup=False)
    if count(findings, "problem"):
        raise typer.Exit(Status.ENVIRONMENT)
    return None if as_json else console.typed("neurograph", "demo")
