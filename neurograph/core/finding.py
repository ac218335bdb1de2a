"""One thing that `neurograph doctor` looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

State = Literal["ok", "warning", "problem"]
CHECKUP = "checkup"  # group of a backend's settings that `neurograph doctor` has, too


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, what was found, and how to mend it.

    Attributes:
        name: of the check.
        state: of what was looked at.
        found: one line.
        remedy: a command, or what to do; never empty for a problem.
    """

    name: str
    state: State
    found: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.state not in get_args(State):
            raise ValueError(f"finding '{self.name}': no state '{self.state}'")
        if self.state == "problem" and not self.remedy:
            raise ValueError(f"finding '{self.name}': a problem needs a remedy")

    def __str__(self) -> str:
        line = f"{self.state:<7}  {self.name}: {self.found}"
        return f"{line}\n{'':<9}remedy: {self.remedy}" if self.remedy else line

    def to_dict(self) -> dict[str, str]:
        """The fields, as JSON values."""
        return asdict(self)


def run_check(name: str, look: Callable[[], Iterable[Finding]], remedy: str) -> Iterator[Finding]:
    """The findings of `look`; if it raises, a problem with what it raised.

    Args:
        name: of that problem.
        look: the check.
        remedy: of that problem.
    """
    try:
        yield from look()
    except Exception as error:
        yield Finding(name=name, state="problem", found=in_one_line(error), remedy=remedy)


def in_one_line(error: BaseException) -> str:
    """The error's type and text; of a text with a traceback, its first and its last line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ... ".join(dict.fromkeys((lines[0], lines[-1]))) if lines else ""
    kind = type(error).__name__
    return f"{kind}: {text}" if text else kind


def count(findings: Iterable[Finding], state: State) -> int:
    return sum(finding.state == state for finding in findings)


def to_dict(findings: Sequence[Finding]) -> dict[str, Any]:
    """JSON values: how many problems and warnings, and every finding."""
    return {
        "problems": count(findings, "problem"),
        "warnings": count(findings, "warning"),
        "findings": [finding.to_dict() for finding in findings],
    }


def summary(findings: Sequence[Finding]) -> str:
    problems, warnings = count(findings, "problem"), count(findings, "warning")
    return f"{len(findings)} checks; problems: {problems}, warnings: {warnings}"
