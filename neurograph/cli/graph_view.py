"""A graph as a person reads it: what it holds, where it is from, what was not taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurograph.cli import console

TEXTS = ("source", "licence", "split", "layout")  # of the records, shown as they are
SHOWN = {*TEXTS, *("name", "generated", "files", "counts", "notes", "guesses", "columns")}
SHOWN |= {"time_rule", "two_kinds"}


def show_graph(facts: Mapping[str, Any]) -> None:
    """Print what `graphs.io.info` found."""
    title = f"{facts['name']}{' (generated)' if facts['generated'] else ''}"
    console.table(title, ("", ""), list(_overview(facts)))
    classes = [
        (c["name"], f"{c['nodes']:,}", console.percent(c["share"])) for c in facts["classes"]
    ]
    if classes:
        console.table("Classes", ("class", "nodes", "share"), classes)
    names = ("edges", "new_pairs", "cumulative_pairs", "active_nodes")
    rows = [(row["step"], *(f"{row[name]:,}" for name in names)) for row in facts["per_step"]]
    columns = ("snapshot", *(name.replace("_", " ") for name in names))
    console.table("Snapshots", columns, rows)
    for line in _origin(facts["meta"]):
        console.out.print(line, markup=False)


def _overview(facts: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "nodes", f"{facts['nodes']:,}"
    yield "snapshots", facts["steps"]
    yield "different pairs", f"{facts['pairs']:,}"
    yield "edges, each pair once per snapshot", f"{facts['edges']:,}"
    yield "isolated nodes", f"{facts['isolated_nodes']:,}"
    yield "nodes without label", f"{facts['unlabelled_nodes']:,}"
    yield "degree min, median, mean, max", _numbers(facts["degree"])
    examples = ", ".join(_short(str(one)) for one in facts["ids"]["examples"])
    yield f"ids, {facts['ids']['kind']}", f"{examples}, ..."
    if facts["weights"]:
        yield "weights min, median, max", _numbers(facts["weights"])
    if facts["parts"]:
        yield "nodes to train, validate, test", ", ".join(map(str, facts["parts"].values()))
    for name, count in facts["meta"].get("counts", {}).items():
        yield f"counts: {name.replace('_', ' ')}", f"{count:,}" if type(count) is int else count


def _origin(meta: Mapping[str, Any]) -> Iterator[str]:
    """Where the graph is from, a line each."""
    for key in TEXTS:
        if meta.get(key):
            yield f"{key}: {meta[key]}"
    for file in meta.get("files", ())[:3]:
        yield f"file: {file['name']}, sha256 {file['sha256'][:12]}"
    if (more := len(meta.get("files", ())) - 3) > 0:
        yield f"file: and {more} more"
    if columns := meta.get("columns"):
        yield "columns: " + ", ".join(f"{role} {name}" for role, name in columns.items())
    if kinds := meta.get("two_kinds"):
        yield f"two kinds of nodes: {' and '.join(kinds)}"
    if rule := meta.get("time_rule"):
        yield f"time: {rule['rule']}"
    for key, value in meta.items():
        if key not in SHOWN:
            yield f"{key.replace('_', ' ')}: {value}"
    for key, word in (("notes", "note"), ("guesses", "guessed")):
        for line in meta.get(key, ()):
            yield f"{word}: {line}"


def _numbers(found: Mapping[str, float]) -> str:
    return ", ".join(f"{value:,.4g}" for value in found.values())


def _short(text: str) -> str:
    return text if len(text) <= 16 else text[:13] + "..."
