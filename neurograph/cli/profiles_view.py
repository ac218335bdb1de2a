"""What `profiles` shows of chips: at a glance, whole, and side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from neurograph.chip.diff import Difference, Side, differences, synapses
from neurograph.chip.profile import LEGEND, MARK, Constant, HardwareProfile
from neurograph.cli import console

NONE = "-"
PREFIXED = ("J", "s", "W")  # units that are shown with an SI prefix
GLANCE = ("cores_per_chip", "neurons_per_core")


def show_list(chips: Sequence[HardwareProfile]) -> None:
    """A line per chip: its size, and how many of its known numbers are assumed."""
    rows = [
        (
            chip.name,
            chip.title,
            *(_number(chip.limits[limit]) for limit in GLANCE),
            f"{len(chip.assumed)} of {_known(chip)}",
        )
        for chip in chips
    ]
    columns = ("name", "chip", "cores per chip", "neurons per core", "assumed")
    console.table("Profiles", columns, rows)
    _legend(MARK in cell for row in rows for cell in row[2:4])


def list_tree(chips: Sequence[HardwareProfile]) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [
        {
            "name": chip.name,
            "title": chip.title,
            **{limit: asdict(chip.limits[limit]) for limit in GLANCE},
            "constants": _known(chip),
            "assumed": len(chip.assumed),
        }
        for chip in chips
    ]


def show(chip: HardwareProfile) -> None:
    """Every constant with its interval, source, basis and note; then sources and notes."""
    for key, constants in chip.tables.items():
        rows = [(name, *_row(constant)) for name, constant in constants.items()]
        console.table(f"{chip.name}: {key}", ("", "value", "low to high", "source", "basis"), rows)
        for name, constant in constants.items():
            if constant.note:
                _line(f"  {name}: {constant.note}")
    _line(f"neurons: {', '.join(chip.neurons)}")
    _line(f"synapses: {synapses(chip)}")
    for source, cite in chip.sources.items():
        _line(f"[{source}] {cite}")
    for note in chip.notes:
        _line(f"note: {note}")
    _legend([bool(chip.assumed)])


def show_tree(chip: HardwareProfile) -> dict[str, Any]:
    """The same as JSON values."""
    return {**asdict(chip), "assumed": chip.assumed}


def show_diff(a: HardwareProfile, b: HardwareProfile) -> None:
    """A table of what differs per table of constants; then the texts that differ."""
    found = differences(a, b)
    _line(f"a: {a.name}, {a.title}")
    _line(f"b: {b.name}, {b.title}")
    if not found:
        _line("no difference")
    for table in dict.fromkeys((*a.tables, *b.tables)):
        rows = [row for d in found if _table_of(d) == table for row in _compared(d)]
        if table not in a.tables or table not in b.tables:
            _line(f"{table}: only in {'a' if table in a.tables else 'b'}")
        elif rows:
            console.table(table, ("", "", f"a: {a.name}", f"b: {b.name}", "b / a"), rows)
    for difference in found:
        for line in _texts(difference):
            _line(line)
    _legend(side.assumed for d in found for side in (d.a, d.b) if isinstance(side, Constant))


def diff_tree(a: HardwareProfile, b: HardwareProfile) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "a": {"name": a.name, "title": a.title},
        "b": {"name": b.name, "title": b.title},
        "differences": [
            {
                "key": d.key,
                "a": _as_json(d.a),
                "b": _as_json(d.b),
                "fields": d.fields,
                "ratio": d.ratio,
            }
            for d in differences(a, b)
        ],
    }


def amount(constant: Constant) -> str:
    """Its typical value in its unit, marked where it is assumed."""
    if constant.value is None:
        return "unknown"
    return f"{_quantity(constant.value, constant.unit)}{constant.mark}"


def _number(constant: Constant) -> str:
    """The same without the unit, where a column's title says it."""
    return NONE if constant.value is None else f"{constant.value:,.12g}{constant.mark}"


def _span(constant: Constant) -> str:
    if constant.low is None or constant.high is None or constant.low == constant.high:
        return NONE
    high = _quantity(constant.high, constant.unit)
    if constant.unit in PREFIXED:
        return f"{_quantity(constant.low, constant.unit)} to {high}"
    return f"{constant.low:,.12g} to {high}"


def _quantity(value: float, unit: str) -> str:
    """All digits that a source gives, unlike a result's."""
    if unit in PREFIXED:
        return console.si(value, unit, digits=6)
    times = " x" if unit[0].isdigit() else ""  # "4,095 x 1/4096 of v per step"
    return f"{value:,.12g}{times} {unit}"


_CELLS: Mapping[str, Callable[[Constant], str]] = {
    "value": amount,
    "low to high": _span,
    "source": lambda constant: constant.source,
    "basis": lambda constant: constant.basis,
}


def _row(constant: Constant) -> tuple[str, str, str, str]:
    basis = constant.basis if constant.known else NONE
    return (amount(constant), _span(constant), constant.source or NONE, basis)


def _compared(difference: Difference) -> Iterator[tuple[str, str, str, str, str]]:
    """Rows of a constant: what differs but for the note; of one that a chip lacks, its value."""
    a, b, key = difference.a, difference.b, difference.key.rsplit(".", 1)[-1]
    if not (isinstance(a, Constant) and isinstance(b, Constant)):
        one, two = (amount(c) if isinstance(c, Constant) else NONE for c in (a, b))
        yield key, "value", one, two, ""
        return
    ratio = "" if difference.ratio is None else f"{difference.ratio:.5g}"
    for what in _shown(difference.fields, a, b):
        cell = _CELLS[what]
        yield key, what, cell(a), cell(b), ratio if what == "value" else ""
        key = ""


def _shown(differ: Sequence[str], a: Constant, b: Constant) -> Iterator[str]:
    """Names of rows: what follows from another row is left out."""
    if "value" in differ or "unit" in differ:
        yield "value"
    if _span(a) != _span(b):
        yield "low to high"
    if a.known and b.known:
        yield from (name for name in ("source", "basis") if name in differ)


def _texts(difference: Difference) -> Iterator[str]:
    """Lines about what does not go into a table: notes, citations, lists."""
    match difference.a, difference.b:
        case Constant(note=a), Constant(note=b):
            if a != b:
                yield from _side_by_side(f"{difference.key}, note", a, b)
        case tuple(a), tuple(b) if set(a) != set(b):
            yield difference.key
            yield from (f"  only a: {item}" for item in a if item not in b)
            yield from (f"  only b: {item}" for item in b if item not in a)
        case tuple(a), tuple(b):
            yield from _side_by_side(f"{difference.key}, order", ", ".join(a), ", ".join(b))
        case (str() | None) as a, (str() | None) as b:
            yield from _side_by_side(difference.key, a, b)


def _side_by_side(title: str, a: str | None, b: str | None) -> Iterator[str]:
    yield from (title, f"  a: {a or NONE}", f"  b: {b or NONE}")


def _as_json(side: Side) -> Any:
    return asdict(side) if isinstance(side, Constant) else side


def _table_of(difference: Difference) -> str:
    return difference.key.rsplit(".", 1)[0]


def _known(chip: HardwareProfile) -> int:
    return sum(constant.known for constant in chip.constants.values())


def _line(text: str) -> None:
    console.out.print(text, markup=False)


def _legend(assumed: Iterable[bool]) -> None:
    if any(assumed):
        _line(LEGEND)
