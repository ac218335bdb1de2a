"""What quantisation says of the integers that it made: what they cost, and why they are so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from neurograph.core.errors import NetworkError
from neurograph.ir.values import plain_numbers

SchemeFrom = Literal["calibration", "training"]
SCHEMES_FROM: tuple[SchemeFrom, ...] = ("calibration", "training")


class Cause(str, Enum):
    """What an error is, where a report looks it up; files hold these values."""

    FEATURES_CLIPPED = "features_clipped"
    WEIGHTS_CLIPPED = "weights_clipped"
    WEIGHTS_ZEROED = "weights_zeroed"
    WEIGHTS_ROUNDED = "weights_rounded"
    SPIKES_DIFFER = "spikes_differ"
    PAYLOADS_ALONE = "payloads_alone"
    OWN_INTEGERS_ALONE = "own_integers_alone"
    MEMBRANES_SATURATED = "membranes_saturated"


@dataclass(frozen=True, kw_only=True)
class QuantisationError:
    """How far integers are from one layer or projection; printed in the report.

    Attributes:
        where: name of the layer or projection.
        what: a phrase for the reader, such as "weights rounded to zero".
        amount: how much, in `unit`.
        total: of how much.
        unit: of both, such as "weights".
        cause: by which a report finds it; None where none looks for it.
    """

    where: str
    what: str
    amount: float
    total: float
    unit: str
    cause: Cause | None = None

    def __post_init__(self) -> None:
        plain_numbers(self)
        if self.cause is not None:
            object.__setattr__(self, "cause", _cause(self.where, self.cause))


def _cause(where: str, given: str) -> Cause:
    try:
        return Cause(given)
    except ValueError as error:
        known = ", ".join(cause.value for cause in Cause)
        raise NetworkError(f"{where}: no cause of an error '{given}'; known: {known}") from error


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Why a number of an integer network is what it is; `export --explain` prints it.

    Attributes:
        where: layer or projection.
        what: such as "scale".
        value: the number, as text.
        why: what decided it, with what else was tried.
    """

    where: str
    what: str
    value: str
    why: str
