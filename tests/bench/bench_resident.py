"""The whole graph on the chip, and labels as spikes: F1, energy, agreement, by real commands.

Every training and run is kept in build/bench/resident and found again. "L" before a row: its
network hears labels of training nodes, and is not to be set beside published figures of SpikeNet.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean

from table import Row, row

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "bench" / "resident"
FILES = {
    "dblp": "dblp/dblp.npz",
    "highschool2013": "highschool2013/highschool2013.npz",
    "invs13": "invs13/invs13.npz",
    "cora": "planetoid/cora.npz",
    "citeseer": "planetoid/citeseer.npz",
}
SEEDS, SPLITS = (0, 1, 2), (42, 43, 44)
INTEGERS = ("--qat", "--qat-epochs", "2")  # as many steps as it takes to hold what was learnt
LABELS = ("--preset", "dblp-labels", "--features", "none", *INTEGERS)
CONTACTS = ("--mapping", "resident", "--label-input", "--features", "none")
WORDS = ("--mapping", "resident", "--features", "given")
STATIC = {"words": WORDS, "words and labels": (*WORDS, "--label-input")}
SHARED = (
    "--profile",
    "loihi2-shared",
)  # every node has the same weights, as in a convolution of 1 x 1
TREES = ("--preset", "dblp", "--seed", "2022")
LABEL_BARS = {0.4: (0.740, 0.720), 0.8: (0.800, 0.789)}
VOTE_BARS = {"highschool2013": 0.963, "invs13": 0.845}
CORA_BAR, AGREE_BAR, TREES_BAR = 0.78, 0.97, -0.002
ENERGY_BAR, LABEL_ENERGY_BAR, LAVA_BAR = 1 / 7, 1 / 50, 1.0


def rows(data_dir: Path) -> list[Row]:
    """Everything that `make bench-resident` prints."""
    PLACE.mkdir(parents=True, exist_ok=True)
    graphs = {name: _graph(name, data_dir / file) for name, file in FILES.items()}
    trees = spikenet(graphs["dblp"], "trees")
    labels = {
        share: [
            Done.of(
                graphs["dblp"],
                f"labels-{share:g}-{seed}",
                *LABELS,
                *_share(share, seed),
                export=SHARED,
            )
            for seed in SEEDS
        ]
        for share in LABEL_BARS
    }
    return [
        *label_rows(labels, trees),
        *spikenet_rows(spikenet(graphs["dblp"], "resident"), trees),
        *contact_rows(graphs),
        *word_rows(graphs),
    ]


def _share(share: float, seed: int) -> tuple[str, ...]:
    return "--train-share", f"{share:g}", "--seed", str(seed)


@dataclass(frozen=True, eq=False)
class Done:
    """A run that was trained, exported, run and reported, and its report.json."""

    path: Path
    report: dict[str, object]

    @classmethod
    def of(cls, graph: Path, name: str, *words: str, export: tuple[str, ...] = ()) -> Done:
        """Made by commands, or found as an earlier call left it."""
        run = PLACE / name
        if not (run / "report.json").is_file():
            _neurograph("train", str(graph), *words, "--no-yardsticks", "--resume", "-o", str(run))
            _follow(run, export)
        return cls(run, json.loads((run / "report.json").read_text(encoding="utf-8")))

    @property
    def backend(self) -> str:
        return next(iter({*self.report["scores"]} - {"float", "reference"}), "reference")

    def score(self, of: str = "micro_f1") -> float:
        """Of the integers on the backend, over all test nodes."""
        return float(self.report["scores"][self.backend][of])

    @property
    def agreement(self) -> float:
        """Share of equal predictions, integers against floats."""
        return float(self.report["agreement"]["float->reference"]["predictions"])

    @property
    def different(self) -> int:
        """Spikes in which the backend is not the reference."""
        pair = self.report["agreement"].get(f"reference->{self.backend}")
        return 0 if pair is None else int(pair["differing_spikes"])

    @property
    def seconds(self) -> float:
        """That the backend took for all of its nodes."""
        return float(self.report["runs"][self.backend]["seconds"])

    @property
    def cores(self) -> str:
        """By how weights are stored."""
        orders = self.report["placement"]["residents"]["orders"]
        least = {o["synapses"]: o["cores"] for o in sorted(orders, key=lambda o: -o["cores"])}
        return ", ".join(f"{cores:,} with weights {rule}" for rule, cores in least.items())

    @property
    def dynamic_j(self) -> float:
        """Of one node and snapshot, the middle of the estimate."""
        dynamic = self.report["energy"]["dynamic_j"]
        return float(dynamic["typical"]) / int(self.report["network"]["steps"])


def spikenet(graph: Path, mapping: str) -> Done:
    """The same weights, trained over trees, laid out in either way."""
    first = Done.of(graph, "spikenet-trees", *TREES, export=("--mapping", "trees", *SHARED))
    if mapping == "trees":
        return first
    run = PLACE / "spikenet-resident"
    if not (run / "report.json").is_file():
        _copy_training(first.path, run)
        _follow(run, ("--mapping", "resident", *SHARED))
    return Done(run, json.loads((run / "report.json").read_text(encoding="utf-8")))


def label_rows(labels: dict[float, list[Done]], trees: Done) -> Iterator[Row]:
    """Labels alone on DBLP: F1, agreement, energy."""
    for share, (micro, macro) in LABEL_BARS.items():
        made = labels[share]
        told = (
            f"L dblp, labels alone, {100 * share:g} % trained, integers, mean of {len(made)} seeds"
        )
        for name, bar in (("micro_f1", micro), ("macro_f1", macro)):
            found = [one.score(name) for one in made]
            yield row(f"{told}: {name}", mean(found), "", bar, ">=")
            yield row(f"  each: {name}", ", ".join(f"{100 * x:.2f}" for x in found), "%")
        agreed = mean(one.agreement for one in made)
        yield row("  the same prediction as in floats", agreed, "", AGREE_BAR, ">=")
        yield row("  spikes that differ on the backend", sum(o.different for o in made), "", 0, "=")
    ours = mean(one.dynamic_j for one in labels[0.4])
    yield row("L dynamic energy per node and snapshot, labels alone", ours * 1e9, "nJ")
    ratio = ours / trees.dynamic_j
    yield row("  over that of features in trees", ratio, "", LABEL_ENERGY_BAR)
    yield row("  cores", labels[0.4][0].cores, "")


def spikenet_rows(whole: Done, trees: Done) -> Iterator[Row]:
    """One training without labels, laid out in both ways."""
    gained = whole.score() - trees.score()
    yield row("dblp, SpikeNet in trees, integers: micro_f1", trees.score(), "")
    yield row("dblp, SpikeNet resident, integers: micro_f1", whole.score(), "")
    yield row("  resident minus trees", gained, "", TREES_BAR, ">=")
    yield row("  the same prediction as in floats", whole.agreement, "", AGREE_BAR, ">=")
    yield row("  spikes that differ on the backend", whole.different, "", 0, "=")
    yield row("  dynamic energy per node and snapshot, trees", trees.dynamic_j * 1e9, "nJ")
    yield row("  dynamic energy per node and snapshot, resident", whole.dynamic_j * 1e9, "nJ")
    yield row("  resident over trees", whole.dynamic_j / trees.dynamic_j, "", ENERGY_BAR)
    yield row("  cores", whole.cores, "")
    yield row("  on the backend: all nodes at once", whole.seconds, "s")
    ratio = whole.seconds / trees.seconds
    yield row("  over the trees of the test nodes", ratio, "", LAVA_BAR)


def contact_rows(graphs: dict[str, Path]) -> Iterator[Row]:
    """Labels alone on networks of contacts."""
    for name, bar in VOTE_BARS.items():
        scores = []
        for split in SPLITS:
            words = (*CONTACTS, "--split-seed", str(split), "--seed", str(split))
            scores.append(Done.of(graphs[name], f"{name}-{split}", *words).score())
        told = f"L {name}, labels alone, integers, mean of {len(SPLITS)} splits"
        yield row(told, mean(scores), "", bar, ">=")
        yield row("  each", ", ".join(f"{100 * x:.2f}" for x in scores), "%")


def word_rows(graphs: dict[str, Path]) -> Iterator[Row]:
    """Static graphs, whose words are plain spikes."""
    for (name, bar), (heard, words) in product(
        (("cora", CORA_BAR), ("citeseer", None)), STATIC.items()
    ):
        kept = f"{name}-{heard.replace(' ', '-')}"
        made = [
            Done.of(graphs[name], f"{kept}-{seed}", *words, "--seed", str(seed)) for seed in SEEDS
        ]
        mark = "L " if "labels" in heard else ""
        told = f"{mark}{name}, {heard}, integers, whole graph, mean of {len(SEEDS)} seeds"
        yield row(told, mean(one.score() for one in made), "", bar, ">=")
        yield row("  each", ", ".join(f"{100 * one.score():.2f}" for one in made), "%")
        agreed = mean(one.agreement for one in made)
        yield row("  the same prediction as in floats", agreed, "", AGREE_BAR, ">=")


def _graph(name: str, file: Path) -> Path:
    folder = PLACE / "graphs" / name
    if not (folder / "graph.json").is_file():
        _neurograph("data", "import", "--edges", str(file), "--yes", "-o", str(folder))
        if name in ("cora", "citeseer"):
            words = ("features", str(folder), "--given", str(file), "--missing", "zero")
            _neurograph(*words)
    if name == "dblp" and not (folder / "features").is_dir():
        _neurograph("features", str(folder))
    return folder


def _follow(run: Path, export: tuple[str, ...]) -> None:
    """What comes after a training."""
    _neurograph("export", str(run), *export)
    _neurograph("run", str(run), "--nodes", "test", "--resume")
    _neurograph("report", str(run))


def _copy_training(source: Path, target: Path) -> None:
    import shutil

    from neurograph.workflow.folder import RunFolder

    shutil.copytree(source, target)
    RunFolder(target).clear_results()
    RunFolder(target).deployment.unlink(missing_ok=True)
    (target / "report.json").unlink(missing_ok=True)


def _neurograph(*words: str) -> float:
    """A command of ours in a process of its own; its seconds."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "neurograph", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stderr}")
    return time.perf_counter() - began
