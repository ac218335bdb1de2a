"""How a command ends: its exit status, for programs that call it."""

from __future__ import annotations

from enum import IntEnum

from neurograph.core.errors import DoesNotFitError, MachineError, NeuroGraphError


class Status(IntEnum):
    """Exit statuses; README and the end of `neurograph --help` list them."""

    BUG = 1
    USAGE = 2  # an option, a file or a setting that cannot be used; with one message
    ENVIRONMENT = 3  # the machine: no room, no memory, no permission, a package that is missing
    MISFIT = 4  # a chip does not hold the network
    TOLERANCE = 5  # `verify`: too little agreement; `validate`: a row that does not hold
    INTERRUPTED = 130


LIST = (
    "Exit status: 0 done; 2 usage, an option or a file that cannot be used; 3 environment, no "
    "room, memory, permission or package; 4 the network does not fit the chip; 5 a tolerance "
    "is missed; 1 a bug; 130 interrupted."
)


def status_of(error: NeuroGraphError) -> Status:
    """How a command ends by this error."""
    if isinstance(error, DoesNotFitError):
        return Status.MISFIT
    missing = isinstance(error.__cause__, ImportError)  # a package, of whatever it is that needs it
    return Status.ENVIRONMENT if missing or isinstance(error, MachineError) else Status.USAGE
