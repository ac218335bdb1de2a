"""Which column of a list of edges is what, as somebody wants it or as it was found."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neurograph.core.errors import DataError
from neurograph.graphs.tables import Table

ROLES = ("source", "target", "time", "weight")
EXAMPLE = "--columns source=0,target=1,time=2"


@dataclass(frozen=True, kw_only=True)
class EdgeColumns:
    """The columns of a list of edges by what they mean.

    Attributes:
        time: None where no column is a time.
        weight: None where every row counts 1.
        classes: columns that hold the class of the source and that of the target.
        two_kinds: whether the names say that sources and targets are of two kinds (users and
            items), so that their ids are apart; None where they say nothing.
        directed: whether the names or the format say that an edge has a direction.
    """

    source: str
    target: str
    time: str | None = None
    weight: str | None = None
    classes: tuple[str, str] | None = None
    two_kinds: bool | None = None
    directed: bool = False

    @property
    def taken(self) -> tuple[str, ...]:
        """Every column with a role."""
        found = (self.source, self.target, self.time, self.weight, *(self.classes or ()))
        return tuple(name for name in found if name is not None)

    def to_dict(self) -> dict[str, str]:
        """JSON values: the column of each role that has one."""
        found = {role: getattr(self, role) for role in ROLES}
        if self.classes is not None:
            found |= dict(zip(("source_class", "target_class"), self.classes, strict=True))
        return {role: name for role, name in found.items() if name is not None}


def wanted_columns(
    columns: str | Sequence[str] | Mapping[str, str] | None, weight: str | None, table: Table
) -> dict[str, str]:
    """The column of each role that somebody named.

    Args:
        columns: ``source,target,time`` or ``source,target`` as names or places; or
            ``role=column`` pairs, in a text with commas or a mapping.
        weight: name or place of the column of weights, or "none".

    Raises:
        DataError: a role or column that is not there, or one column in two roles.
    """
    found = _pairs(columns)
    if weight is not None and weight != "none":
        found["weight"] = weight
    named = {role: _column(text, table) for role, text in found.items()}
    if len(set(named.values())) != len(named):
        told = ", ".join(f"{role}={name}" for role, name in named.items())
        raise DataError(f"{table.path}: {told}: needed different columns")
    return named


def _pairs(columns: str | Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    if columns is None:
        return {}
    if isinstance(columns, Mapping):
        pairs = [(str(role), str(name)) for role, name in columns.items()]
    else:
        parts = _parts(columns) if isinstance(columns, str) else [str(part) for part in columns]
        pairs_of_roles = any(
            part.partition("=")[0].strip() in ROLES for part in parts if "=" in part
        )
        if not pairs_of_roles and not all("=" in part for part in parts):
            if len(parts) not in (2, 3):
                raise DataError(
                    f"--columns is '{','.join(parts)}'; needed two or three columns (source, "
                    f"target, time), or roles: {EXAMPLE}"
                )
            return dict(zip(ROLES, parts, strict=False))
        pairs = [(part.partition("=")[0].strip(), part.partition("=")[2]) for part in parts]
    for role, name in pairs:
        if role not in ROLES or not name:
            raise DataError(f"--columns: '{role}={name}'; needed {', '.join(ROLES)}: {EXAMPLE}")
    if len({role for role, _ in pairs}) != len(pairs):
        raise DataError(f"--columns: a role is given twice; needed each once: {EXAMPLE}")
    return dict(pairs)


def _parts(text: str) -> list[str]:
    """Between commas; a name with a comma stands in quotes."""
    return [part.strip() for part in next(csv.reader([text], skipinitialspace=True), [])]


def _column(text: str, table: Table) -> str:
    names = list(table.columns)
    if text in names:
        return text
    alike = [name for name in names if name.lower() == text.lower()]
    if len(alike) == 1:
        return alike[0]
    if text.isdecimal() and int(text) < len(names):
        return names[int(text)]
    what = "the columns are" if table.named else "the columns have no names, only places:"
    raise DataError(
        f"{table.path}: no column '{text}'; {what} {', '.join(names)}; name them by --columns, "
        f"or by their places from 0: {EXAMPLE}"
    )
