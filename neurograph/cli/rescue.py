"""What the command line still does where NeuroGraph cannot be imported: `doctor`, and say so.

Imports the standard library alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback

from neurograph.core.finding import as_tree, count, in_one_line, summary
from neurograph.doctor import diagnose


def rescue(fault: Exception, words: list[str]) -> int:
    """Run `neurograph doctor`, or say why the command cannot be run.

    Args:
        fault: what importing NeuroGraph raised. words: of the command line.

    Returns:
        The exit status.
    """
    if words[:1] == ["doctor"]:
        return _doctor(words[1:])
    if not isinstance(fault, ImportError):
        traceback.print_exception(type(fault), fault, fault.__traceback__)
    return refuse(fault)


def refuse(fault: Exception) -> int:
    """Say that what the command needs cannot be imported; returns the exit status."""
    text = f"error: NeuroGraph cannot be imported here ({in_one_line(fault)})"
    sys.stderr.write(f"{text}; `neurograph doctor` says what to do\n")
    return 2


def _doctor(words: list[str]) -> int:
    """As `doctor_app.doctor`, which needs typer and rich."""
    parser = argparse.ArgumentParser(prog="neurograph doctor")
    parser.add_argument("--lava-python")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(words)
    findings = []
    for finding in diagnose({"python": asked.lava_python}):
        findings.append(finding)
        if not asked.json:
            sys.stdout.write(f"{finding}\n")
            sys.stdout.flush()
    text = json.dumps(as_tree(findings), indent=2) if asked.json else summary(findings)
    sys.stdout.write(f"{text}\n")
    return 2 if count(findings, "problem") else 0
