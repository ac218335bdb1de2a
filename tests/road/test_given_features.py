"""A user's own features by the command: what was taken for what is said, and what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]
NAMES = [f"page {i:02}" for i in range(40)]


@pytest.fixture
def wiki(tmp_path: Path, neurograph: Command) -> Path:
    """A folder with the graph "g" of pages by name, and "words.csv", a bag of words per page."""
    rng = np.random.default_rng(0)
    topic = np.arange(40) % 2
    links = [
        f"{NAMES[a]},{NAMES[b]},{t}"
        for t in range(3)
        for a in range(40)
        for b in rng.choice(np.flatnonzero(topic == topic[a]), 2)
    ]
    classes = [f"{name},{'art' if t else 'law'}" for name, t in zip(NAMES, topic, strict=True)]
    words = (rng.random((40, 12)) < 0.1) | (np.arange(12) // 6 == topic[:, None]) * (
        rng.random((40, 12)) < 0.4
    )
    rows = [f"{NAMES[i]}," + ",".join(str(int(w)) for w in words[i]) for i in rng.permutation(40)]
    head = "id," + ",".join(f"word{w}" for w in range(12))
    for file, lines in (
        ("links.csv", ["source,target,time", *links]),
        ("classes.csv", ["node,label", *classes]),
        ("words.csv", [head, *rows]),
    ):
        (tmp_path / file).write_text("\n".join(lines) + "\n")
    done = neurograph(
        tmp_path,
        "data",
        "import",
        "--edges",
        "links.csv",
        "--labels",
        "classes.csv",
        "-o",
        "g",
        "--yes",
    )
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_words_are_spikes(wiki: Path, neurograph: Command) -> None:
    pytest.importorskip("torch")
    done = neurograph(wiki, "features", "g", "--given", "words.csv")
    assert done.returncode == 0, done.stderr
    assert "g: given features, 3 x 40 x 12" in done.stdout
    assert "ids in column 'id', 12 features: columns word0, word1 ... word11" in done.stderr
    assert "held for all 3 steps" in done.stderr
    assert "kept as plain spikes" in done.stderr
    sizes = ("--hidden", "8,4", "--fanouts", "2,2", "--train-share", "0.6", "--val-share", "0.2")
    for words in (
        ("train", "g", *sizes, "--epochs", "3", "-o", "r"),
        ("export", "r", "--backend", "reference"),
        ("run", "r", "--backend", "reference"),
    ):
        done = neurograph(wiki, *words)
        assert done.returncode == 0, done.stderr
    from neurograph.runtime.record import EventCounts
    from neurograph.workflow import store

    counts = store.load(EventCounts, wiki / "r" / "events.h5")
    sent = counts.sent["x"].sum() / counts.sent["x"].size / counts.inferences
    assert 0.05 < sent < 0.4
    done = neurograph(wiki, "export", "r", "--backend", "reference", "--feature-bits", "4")
    assert done.returncode == 2
    assert "every feature is 0 or 1" in done.stderr


def test_what_is_replaced_is_said(wiki: Path, neurograph: Command) -> None:
    np.save(wiki / "x.npy", np.random.default_rng(0).normal(size=(3, 40, 2)))
    assert neurograph(wiki, "features", "g", "--dim", "2").returncode == 0
    done = neurograph(wiki, "features", "g", "--given", "x.npy", "--rows", "nodes")
    assert "replaced" not in done.stderr
    done = neurograph(wiki, "features", "g", "--given", "words.csv", "--as-is", "--overwrite")
    assert "replaced: given features of x.npy, sha256 " in done.stderr
    done = neurograph(wiki, "features", "g", "--dim", "3", "--overwrite")
    assert "replaced: dynwalk features sha256 " in done.stderr
    assert "your own too, which train takes unless you say: --features dynwalk" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--given", "x.npy"), "row 0 is of page 00, row 1 of page 01"),
        (("--given", "x.npy", "--axes", "node,time"), "--axes is 'node,time', needed the order"),
        (("--given", "x.npy", "--missing", "mean"), "--missing is 'mean', needed zero"),
        (("--given", "x.npy", "--dim", "3"), "--dim is for features that are made"),
        (("--given", "x.npy", "--method", "deepwalk"), "--method is for features that are made"),
        (("--as-is",), "--as-is is for features of your own; add: --given FILE"),
        (("--given", "few.csv"), "no features of 39 of 40 nodes: page 01, page 02, page 03 ..."),
        (("--given", "g"), "g: no such file"),
    ],
)
def test_one_error(wiki: Path, neurograph: Command, words: tuple[str, ...], said: str) -> None:
    np.save(wiki / "x.npy", np.random.default_rng(0).normal(size=(40, 2)))
    (wiki / "few.csv").write_text("id,a\npage 00,1\n")
    done = neurograph(wiki, "features", "g", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert not (wiki / "g" / "features").exists()
