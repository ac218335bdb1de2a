"""A graph goes on: a leaky readout serves it, and a run goes on from a state that was kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from neurograph.graphs.io import save_graph
from neurograph.runtime.record import RunRecord
from neurograph.testing.growing import growing
from neurograph.workflow import store
from neurograph.workflow.run import Run
from tests.conftest import Once
from tests.road.conftest import Command
from tests.road.test_bad_input import refused

ALONE = ("--features", "none", "--label-input")
WHOLE = ("--mapping", "resident", "--label-hops", "2", "--graph-recurrence")
SMALL = ("--hidden", "16,8", "--epochs", "2", "--no-yardsticks")
LEAKY = ("--readout", "leaky", "--readout-keep", "0.8")
EXPORT = ("--calibrate", "20", "--target", "reference")
THEN, NOW = growing(nodes=80, new=6, then=4, now=6, seed=1)


def walk(folder: Path, neurograph: Command, *commands: tuple[str, ...]) -> None:
    for words in commands:
        done = neurograph(folder, *words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def then(once: Once, neurograph: Command) -> Path:
    """Runs over the graph of then: 'r' leaky, 'f' flat, 't' leaky over trees."""

    def make(folder: Path) -> None:
        save_graph(THEN, folder / "g")
        walk(
            folder,
            neurograph,
            ("train", "g", *WHOLE, *ALONE, *SMALL, *LEAKY, "-o", "r"),
            ("export", "r", *EXPORT),
            ("run", "r", "--nodes", "all", "--keep-state", "2"),
            ("run", "r", "--nodes", "all", "--keep-state", "4"),
            ("train", "g", *WHOLE, *ALONE, *SMALL, "-o", "f"),
            ("export", "f", *EXPORT),
            ("train", "g", *ALONE, *SMALL, *LEAKY, "-o", "t"),
            ("export", "t", *EXPORT),
            ("run", "t"),
        )

    return once("streaming-then", make)


@pytest.fixture
def here(then: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    shutil.copytree(then, tmp_path / "here", symlinks=True)
    return tmp_path / "here"


@pytest.fixture(scope="module")
def now(once: Once, then: Path, neurograph: Command) -> Path:
    """The same when the graph has gone on, exported again."""

    def make(folder: Path) -> None:
        shutil.copytree(then, folder, symlinks=True, dirs_exist_ok=True)
        save_graph(NOW, folder / "g")
        walk(folder, neurograph, ("export", "r", "--target", "reference"))

    return once("streaming-now", make)


def record(folder: Path, name: str = "r", backend: str = "reference") -> RunRecord:
    return store.load(RunRecord, folder / name / f"record-{backend}.h5")


def bytes_of(folder: Path, backend: str = "reference") -> bytes:
    return (folder / "r" / f"record-{backend}.h5").read_bytes()


def test_a_run_that_goes_on_leaves_the_same_files(here: Path, neurograph: Command) -> None:
    walk(here, neurograph, ("run", "r"))
    whole, events = bytes_of(here), (here / "r" / "events.h5").read_bytes()
    assert record(here).spikes["h2"].any()
    walk(here, neurograph, ("run", "r", "--from-snapshot", "2"))
    assert bytes_of(here) == whole
    assert (here / "r" / "events.h5").read_bytes() == events
    walk(here, neurograph, ("run", "r", "--from-snapshot", "2", "--keep-state", "3"))
    assert bytes_of(here) == whole
    walk(here, neurograph, ("run", "r", "--from-snapshot", "3"))
    assert bytes_of(here) == whole


def test_a_graph_that_has_gone_on_keeps_its_integers(now: Path, then: Path) -> None:
    before, after = Run(then / "r").deployment, Run(now / "r").deployment
    assert (before.quantized.steps, after.quantized.steps) == (4, 6)
    assert after.quantized.nodes == NOW.num_nodes
    assert before.scheme == after.scheme
    for old, new in zip(before.quantized.projections, after.quantized.projections, strict=True):
        np.testing.assert_array_equal(old.weight, new.weight)


def test_a_run_goes_on_over_new_snapshots_and_new_nodes(
    now: Path, tmp_path: Path, neurograph: Command
) -> None:
    shutil.copytree(now, tmp_path / "here", symlinks=True)
    here = tmp_path / "here"
    walk(here, neurograph, ("run", "r", "--nodes", "all"))
    whole, found = bytes_of(here), record(here)
    assert found.spikes["h2"].shape[:2] == (NOW.num_nodes, 6)
    walk(here, neurograph, ("run", "r", "--nodes", "all", "--from-snapshot", "4"))
    assert bytes_of(here) == whole
    late = found.spikes["h2"][:, 4:]
    assert late.any(), "nothing fires in what is new"
    walk(
        here,
        neurograph,
        ("verify", "r"),
        ("report", "r"),
        ("predict", "r", "--out", str(here / "p.csv")),
        ("check", "r"),
    )
    assert len((here / "p.csv").read_text().splitlines()) == NOW.num_nodes + 1
    assert "keeps 0.8" in (here / "r" / "report.json").read_text()


def test_the_split_of_then_is_of_the_same_nodes(now: Path, then: Path) -> None:
    before, after = Run(then / "r").dataset, Run(now / "r").dataset
    for part in ("train", "val", "test"):
        ids = [d.graph.node_ids[getattr(d.split, part)] for d in (before, after)]
        np.testing.assert_array_equal(np.sort(ids[0]), np.sort(ids[1]))


@pytest.mark.slow
def test_on_lava(now: Path, tmp_path: Path, lava: None, neurograph: Command) -> None:
    here = tmp_path / "here"
    shutil.copytree(now, here, symlinks=True)
    on = ("--backend", "loihi-sim", "--nodes", "all")
    walk(
        here,
        neurograph,
        ("run", "r", *on, "--keep-state", "4"),
        ("verify", "r", "--tolerance", "0"),
    )
    found = record(here, backend="loihi-sim")
    walk(
        here,
        neurograph,
        ("run", "r", *on, "--from-snapshot", "4"),
        ("verify", "r", "--tolerance", "0"),
    )
    again = record(here, backend="loihi-sim")
    for name, spikes in found.spikes.items():
        np.testing.assert_array_equal(again.spikes[name], spikes)
    np.testing.assert_array_equal(again.logits, found.logits)


def test_trees_serve_new_snapshots_and_nodes(here: Path, neurograph: Command) -> None:
    save_graph(NOW, here / "g")
    for words in (("run", "t"), ("predict", "t", "--out", "p.csv"), ("report", "t")):
        refused(neurograph(here, *words), "the graph has gone on since it was exported")
    walk(
        here,
        neurograph,
        ("export", "t", "--target", "reference"),
        ("run", "t", "--nodes", "all"),
        ("report", "t"),
    )
    assert record(here, "t").spikes["h2"].shape[:2] == (NOW.num_nodes, 6)


def test_a_flat_readout_does_not_serve_a_graph_that_has_gone_on(
    here: Path, neurograph: Command
) -> None:
    save_graph(NOW, here / "g")
    for words in (("export", "f"), ("run", "f"), ("run", "f", "--from-snapshot", "4")):
        done = neurograph(here, *words)
        refused(done, "the graph changed since the training")
        refused(done, "train --readout leaky")


Spoil = Callable[[Path], None]


def _fewer_edges(folder: Path) -> None:
    changed = growing(nodes=80, new=6, then=4, now=6, seed=2)[1]
    save_graph(replace(changed, ids=NOW.node_ids, labels=NOW.labels), folder / "g")


def _no_state(folder: Path) -> None:
    (folder / "r" / "state-2-reference.h5").unlink()


REFUSED: dict[str, tuple[tuple[str, ...], Spoil, str]] = {
    "no state": (("--from-snapshot", "2"), _no_state, "kept: after 4 on reference"),
    "a state of other snapshots": (("--from-snapshot", "3"), lambda _: None, "--keep-state 3"),
    "beyond the snapshots": (("--from-snapshot", "4"), lambda _: None, "needed 1 to 3"),
    "far beyond": (("--from-snapshot", "9"), lambda _: None, "exported first: neurograph export"),
    "less than one": (("--from-snapshot", "0"), lambda _: None, "needed at least 1"),
    "a state behind the end": (("--keep-state", "5"), lambda _: None, "needed 1 to 4"),
    "a state before the begin": (
        ("--from-snapshot", "2", "--keep-state", "2"),
        lambda _: None,
        "needed 3 to 4",
    ),
    "another graph": (("--from-snapshot", "2"), _fewer_edges, "not that graph gone on"),
    "another backend": (
        ("--from-snapshot", "2", "--backend", "loihi-sim"),
        lambda _: None,
        "no state after 2 snapshots on loihi-sim",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_go_on_is_refused_and_changes_nothing(
    here: Path, what: str, neurograph: Command
) -> None:
    words, spoil, why = REFUSED[what]
    spoil(here)
    before = {path: path.stat().st_mtime_ns for path in (here / "r").glob("*.h5")}
    refused(neurograph(here, "run", "r", *words), why)
    assert before == {path: path.stat().st_mtime_ns for path in (here / "r").glob("*.h5")}


def test_a_state_of_other_integers(here: Path, neurograph: Command) -> None:
    walk(here, neurograph, ("export", "r", *EXPORT, "--weight-bits", "4"))
    refused(neurograph(here, "run", "r", "--from-snapshot", "2"), "of other integers")


def test_trees_and_readouts_on_the_chip_do_not_go_on(here: Path, neurograph: Command) -> None:
    for option in ("--from-snapshot", "--keep-state"):
        refused(neurograph(here, "run", "t", option, "2"), "--mapping resident")
    walk(here, neurograph, ("export", "r", *EXPORT, "--readout", "on-chip"))
    refused(neurograph(here, "run", "r", "--keep-state", "2"), "--readout host")


def test_another_training_leaves_no_state(here: Path, neurograph: Command) -> None:
    walk(here, neurograph, ("train", "g", *WHOLE, *ALONE, *SMALL, *LEAKY, "-o", "r", "--overwrite"))
    assert not list((here / "r").glob("state-*"))
