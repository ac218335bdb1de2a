"""What the command line still does where NeuroGraph cannot be imported: `doctor`, and say so.

Imports the standard library alone, and what does so too.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from typing import Any

from neurograph.cli.failure import tell
from neurograph.cli.status import Status
from neurograph.core.finding import count, in_one_line, summary, to_dict
from neurograph.core.machine import explained
from neurograph.doctor import checkup_settings, diagnose


def rescue(fault: Exception, words: list[str]) -> int:
    """Run `neurograph doctor`, or say why the command cannot be run.

    Args:
        fault: what importing NeuroGraph raised.
        words: of the command line.

    Returns:
        The exit status.
    """
    if words[:1] == ["doctor"]:
        return _doctor(words[1:])
    if told := explained(fault):  # too few files, too little memory: nothing is wrong with it
        sys.stderr.write(f"error: {told}\n")
        tell(words, type(told).__name__, str(told), Status.ENVIRONMENT)
        return Status.ENVIRONMENT
    if not isinstance(fault, ImportError):
        traceback.print_exception(type(fault), fault, fault.__traceback__)
    tell(words, type(fault).__name__, in_one_line(fault), Status.ENVIRONMENT)
    return refuse(fault)


def refuse(fault: Exception) -> int:
    """Say that what the command needs cannot be imported; returns the exit status."""
    text = f"error: NeuroGraph cannot be imported here ({in_one_line(fault)})"
    sys.stderr.write(f"{text}; `neurograph doctor` says what to do\n")
    return Status.ENVIRONMENT


def _doctor(words: list[str]) -> int:
    """As `cli.doctor.doctor`, which needs typer and rich."""
    parser = argparse.ArgumentParser(prog="neurograph doctor", conflict_handler="resolve")
    settings = {of.option: of for of in checkup_settings()}
    for option, of in settings.items():
        how: Any = {"action": argparse.BooleanOptionalAction} if of.kind is bool else {}
        parser.add_argument(option, dest=option, help=of.text.replace("%", "%%"), **how)
    parser.add_argument("--json", action="store_true")
    asked, _ = parser.parse_known_args(words)  # a backend that cannot be imported has some, too
    told = {
        settings[option].name: settings[option].read(typed)
        for option, typed in vars(asked).items()
        if option in settings and typed is not None
    }
    findings = []
    for finding in diagnose(told):
        findings.append(finding)
        if not asked.json:
            sys.stdout.write(f"{finding}\n")
            sys.stdout.flush()
    text = json.dumps(to_dict(findings), indent=2) if asked.json else summary(findings)
    sys.stdout.write(f"{text}\n")
    return Status.ENVIRONMENT if count(findings, "problem") else 0
