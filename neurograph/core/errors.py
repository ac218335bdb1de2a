"""Errors that a user of NeuroGraph can cause. Each says what, where, needed, limit, remedy."""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 50  # characters of a line that says anything
LONGEST = 900  # characters of an error; what a file brings along may have any number


class NeuroGraphError(Exception):
    """Base of everything a user can cause and mend; `cli.status` says how a command ends by it.

    A text that is too long to be read is cut short.
    """

    whole = False  # whether all lines are told, however many

    def __init__(self, text: object = "") -> None:
        lines = [_shortened(line) for line in str(text).split("\n")]
        if not self.whole and sum(map(len, lines)) > LONGEST:
            lines = _fewer(lines)
        super().__init__("\n".join(lines))


def _shortened(line: str) -> str:
    return (
        line if len(line) <= LONGEST else f"{line[: LONGEST * 2 // 3]} ... {line[-LONGEST // 4 :]}"
    )


def _fewer(lines: list[str]) -> list[str]:
    """All lines, each cut short; or the first ones, where so many would say nothing."""
    first, *others = lines
    room = max(LONGEST - len(first), LEAST)
    most = max(room // LEAST, 1)
    each = room // min(len(others), most) if others else room
    told = [x if len(x) <= each else f"{x[: each - 3]}..." for x in others[:most]]
    left = len(others) - len(told)
    return [first, *told, *([f"  ({left:,} more)"] if left else [])]


class MachineError(NeuroGraphError):
    """What the machine refuses: room, memory, a permission, a package that is not installed."""


class DataError(NeuroGraphError):
    """A file of a graph, of labels, features or inputs that cannot be used as it is."""


class ModelError(NeuroGraphError):
    """A model, setting or checkpoint that cannot be used as it is."""


class NetworkError(NeuroGraphError):
    """A network whose parts do not fit together, or whose values leave their range."""


class ProfileError(NeuroGraphError):
    """A hardware profile that is unknown, incomplete or malformed."""


class BackendError(NeuroGraphError):
    """A target that is unknown, not installed, failed, or would change the network."""


class BackendFailedError(BackendError, MachineError):
    """A backend that is not installed, cannot be started, finds no room, or died."""

    whole = True  # what a worker raised stands at the end of its traceback


class StoreError(NeuroGraphError):
    """A file of another kind, another schema version, or one that is damaged."""


class FormatError(NeuroGraphError):
    """A file format that is unknown, not installed, or goes only the other way."""


class RunError(NeuroGraphError):
    """A run folder that is missing, in use by another command, or lacks an earlier step."""


class InUseError(RunError):
    """A run folder in which another command is at work."""


class ExistsError(NeuroGraphError):
    """What is there already, and a command would replace, without being told that it may."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One broken limit of a chip: `needed` against `limit` in `unit`, and the way out."""

    where: str
    what: str
    needed: float
    limit: float
    unit: str
    remedy: str

    def __str__(self) -> str:
        first, *rest = self.unit.split(" ")
        plural = "s" if first in ("bit", "word") and self.needed != 1 else ""
        unit = " ".join([f"{first}{plural}", *rest])
        return (
            f"{self.where}: {self.what} needs {self.needed:,.12g} {unit}, "
            f"limit {self.limit:,.12g}; {self.remedy}"
        )


class DoesNotFitError(NeuroGraphError):
    """A network that a chip cannot hold; carries every violation at once.

    Attributes:
        remedy: the command that says what would help, where more is known of it than the profile.
    """

    whole = True
    remedy = ""

    def __init__(self, profile: str, violations: tuple[Violation, ...]) -> None:
        self.profile, self.violations = profile, violations
        noun = "violation" if len(violations) == 1 else "violations"
        lines = "\n  ".join(map(str, violations))
        super().__init__(f"does not fit profile '{profile}' ({len(violations)} {noun}):\n  {lines}")
