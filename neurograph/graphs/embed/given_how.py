"""What the user says about a file of features that the file does not say itself."""

from __future__ import annotations

from dataclasses import dataclass

from neurograph.core.errors import DataError

NODES, IDS = "nodes", "ids"  # what the number of a row is
STEP, NODE, FEATURE = "step", "node", "feature"
AXES = (STEP, NODE, FEATURE)


@dataclass(frozen=True, kw_only=True)
class How:
    """How to take a given file.

    Attributes:
        as_is: keep its values, without standardising them.
        axes: what the axes of its array are, in their order; empty: found out.
        rows: what the number of a row is where it has no id: the place of a node among all, in
            the order of their ids (`NODES`), or the id itself (`IDS`); empty: found out.
        id_column: of a table; empty: found out.
        array: which one of an .npz; empty: found out.
        missing: "zero": nodes without a row get zeros; empty: they are an error.
        unknown: "drop": rows of nodes that the graph lacks are left out; empty: they are an error.
        yes: take every guess.
    """

    as_is: bool = False
    axes: tuple[str, ...] = ()
    rows: str = ""
    id_column: str = ""
    array: str = ""
    missing: str = ""
    unknown: str = ""
    yes: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("--rows", self.rows, (NODES, IDS)),
            ("--missing", self.missing, ("zero",)),
            ("--unknown", self.unknown, ("drop",)),
        ):
            if value not in ("", *known):
                raise DataError(f"{name} is '{value}', needed {' or '.join(known)}")
        unfit = set(self.axes) - set(AXES) or len(set(self.axes)) != len(self.axes)
        if self.axes and (unfit or NODE not in self.axes):
            raise DataError(
                f"--axes is '{','.join(self.axes)}', needed the order of some of {','.join(AXES)}, "
                "each once, node among them"
            )
