"""Any graph in: inputs as people have them, ten million edges with names, F1 without an option."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import mean

import numpy as np
from bench_import import rows as import_rows
from cases import CASES, Expected
from table import Row, row

SEEDS = (2022, 2023, 2024)
EDGES, PEOPLE = 10_000_000, 1_000_000
# of version 0.1.0, by settings that were found by hand
TODAY = {"highschool2013": 0.986, "invs13": 0.893, "dblp": 0.711, "cora": 0.0, "citeseer": 0.0}
FILES = {
    "highschool2013": "highschool2013/highschool2013.npz",
    "invs13": "invs13/invs13.npz",
    "cora": "planetoid/cora.npz",
    "citeseer": "planetoid/citeseer.npz",
    "dblp": "dblp/dblp.npz",
}
GOING_ON = ("features_given", "feature_scale", "ids_with_gaps")  # a command needs those before it
PLAIN, WEIGHTED = "neighbour vote", "weighted neighbour vote"


def rows(data_dir: Path) -> list[Row]:
    return [*case_rows(data_dir), *large_rows(), *f1_rows(data_dir)]


def quick_rows(data_dir: Path) -> list[Row]:
    """Without a training."""
    return [*case_rows(data_dir), *large_rows(), *import_rows(data_dir)]


def neurograph(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command of ours, in a process of its own."""
    command = [sys.executable, "-m", "neurograph", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def case_rows(data_dir: Path) -> list[Row]:
    """A row per case: what its commands did, and whether that is what should be."""
    folder = data_dir.parent / "cases"
    if not folder.is_dir():
        raise SystemExit(f"no cases beside the real graphs ({folder})")
    with tempfile.TemporaryDirectory() as temporary:
        return [_case(folder / name, CASES[name], Path(temporary) / name) for name in CASES]


def _case(case: Path, expected: dict[str, Expected], outputs: Path) -> Row:
    """Run the commands of `case`, each in an empty folder $W unless it needs those before it."""
    did: Counter[str] = Counter()
    lines = (case / "try.sh").read_text(encoding="utf-8").splitlines()
    wanted = dict(expected)
    for number, line in enumerate(line for line in lines if "neurograph" in line):
        found = [word for word in wanted if word in line]
        if len(found) != 1:
            raise SystemExit(f"{case.name}: {line!r} is expected by {found}")
        place = outputs if case.name in GOING_ON else outputs / str(number)
        place.mkdir(parents=True, exist_ok=True)
        us = shlex.quote(sys.executable)
        shell = f'neurograph() {{ {us} -m neurograph "$@"; }}; python() {{ {us} "$@"; }}; {line}'
        done = subprocess.run(
            ["bash", "-c", shell],
            cwd=case,
            env={**os.environ, "W": str(place)},
            capture_output=True,
            text=True,
            check=False,
        )
        said, status = done.stderr + done.stdout, done.returncode
        if "| grep" in line:  # whose status is that of grep
            status = 2 if "error:" in said else 0
        want = wanted.pop(found[0])
        right = want.met(status, said)
        did[want.outcome if right else "WRONG"] += 1
        if not right:
            print(f"{case.name}: {line}\n{said}\nwanted {want}", file=sys.stderr)
    did["not tried"] += len(wanted)
    told = ", ".join(f"{count} {what}" for what, count in did.items() if count)
    bad = did["WRONG"] + did["not tried"]
    return {**row(f"case {case.name}", told, "", None), "bar": "0 wrong", "held": not bad}


def large_rows() -> list[Row]:
    """Ten million edges between a million names, from CSV to a graph folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_large(folder / "edges.csv")
        began = time.perf_counter()
        peak = _peak_of("data", "import", "--edges", "edges.csv", "-o", "graph", cwd=folder)
        seconds = time.perf_counter() - began
        facts = json.loads((folder / "graph" / "graph.json").read_text(encoding="utf-8"))
    return [
        row("10 million edges from CSV, string ids: nodes", float(facts["nodes"]), "nodes"),
        row("10 million edges from CSV, string ids: import", round(seconds, 1), "s", 25),
        row("10 million edges from CSV, string ids: peak", round(peak / 1e9, 2), "GB", 3),
    ]


def write_large(path: Path) -> None:
    """Contacts of `PEOPLE` named people over 20 days, as ``source,target,day``."""
    rng = np.random.default_rng(0)
    names = np.array([f"user_{number:x}" for number in rng.permutation(PEOPLE)])
    with path.open("w", encoding="utf-8") as file:
        file.write("source,target,day\n")
        for part in range(20):
            ends = names[rng.integers(0, PEOPLE, (EDGES // 20, 2))]
            file.writelines(f"{u},{v},{part}\n" for u, v in ends)


def _peak_of(*arguments: str, cwd: Path) -> int:
    """Largest resident size of a command in bytes; stops where it fails."""
    watch = (
        "import resource, subprocess, sys;"
        "code = subprocess.call(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    )
    command = [sys.executable, "-c", watch, sys.executable, "-m", "neurograph", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return int(done.stdout.split()[-1]) * 1024


def f1_rows(data_dir: Path) -> list[Row]:
    """Test micro-F1 of `train GRAPH` without an option, beside what counting neighbours gives."""
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, file in FILES.items():
            _done(
                neurograph(
                    "data",
                    "import",
                    "--edges",
                    str(data_dir / file),
                    "--yes",
                    "-o",
                    name,
                    cwd=folder,
                )
            )
            found += _f1_rows(name, folder)
    return found


def _f1_rows(name: str, folder: Path) -> list[Row]:
    scores, votes, best = [], [], []
    for seed in SEEDS:
        run = f"{name}-{seed}"
        _done(neurograph("train", name, "--seed", str(seed), "-o", run, cwd=folder))
        scores.append(network_score(folder / run))
        others = yardsticks(folder / run)
        votes.append(others[PLAIN])
        best.append(max(others[PLAIN], others[WEIGHTED]))
    told = f"{name}, test micro-F1 without options, mean of {len(SEEDS)} seeds"
    return [
        row(f"{told}: against the plain vote", mean(scores), "", mean(votes), ">="),
        row(f"{told}: against version 0.1.0", mean(scores), "", TODAY[name], ">="),
        row(f"{name}: the better of plain and weighted vote", mean(best), ""),
        row(f"{name}: the best of the other yardsticks", max(others.values()), ""),
        row(f"{name}: each seed", ", ".join(f"{100 * x:.2f}" for x in scores), "%"),
    ]


def network_score(path: Path) -> float:
    """Micro-F1 of the trained floats on the test nodes, one draw."""
    from neurograph.workflow.predict import predict
    from neurograph.workflow.run import Run

    run = Run(path)
    found = predict(run, "test", on="float")
    score = run.dataset.score(found.outputs, found.nodes)["micro_f1"]
    return float(score or 0.0)


def yardsticks(path: Path) -> dict[str, float]:
    """Test micro-F1 of each, by title."""
    from neurograph.tasks.yardsticks.measured import load_yardsticks

    kept = load_yardsticks(path / "yardsticks.json")
    return {one.title: float(one.scores["test"]["micro_f1"] or 0.0) for one in kept.measured}


def _done(process: subprocess.CompletedProcess[str]) -> None:
    if process.returncode:
        raise SystemExit(process.stderr)
