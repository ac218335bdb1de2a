"""`neurograph data import` and `data info`: joined files, notes, guesses, outputs that exist."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from neurograph.cli.app import app
from neurograph.core.errors import DataError
from neurograph.graphs.io import load_graph


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command in a folder with two files of edges; its output and its exception."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("0 1 0\n1 2 0\n2 0 0\n")
    Path("b.txt").write_text("0 3 1\n1 3 1\n2 3 2\n")
    Path("w.csv").write_text("src,dst,mood\n0,1,9\n1,2,-2\n2,0,1\n")

    def run(*words: str):
        return CliRunner().invoke(app, ["data", *words])

    return run


def test_files_are_joined_and_rows_of_both_are_counted(told) -> None:
    done = told("import", "--edges", "a.txt", "--edges", "b.txt", "-o", "g")
    assert done.exit_code == 0, done.output
    graph = load_graph(Path("g"))
    assert (graph.num_nodes, graph.num_steps) == (4, 3)
    assert [file["name"] for file in graph.meta["files"]] == ["a.txt", "b.txt"]
    shown = told("info", "g").output
    (rows,) = (line for line in shown.splitlines() if "counts: rows " in line and "6" in line)
    assert rows.split()[-2] == "6"
    twice = told("import", "--edges", "a.txt", "--edges", "a.txt", "-o", "h")
    assert isinstance(twice.exception, DataError)
    assert "given twice" in str(twice.exception)


def test_what_is_not_taken_is_said_and_kept(told) -> None:
    done = told("import", "--edges", "w.csv", "-o", "g")
    assert done.exit_code == 0, done.output
    shown = told("info", "g").output
    for said in (done.output, shown):
        assert "note: column 'mood' is not taken (whole numbers -2 to 9, 3 different)" in said
        assert "note: directions are not taken" in said
        assert "note: without times: one snapshot" in said
    assert "columns: source src, target dst" in shown


def test_a_question_writes_nothing_and_yes_records_the_guess(told) -> None:
    times = np.sort(np.random.default_rng(2).integers(0, 100_000, 500))
    rows = "\n".join(f"{k % 7} {k % 5 + 7} {t}" for k, t in enumerate(times))
    Path("c.txt").write_text(rows + "\n")
    asked = told("import", "--edges", "c.txt", "-o", "g")
    assert isinstance(asked.exception, DataError)
    assert not Path("g").exists()
    done = told("import", "--edges", "c.txt", "-o", "g", "--yes")
    assert done.exit_code == 0, done.output
    assert "guessed: 6 steps" in done.output
    assert load_graph(Path("g")).meta["guesses"]


def test_an_output_that_exists(told) -> None:
    words = ("import", "--edges", "a.txt", "-o", "g")
    assert told(*words).exit_code == 0
    again = told(*words)
    assert again.exit_code == 0
    assert "replaced" not in again.output  # by the same graph
    Path("g/.lock").touch()  # as `features` leaves it
    Path("g/notes.txt").touch()
    Path("g/features/dynwalk").mkdir(parents=True)
    for made in ("import --edges b.txt", "synth --nodes 20 --steps 2"):
        refused = told(*made.split(), "-o", "g")
        assert str(refused.exception) == (
            "g: there already: another graph, 'a' and its features (dynwalk); write elsewhere "
            "(-o), or replace what is there: --overwrite"
        )
    assert load_graph(Path("g")).name == "a"
    other = told("import", "--edges", "b.txt", "-o", "g", "--overwrite")
    assert other.exit_code == 0
    said = "note: replaced the graph 'a' that was in g and its features (dynwalk)"
    assert said in other.output
    assert load_graph(Path("g")).name == "b"
    assert sorted(path.name for path in Path("g").iterdir()) == [
        *(".lock", "graph.json", "graph.npz", "notes.txt")
    ]
    Path("home").mkdir()
    Path("home/letter.txt").write_text("dear")
    kept = told("import", "--edges", "a.txt", "-o", "home")
    assert "is there and is no graph (it holds letter.txt); write elsewhere" in str(kept.exception)
    over = told("import", "--edges", "a.txt", "-o", "b.txt")
    assert "b.txt: a file is there, needed a folder" in str(over.exception)


@pytest.mark.parametrize(
    ("first", "said", "nodes"),
    [
        ("player,team\n", "its first line (player, team) names the columns: no such node", 3),
        ("cy,green\n", "('blue', 'green', 'red')", 3),
    ],
)
def test_the_ids_of_edges_say_whether_labels_have_a_header(
    told, first: str, said: str, nodes: int
) -> None:
    Path("e.csv").write_text("source,target\nana,bo\nbo,cy\n")
    Path("l.csv").write_text(first + "ana,red\nbo,blue\n")
    done = told("import", "--edges", "e.csv", "--labels", "l.csv", "-o", "g")
    assert done.exit_code == 0, done.output
    assert said in done.output.replace("\n", " ")
    assert load_graph(Path("g")).num_nodes == nodes


def test_labels_that_edges_half_know_are_asked_for_their_header(told) -> None:
    Path("e.csv").write_text("source,target\nana,bo\nbo,cy\n")
    Path("l.csv").write_text("zoe,green\nana,red\nbo,blue\neve,blue\n")
    asked = told("import", "--edges", "e.csv", "--labels", "l.csv", "-o", "g")
    assert "does the first line ('zoe green') name the columns?" in str(asked.exception)
