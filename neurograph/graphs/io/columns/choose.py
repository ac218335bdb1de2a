"""Find out which column of a list of edges is what, and ask where it is not certain."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurograph.core.errors import DataError
from neurograph.graphs.io.columns import words
from neurograph.graphs.io.columns.evidence import FEW, Look, look, shared
from neurograph.graphs.io.columns.matrix import refuse_matrix
from neurograph.graphs.io.columns.places import Arrangement, arrange, place
from neurograph.graphs.io.columns.roles import EXAMPLE, EdgeColumns, wanted_columns
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.tables import Table

SHOWN = 3  # rows in a question


@dataclass(frozen=True, eq=False, kw_only=True)
class Sight:
    """A table and how its columns look, with the roles that are fixed already.

    Attributes:
        looks: of every column, in the order of the file.
        fixed: role -> column, by option or by format.
        timed: whether a column may be a time beside those fixed.
    """

    table: Table
    looks: Mapping[str, Look]
    fixed: Mapping[str, str]
    timed: bool
    doubts: Doubts

    @property
    def names(self) -> list[str]:
        """Of columns that the file names."""
        return list(self.looks) if self.table.named else []

    def free(self, *taken: str) -> list[str]:
        """Columns that have no role yet."""
        return [name for name in self.looks if name not in {*taken, *self.fixed.values()}]

    def ask(self, doubt: str, found: EdgeColumns, otherwise: str = "") -> None:
        told = _option(found)
        told = f"to have it so: {told}" + (f"; else, e.g., {otherwise}" if otherwise else "")
        self.doubts.ask(f"{self.table.path}: {doubt} ({_rows(self.table)})", _guess(found), told)


def choose_columns(
    table: Table,
    doubts: Doubts,
    *,
    columns: str | Sequence[str] | Mapping[str, str] | None = None,
    weight: str | None = None,
    timed: bool = True,
) -> EdgeColumns:
    """Which column is what: as it is wanted, as the format says, by name, by place and look.

    Args:
        columns, weight: as `wanted_columns` takes them; source and target without a time mean
            that there is none.
        timed: whether a column may be a time.

    Raises:
        DataError: a column that is not there, or no two columns that can be the ends of an edge.
    """
    wanted = wanted_columns(columns, weight, table)
    said = {role: name for role, name in table.roles.items() if role != "label"}
    fixed = {**{r: c for r, c in said.items() if c not in wanted.values()}, **wanted}
    if "source" in wanted and "target" in wanted and "time" not in wanted:
        timed = False
    if not timed:
        fixed.pop("time", None)
    if not wanted:
        refuse_matrix(table)
    looks = {name: look(values) for name, values in table.columns.items()}
    if timed and "time" not in fixed:
        _check_lengths(table)
    sight = Sight(table=table, looks=looks, fixed=fixed, timed=timed, doubts=doubts)
    found = _as_the_format_says(table, _with_rest(sight, _ends(sight)))
    return replace(found, weight=None) if weight == "none" else found


def check_first_row(table: Table, found: EdgeColumns) -> None:
    """Raise DataError where a first row 0, 1, 2 is far from all other times: names of columns.

    Frames of pandas whose columns have no names are written so.
    """
    if table.named:
        return
    first = [values[0] for values in table.columns.values()]
    if found.time is None or len(first) < 3 or first != list(range(len(first))):
        return
    times = table.columns[found.time]
    if times.dtype.kind in "if" and len(times) > 2:
        low, high = times[1:].min(), times[1:].max()
        if low - times[0] > max(high - low, len(first)):
            raise DataError(
                f"{table.where(0)}: an edge at time {times[0]}, and all others are from {low} to "
                f"{high}; if this line names the columns: --header; if it is an edge: --no-header"
            )


def _as_the_format_says(table: Table, found: EdgeColumns) -> EdgeColumns:
    """What a header of the format says of directions and kinds of nodes outweighs names."""
    directed = table.beside.get("directed")
    return replace(
        found,
        directed=found.directed if directed is None else bool(directed),
        two_kinds=True if table.beside.get("bipartite") else found.two_kinds,
    )


def _check_lengths(table: Table) -> None:
    """Raise DataError where times stand beside the edges, and are not as many."""
    if any(words.is_time(name) for name in table.columns):
        return
    for name, values in table.beside.items():
        if words.is_time(name) and np.ndim(values) == 1:
            raise DataError(
                f"{table.path}: {name} has {len(values):,} times, and there are {len(table):,} "
                "edges; needed arrays of one length (--static: without times)"
            )


def _ends(sight: Sight) -> EdgeColumns:
    """Source and target, and what is fixed; the time, too, where places decide."""
    fixed, looks = sight.fixed, sight.looks
    if "source" in fixed and "target" in fixed:
        source, target = fixed["source"], fixed["target"]
        said = words.ends_by_name([source, target]) if sight.names else None
        said = said or words.NamedEnds(source=source, target=target)
        return _of_names(sight, replace(said, source=source, target=target))
    ids = [n for n in sight.free() if looks[n].can_be_id and not words.is_no_id(n)]
    if sight.names and not {"source", "target"} & fixed.keys():
        times = [name for name in ids if words.is_time(name)]
        named = words.ends_by_name([name for name in ids if name not in times])
        named = named or words.ends_by_name([name for name in ids if not looks[name].clock])
        named = named or words.ends_by_name([n for n in sight.free() if n in words.ENDS])
        if named is not None:
            return _of_names(sight, named)
    return _by_place(sight)


def _of_names(sight: Sight, ends: words.NamedEnds) -> EdgeColumns:
    return EdgeColumns(
        source=ends.source,
        target=ends.target,
        two_kinds=ends.two_kinds or None,
        directed=ends.directed,
        time=sight.fixed.get("time"),
        weight=sight.fixed.get("weight"),
    )


def _by_place(sight: Sight) -> EdgeColumns:
    looks, fixed = sight.looks, sight.fixed
    time, weight = fixed.get("time"), fixed.get("weight")
    named_times = [n for n in sight.free() if sight.names and words.is_time(n)]
    aside = {n for n in sight.names if words.is_no_id(n) or words.is_weight(n)}
    aside |= {*named_times, *(words.classes_by_name(sight.names) or ())}
    left = {name: looks[name] for name in sight.free() if name not in aside}
    ids = [name for name, one in left.items() if one.can_be_id]
    if "source" in fixed or "target" in fixed:
        ids = [
            fixed.get("source", ids[0] if ids else ""),
            fixed.get("target", ids[0] if ids else ""),
        ]
    if len(ids) < 2 or "" in ids:
        raise _no_ends(sight)
    if time or named_times or not sight.timed or "source" in fixed or "target" in fixed:
        found = EdgeColumns(source=ids[0], target=ids[1], time=time, weight=weight)
        if len(ids) > 2 and sight.names:
            if time is None and sight.timed:
                found = replace(found, time=_time(sight, found))
            sight.ask(f"which of the columns {', '.join(ids)} are the ends of an edge?", found)
        return found
    arranged = arrange(left)
    if arranged is None:
        raise _no_ends(sight)
    found = EdgeColumns(
        source=arranged.source,
        target=arranged.target,
        time=arranged.time,
        weight=weight or arranged.weight,
    )
    if arranged.doubt:
        sight.ask(arranged.doubt, found, _otherwise(found, arranged, list(left)))
    return found


def _with_rest(sight: Sight, found: EdgeColumns) -> EdgeColumns:
    """Time, weight and classes, of the columns that are left."""
    if sight.names:
        classes = words.classes_by_name(sight.free(*found.taken))
        found = replace(found, classes=classes)
        if found.time is None and sight.timed:
            found = replace(found, time=_time(sight, found))
        if found.weight is None:
            found = replace(found, weight=_weight(sight, found))
        return found
    return replace(found, classes=_classes(sight, found))


def _time(sight: Sight, found: EdgeColumns) -> str | None:
    left = sight.free(*found.taken)
    times = [name for name in left if words.is_time(name)]
    times = times or [n for n in left if sight.looks[n].clock and not words.is_weight(n)]
    if len(times) > 1:
        clear = [name for name in times if sight.looks[name].kind != "text"]
        best = words.first_time(clear or times)
        told = " and ".join(f"'{name}'" for name in times)
        sight.ask(f"the columns {told} are times", replace(found, time=best))
        return best
    if times:
        return times[0]
    for name in left:
        one = sight.looks[name]
        other = words.is_weight(name) or words.is_no_id(name) or words.is_key(name)
        if one.rises and not (one.counts or other):
            guess = replace(found, time=name)
            sight.ask(f"{place(name)} rises along the file ({one}): a time?", guess, _option(found))
            return name
    return None


def _weight(sight: Sight, found: EdgeColumns) -> str | None:
    left = [n for n in sight.free(*found.taken) if words.is_weight(n)]
    return left[0] if len(left) == 1 else None


def _classes(sight: Sight, found: EdgeColumns) -> tuple[str, str] | None:
    """Two columns of few values that both share, one value per node: the nodes' classes."""
    free = sight.free(*found.taken)
    left = [name for name in free if sight.looks[name].kind == "text"]
    left = left or [name for name in free if sight.looks[name].kind == "integer"]
    if len(left) != 2 or shared(sight.looks[left[0]], sight.looks[left[1]]) < 0.5:
        return None
    columns = sight.table.columns
    nodes = np.concatenate([columns[found.source], columns[found.target]])
    texts = np.concatenate([columns[left[0]], columns[left[1]]])
    import pandas as pd

    pairs = pd.DataFrame({"node": nodes, "text": texts}).drop_duplicates()
    nodes_of = pairs["node"].nunique()
    plain = len(pairs) <= 1.05 * nodes_of and pairs["text"].nunique() <= max(FEW, nodes_of // 4)
    if sight.looks[left[0]].kind == "integer":  # values of edges might agree by chance
        plain = plain and pairs["text"].nunique() > 1 and len(nodes) >= 3 * nodes_of
    return (left[0], left[1]) if plain else None


def _no_ends(sight: Sight) -> DataError:
    rows, beside = len(sight.table), sight.table.beside
    for name, values in beside.items():
        if name.lower() in words.ENDS and np.ndim(values) == 1 and len(values) != rows:
            return DataError(
                f"{sight.table.path}: {name} has {len(values):,} values, and "
                f"{', '.join(sight.looks)} {rows:,}; needed arrays of one length"
            )
    told = "; ".join(f"{place(name)}: {one}" for name, one in list(sight.looks.items())[:6])
    return DataError(
        f"{sight.table.path}: found no two columns with ids of nodes, whole numbers or names "
        f"({told}); name them: {EXAMPLE}"
    )


def _guess(found: EdgeColumns) -> str:
    told = ", ".join(f"{place(name)} is the {role}" for role, name in found.to_dict().items())
    return told if found.time else f"{told}, and there is no time"


def _option(found: EdgeColumns) -> str:
    pairs = [f"{role}={_quoted(name)}" for role, name in found.to_dict().items() if "_" not in role]
    return f"--columns {shlex.quote(','.join(pairs))}"


def _otherwise(found: EdgeColumns, arranged: Arrangement, names: list[str]) -> str:
    """The other reading of a column that is in doubt."""
    name = arranged.column
    if not name:
        return ""
    if name == names[0]:  # a time in front of the ends, or one of them
        return _option(EdgeColumns(source=name, target=names[1], time=names[2]))
    if found.time == name:
        return _option(replace(found, time=None, weight=name))
    return _option(replace(found, time=name, weight=None))


def _quoted(name: str) -> str:
    return f'"{name}"' if "," in name else name


def _rows(table: Table) -> str:
    """The first rows, for a question."""
    rows = zip(*(values[:SHOWN] for values in table.columns.values()), strict=True)
    text = " | ".join(" ".join(str(value) for value in row) for row in rows)
    text = text if len(text) <= 120 else text[:117] + "..."
    return f"first rows: {text}"
