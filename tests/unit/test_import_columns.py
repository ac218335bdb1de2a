"""Which column is what: by name, by place, by look; and what is asked instead of guessed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.io import import_edges
from neurograph.graphs.io.columns.words import ends_by_name, is_time, is_weight
from neurograph.graphs.io.doubts import DoubtError

ROWS, NODES = 400, 40
DRAW = np.random.default_rng(11)
U = DRAW.integers(0, NODES, ROWS)
V = (U + DRAW.integers(1, NODES, ROWS)) % NODES
STEP = np.sort(DRAW.integers(0, 6, ROWS))
UNIX = np.sort(DRAW.integers(1_400_000_000, 1_400_900_000, ROWS))
TICKS = 20 * np.sort(DRAW.integers(1_500, 3_000, ROWS))  # of a badge that counts seconds
WEIGHT, SHARE = DRAW.integers(1, 6, ROWS), DRAW.random(ROWS).round(3) + 0.001
SHUFFLED = DRAW.permutation(ROWS)
BY_SOURCE = np.lexsort((V, U))
READER, BOOK = DRAW.integers(0, 30, ROWS), DRAW.integers(0, 20, ROWS)  # each from 0
NAMES = np.array([f"0x{i:03x}" for i in range(NODES)])
CLASSES = np.array(["red", "green", "blue"])[np.arange(NODES) % 3]
DAYS = np.datetime_as_string(UNIX.astype("M8[s]")).astype(str)


def table(path: Path, columns: Sequence[Any], names: str = "", separator: str = ",") -> Path:
    rows = [separator.join(map(str, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join(([names] if names else []) + rows) + "\n", encoding="utf-8")
    return path


PLAIN: dict[str, tuple[Sequence[Any], str, dict[str, str]]] = {
    "u v t": ((U, V, UNIX), "", {"source": "0", "target": "1", "time": "2"}),
    "steps": ((U, V, STEP), "", {"source": "0", "target": "1", "time": "2"}),
    "t i j": ((TICKS, U + 900, V + 900), "", {"source": "1", "target": "2", "time": "0"}),
    "unix first": ((UNIX, U, V), "", {"source": "1", "target": "2", "time": "0"}),
    "not sorted": (
        (U[SHUFFLED], V[SHUFFLED], UNIX[SHUFFLED]),
        "",
        {"source": "0", "target": "1", "time": "2"},
    ),
    "rating between": ((U, V, WEIGHT - 3, UNIX), "", {"source": "0", "target": "1", "time": "3"}),
    "an index": (
        (np.arange(ROWS), U, V, UNIX),
        "",
        {"source": "1", "target": "2", "time": "3"},
    ),
    "dates": ((DAYS, NAMES[U], NAMES[V]), "", {"source": "1", "target": "2", "time": "0"}),
    "no time": ((U, V), "", {"source": "0", "target": "1"}),
    "ids like times": (
        (U + 1_500_000_000, V + 1_500_000_000, STEP),
        "",
        {"source": "0", "target": "1", "time": "2"},
    ),
    "named weight": (
        (U, V, SHARE),
        "Source,Target,Weight",
        {"source": "Source", "target": "Target", "weight": "Weight"},
    ),
    "day first": (
        (UNIX // 86400 * 86400, NAMES[U], NAMES[V], SHARE),
        "day,src,dst,amount",
        {"source": "src", "target": "dst", "time": "day", "weight": "amount"},
    ),
    "one within the other": (
        (1990 + STEP, NAMES[U], NAMES[V], SHARE),
        "year,port,receiving port,weight",
        {"source": "port", "target": "receiving port", "time": "year", "weight": "weight"},
    ),
    "numbered": ((U, V, TICKS), "node_1,node_2,t", {"source": "node_1", "time": "t"}),
    "named steps, not sorted": (
        (U[SHUFFLED], V[SHUFFLED], STEP[SHUFFLED]),
        "i,j,t",
        {"source": "i", "target": "j", "time": "t"},
    ),
    "unknown names": ((U, V, UNIX), "alpha,beta,gamma", {"source": "alpha", "time": "gamma"}),
    "classes in the rows": (
        (TICKS, U, V, CLASSES[U], CLASSES[V]),
        "t,i,j,Ci,Cj",
        {"source": "i", "target": "j", "time": "t", "source_class": "Ci", "target_class": "Cj"},
    ),
    "classes by place": (
        (TICKS, U + 900, V + 900, CLASSES[U], CLASSES[V]),
        "",
        {"source": "1", "time": "0", "source_class": "3", "target_class": "4"},
    ),
}


@pytest.mark.parametrize("case", PLAIN)
def test_what_is_plain_is_read(tmp_path: Path, case: str) -> None:
    columns, names, want = PLAIN[case]
    path = table(tmp_path / "e.csv", columns, names)
    graph = import_edges(path, steps=4 if "time" in want else None)
    assert graph.num_steps == (4 if "time" in want else 1)
    assert want.items() <= graph.meta["columns"].items()
    assert graph.num_nodes == NODES
    assert "guesses" not in graph.meta
    assert graph.num_classes == (3 if "source_class" in want else 0)


ASKED: dict[str, tuple[Sequence[Any], str, str]] = {
    "a weight": (
        (U, V, WEIGHT),
        "",
        "--columns source=0,target=1,weight=2; else, e.g., --columns source=0,target=1,time=2",
    ),
    "a weight, sorted by source": (
        (U[BY_SOURCE], V[BY_SOURCE], WEIGHT),
        "",
        "--columns source=0,target=1,weight=2",
    ),
    "a share": ((U, V, SHARE), "", "--columns source=0,target=1,weight=2"),
    "small steps first": ((STEP, U, V), "", "--columns source=1,target=2,time=0"),
    "steps, not sorted": (
        (U, V, STEP[SHUFFLED]),
        "",
        "--columns source=0,target=1,time=2; else, e.g., --columns source=0,target=1,weight=2",
    ),
    "two times": (
        (U, V, UNIX, UNIX + 9),
        "src,dst,start,end",
        "--columns source=src,target=dst,time=start",
    ),
    "date and clock": (
        (U, V, [day[:10] for day in DAYS], [day[11:] for day in DAYS]),
        "src,dst,date,time",
        "--columns source=src,target=dst,time=date",
    ),
    "a relation between": (
        (NAMES[U], np.array(["knows", "likes"])[U % 2], NAMES[V]),
        "",
        "--columns source=0,target=2",
    ),
    "two kinds without names": ((READER, BOOK, UNIX), "", "--bipartite; else --no-bipartite"),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_is_not_certain_is_asked_once_and_guessed_with_yes(tmp_path: Path, case: str) -> None:
    columns, names, option = ASKED[case]
    path = table(tmp_path / "e.csv", columns, names)
    with pytest.raises(DoubtError) as error:
        import_edges(path)
    assert option in str(error.value)
    assert str(error.value).endswith("to take the guess as it stands: --yes")
    graph = import_edges(path, yes=True)
    assert any(option in guess for guess in graph.meta["guesses"])


def test_all_questions_come_together(tmp_path: Path) -> None:
    path = table(tmp_path / "e.csv", (U, V, UNIX, UNIX + 9), "src,dst,start,end")
    with pytest.raises(DoubtError) as error:
        import_edges(path)
    assert len(error.value.doubts) == 2
    assert "--by count" in str(error.value)


def test_columns_as_they_are_wanted(tmp_path: Path) -> None:
    path = table(tmp_path / "e.txt", (TICKS, U, V, WEIGHT), separator=" ")
    want = {"source": "2", "target": "1", "time": "0"}
    for columns in ("2,1,0", "source=2,target=1,time=0", ("2", "1", "0"), want):
        graph = import_edges(path, columns=columns, steps=4)
        assert graph.meta["columns"] == want
    assert import_edges(path, columns="1,2").num_steps == 1
    weighted = import_edges(path, columns="1,2", weight="3")
    assert weighted.meta["columns"] == {"source": "1", "target": "2", "weight": "3"}
    total = weighted.weights(0).sum() / 2
    assert total == pytest.approx(WEIGHT.sum())
    rest = import_edges(path, columns="time=0", steps=4)
    assert rest.meta["columns"] == {"source": "1", "target": "2", "time": "0"}


BAD_WISHES = {
    "no such column": ({"columns": "u,x,t"}, "no column 'x'; the columns are u, v, t"),
    "no such role": ({"columns": "source=u,aim=v"}, "'aim=v'; needed source, target, time, weight"),
    "one column twice": ({"columns": "u,u,t"}, "needed different columns"),
    "four columns": ({"columns": "u,v,t,u"}, "needed two or three columns"),
    "a role twice": ({"columns": "source=u,source=v"}, "a role is given twice"),
    "no weight": ({"columns": "u,v", "weight": "t"}, "'0' is no weight; needed numbers above 0"),
    "steps without times": ({"columns": "u,v", "steps": 3}, "there are no times to cut into steps"),
}


@pytest.mark.parametrize("case", BAD_WISHES)
def test_wishes_that_cannot_be(tmp_path: Path, case: str) -> None:
    wish, reason = BAD_WISHES[case]
    path = table(tmp_path / "e.csv", (U, V, STEP), "u,v,t")
    with pytest.raises(DataError) as error:
        import_edges(path, **wish)
    assert reason in str(error.value)


def test_words() -> None:
    for pair in ("from_id to_id", "FromNodeId ToNodeId", "txId1 txId2", "caller callee", "i j"):
        source, target = pair.split()
        ends = ends_by_name([source, "weight", target])
        assert ends is not None
        assert (ends.source, ends.target, ends.two_kinds) == (source, target, False)
    kinds = ends_by_name(["customer_id", "product_id", "stars"])
    assert kinds is not None
    assert kinds.two_kinds
    assert ends_by_name(["f0", "f1"]) is None or not ends_by_name(["f0", "f1"]).directed
    assert [n for n in ("t", "Time", "created_at", "t_max", "time_zone", "tag") if is_time(n)] == [
        *("t", "Time", "created_at"),
    ]
    assert [n for n in ("w", "Weight", "num_words", "weight_kg", "rating") if is_weight(n)] == [
        *("w", "Weight", "weight_kg"),
    ]


def test_columns_that_go_down_or_lie_apart(tmp_path: Path) -> None:
    down = table(tmp_path / "d.txt", (TICKS[::-1], U + 900, V + 900), separator=" ")
    assert import_edges(down, steps=4).meta["columns"]["time"] == "0"
    far = DRAW.permutation(10_000)[: 2 * ROWS].reshape(2, ROWS)  # hardly an id occurs twice
    path = table(tmp_path / "f.txt", (TICKS + 90_000, *far), separator=" ")
    with pytest.raises(DoubtError, match="--columns source=1,target=2,time=0"):
        import_edges(path, steps=4)


ODD_ROWS = {
    "names of a frame without names": (
        "0,1,2\n" + "\n".join(f"{a},{b},{t}" for a, b, t in zip(U, V, UNIX, strict=True)) + "\n",
        "if this line names the columns: --header; if it is an edge: --no-header",
    ),
    "a header again": (
        "u,v\n0,1\n1,2\nu,v\n2,3\n3,0\n",
        "line 4 ('u,v'): the header again; take this line",
    ),
    "names of columns without numbers": (
        "stop_a,stop_b\nnorth,south\nsouth,west\nwest,north\n",
        "does the first line ('stop_a stop_b') name the columns?; guess: it is a row (--no-header",
    ),
    "nothing": ("u,v\nada,bob\nbob,NaN\n", "line 3 ('bob,NaN'): 'NaN' in column 'v': a name"),
    "one field too many": ("u,v,t\n0,1,0,5\n0,2,0,5\n", "the header names 3 columns (u, v, t)"),
}


@pytest.mark.parametrize("case", ODD_ROWS)
def test_rows_that_are_no_edges(tmp_path: Path, case: str) -> None:
    text, reason = ODD_ROWS[case]
    path = tmp_path / "e.csv"
    path.write_text(text)
    with pytest.raises(DataError) as error:
        import_edges(path)
    assert reason in str(error.value)
