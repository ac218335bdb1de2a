"""Runs the benchmarks: prints a table each and writes build/bench/<name>.json.

A row is {name, measured, unit, bar, held}; `held` is null where no bar is set. Exit status 1 if a
bar is not held. Usage: run.py [--quick] [NAME ...]
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Bench = Callable[[], list[Row]]
ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "bench"
sys.path.insert(0, str(Path(__file__).parent))


def data_dir() -> Path:
    """The real graphs: NEUROGRAPH_DATA, or shared/data beside the checkout."""
    folder = Path(os.environ.get("NEUROGRAPH_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "dblp" / "dblp.npz").is_file():
        raise SystemExit(f"no real graphs in {folder}; set NEUROGRAPH_DATA")
    return folder


def bench_data() -> list[Row]:
    from bench_data import rows

    return rows(data_dir())


def bench_data_quick() -> list[Row]:
    from bench_data import quick_rows

    return quick_rows(data_dir())


def bench_start() -> list[Row]:
    from bench_start import rows

    return rows()


def bench_reference() -> list[Row]:
    from bench_reference import rows

    return rows()


def bench_lava() -> list[Row]:
    from bench_lava import rows

    return rows(data_dir())


def bench_lava_quick() -> list[Row]:
    from bench_lava import quick_rows

    return quick_rows()


def bench_features() -> list[Row]:
    from bench_features import rows

    return rows(data_dir())


def bench_training() -> list[Row]:
    from bench_dblp import graph_folder
    from bench_training import rows

    from neurograph.graphs.embed import DEFAULT

    return rows(graph_folder(data_dir(), DEFAULT))


def bench_dblp() -> list[Row]:
    from bench_dblp import rows

    return rows(data_dir())


def bench_quant() -> list[Row]:
    from bench_quant import rows

    return rows(data_dir())


def bench_energy() -> list[Row]:
    from bench_energy import rows

    return rows(data_dir())


def bench_dysign() -> list[Row]:
    from bench_dysign import rows

    return rows(data_dir())


def bench_dysign_ablation() -> list[Row]:
    from bench_dysign import ablation_rows

    return ablation_rows(data_dir())


def bench_resident() -> list[Row]:
    from bench_resident import rows

    return rows(data_dir())


def bench_resident_speed() -> list[Row]:
    from bench_resident_speed import rows

    return rows(data_dir())


def bench_silicon() -> list[Row]:
    from bench_silicon import rows

    return rows(data_dir())


def bench_replay() -> list[Row]:
    from bench_replay import rows

    return rows(data_dir() / "silicon")


def bench_faults() -> list[Row]:
    from bench_faults import rows

    return rows()


QUICK: dict[str, Bench] = {
    "start": bench_start,
    "data-quick": bench_data_quick,
    "reference": bench_reference,
    "lava-quick": bench_lava_quick,
    "resident-speed": bench_resident_speed,
    "silicon": bench_silicon,
}
LONG: dict[str, Bench] = {
    "data": bench_data,
    "features": bench_features,
    "training": bench_training,
    "lava": bench_lava,
    "dblp": bench_dblp,
    "quant": bench_quant,
    "energy": bench_energy,
    "dysign": bench_dysign,
    "dysign-ablation": bench_dysign_ablation,
    "resident": bench_resident,
    "replay": bench_replay,
    "faults": bench_faults,
}


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    from neurograph.workflow.manifest import PACKAGES, now, versions

    return {
        "at": now(),
        "cores": len(os.sched_getaffinity(0)),
        "processor": platform.machine(),
        "system": platform.platform(),
        "versions": versions(PACKAGES),
    }


def show(name: str, rows: list[Row], seconds: float) -> None:
    """Print a table of `rows`."""
    width = max(len(row["name"]) for row in rows)
    print(f"\n{name} ({seconds:.0f} s)")
    for row in rows:
        value = row["measured"]
        text = f"{value:,.4g}" if isinstance(value, float) else str(value)
        held = {None: "", True: "held", False: "NOT HELD"}[row["held"]]
        bar = "" if row["bar"] is None else f"bar {row['bar']}"
        print(
            f"  {row['name']:<{width}}  {text:>12} {row['unit']:<12} {bar:<14} {held}", flush=True
        )


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, the quick ones, or all."""
    quick, names = "--quick" in arguments, [a for a in arguments if not a.startswith("-")]
    known = QUICK | LONG
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no benchmark '{unknown[0]}'; known: {', '.join(known)}")
    chosen = {n: known[n] for n in names} or (QUICK if quick else known)
    OUT.mkdir(parents=True, exist_ok=True)
    missed = 0
    for name, bench in chosen.items():
        start = time.perf_counter()
        rows = bench()
        show(name, rows, time.perf_counter() - start)
        missed += sum(row["held"] is False for row in rows)
        whole = {"rows": rows, "machine": machine()}
        (OUT / f"{name}.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
