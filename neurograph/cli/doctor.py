"""The command doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from neurograph.cli import console
from neurograph.cli.options import LavaPython
from neurograph.core.finding import as_tree, count, summary


def doctor(
    lava_python: LavaPython = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines.")] = False,
) -> None:
    """Say what is wrong with this installation and how to mend it; exit 2 if anything is.

    Changes nothing. Ends with a self-test: a small network on Lava, compared to the bit.
    """
    from neurograph.doctor import diagnose

    findings = []
    for finding in diagnose({"python": lava_python}):
        findings.append(finding)
        if not as_json:
            console.out.print(str(finding), markup=False)
    if as_json:
        console.as_json(as_tree(findings))
    else:
        console.out.print(summary(findings), markup=False)
    if count(findings, "problem"):
        raise typer.Exit(2)
