"""Features that the user brings: taken in any form, brought to one scale, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed import How, load_features, make_features
from neurograph.graphs.features import FeatureStore, held
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.io.doubts import DoubtError
from neurograph.testing.graphs import random_graph

STEPS, NODES = 4, 60


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return random_graph(np.random.default_rng(0), nodes=NODES, steps=STEPS)[0]


def named_graph(ids: Array, steps: int = 2) -> TemporalGraph:
    """A ring whose nodes are called so."""
    nodes = len(ids)
    around = np.arange(nodes)
    return assemble(
        around,
        np.roll(around, 1),
        around % steps,
        num_nodes=nodes,
        num_steps=steps,
        labels=np.zeros(nodes, np.int16),
        label_names=("one",),
        meta={"name": "ring"},
        ids=np.asarray(ids),
    )


def random_values(width: int = 3) -> Array:
    values: Array = np.random.default_rng(2).normal(5, 3, (STEPS, NODES, width))
    return values


def saved(path: Path, values: Array) -> Path:
    np.save(path, values)
    return path


def standard(values: Array) -> Array:
    wide = np.asarray(values, np.float64)
    scaled: Array = (wide - wide.mean()) / wide.std()
    return scaled


def refused(graph: TemporalGraph, path: Path, message: str, **how: object) -> None:
    """The error begins so, and nothing was written."""
    folder = path.parent / "refused"
    with pytest.raises(DataError) as error:
        make_features(graph, folder, given=path, how=How(**how))  # type: ignore[arg-type]
    assert str(error.value).startswith(f"{path}{message}")
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "int16", "uint8"])
def test_one_mean_and_one_deviation(graph: TemporalGraph, tmp_path: Path, dtype: str) -> None:
    values = np.abs(random_values()).astype(dtype)
    made = make_features(graph, tmp_path / "g", given=saved(tmp_path / "mine.npy", values))
    np.testing.assert_allclose(made.values, standard(values), atol=2e-6)
    assert made.meta["method"] == "given"
    assert made.meta["settings"] == {"file": "mine.npy"}
    assert not made.binary
    assert load_features(tmp_path / "g").sha256 == made.sha256


def forms(folder: Path, values: Array) -> dict[str, Callable[[], Path]]:
    """How ``(N, F)`` values of the nodes 0 to N - 1 may lie in a file."""
    rows = [",".join(f"{x:.17g}" for x in row) for row in values]
    shuffled = np.random.default_rng(1).permutation(len(values))
    frame = ["person,a,b,c", *(f"{n},{rows[n]}" for n in shuffled)]
    matrix = sp.csr_array(values)
    parts = {f"x_{n}": getattr(matrix, n) for n in ("indptr", "indices", "data")}

    def text(name: str, lines: list[str]) -> Path:
        path = folder / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def archive(name: str, **arrays: Array) -> Path:
        np.savez(folder / name, **arrays)  # type: ignore[arg-type]
        return folder / name

    def scipy(of: object) -> Path:
        sp.save_npz(folder / "s.npz", of)
        return folder / "s.npz"

    def parquet() -> Path:
        import pandas as pd

        table = pd.DataFrame(values, columns=["a", "b", "c"]).assign(id=np.arange(len(values)))
        table.to_parquet(folder / "p.parquet")
        return folder / "p.parquet"

    return {
        "npy": lambda: saved(folder / "x.npy", values),
        "rows": lambda: text("x.csv", rows),
        "ids": lambda: text("x.tsv", [line.replace(",", "\t") for line in frame]),
        "header": lambda: text("x.csv", ["a,b,c", *rows]),
        "one array": lambda: archive("a.npz", anything=values),
        "x among others": lambda: archive("a.npz", u=np.arange(9), x=values),
        "ids beside": lambda: archive("a.npz", x=values[::-1], node_id=np.arange(NODES)[::-1]),
        "csr": lambda: archive("a.npz", y=np.ones(4), x_shape=np.array(values.shape), **parts),
        "scipy csr": lambda: scipy(matrix),
        "scipy coo": lambda: scipy(sp.coo_array(values)),
        "parquet": parquet,
    }


@pytest.mark.parametrize("form", forms(Path(), np.ones((NODES, 3))))
def test_a_row_per_node_holds_for_all_steps(
    graph: TemporalGraph, tmp_path: Path, form: str
) -> None:
    values = random_values()[0]
    made = make_features(graph, tmp_path / "g", given=forms(tmp_path, values)[form]())
    assert made.values.shape == (STEPS, NODES, 3)
    for step in range(STEPS):
        np.testing.assert_allclose(made.values[step], standard(values), atol=2e-6)
    made.check_matches(graph)
    assert held(made.values)
    assert (tmp_path / "g" / "features" / "given" / "values.npy").stat().st_size < NODES * 3 * 5


def test_axes_are_told_apart(graph: TemporalGraph, tmp_path: Path) -> None:
    values = random_values()
    turned = saved(tmp_path / "ntf.npy", values.transpose(1, 0, 2))
    made = make_features(graph, tmp_path / "g", given=turned)
    np.testing.assert_allclose(made.values, standard(values), atol=2e-6)
    path = saved(tmp_path / "fn.npy", values[0].T)
    refused(graph, path, ": shape (3, 60); needed (60, F), which holds for all steps, or (4, 60, F")
    made = make_features(graph, tmp_path / "g", given=path, how=How(axes=("feature", "node")))
    np.testing.assert_allclose(made.values[1], standard(values[0]), atol=2e-6)
    path = saved(tmp_path / "tn.npy", values[:, :, 0])
    made = make_features(graph, tmp_path / "g", given=path, how=How(axes=("step", "node")))
    np.testing.assert_allclose(made.values[..., 0], standard(values[:, :, 0]), atol=2e-6)
    path = saved(tmp_path / "tnf.npy", values)
    axes = ("node", "step", "feature")
    refused(graph, path, ": shape (4, 60, 3) against --axes node,step,feature; needed", axes=axes)


def test_as_many_steps_as_nodes_are_asked(tmp_path: Path) -> None:
    square = named_graph(np.arange(5), steps=5)
    values = np.random.default_rng(0).normal(size=(5, 5, 2))
    path = saved(tmp_path / "f.npy", values)
    with pytest.raises(DoubtError, match=r"which axis is which.*--axes step,node,feature"):
        make_features(square, tmp_path / "g", given=path)
    taken = make_features(square, tmp_path / "g", given=path, how=How(yes=True))
    np.testing.assert_allclose(taken.values, standard(values), atol=2e-6)
    assert taken.meta["guesses"]
    said = make_features(square, tmp_path, given=path, how=How(axes=("node", "step", "feature")))
    np.testing.assert_allclose(said.values, standard(values).transpose(1, 0, 2), atol=2e-6)


@pytest.mark.parametrize(
    "shape", [(STEPS + 1, NODES, 3), (STEPS, NODES - 1, 3), (NODES + 1, 3), (), (1, 1, 1, 1)]
)
def test_another_shape(graph: TemporalGraph, tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = saved(tmp_path / "f.npy", np.zeros(shape, np.float32))
    refused(graph, path, f": shape {shape}; needed (60, F), which holds for all steps, or (4, 60,")


def test_no_feature(graph: TemporalGraph, tmp_path: Path) -> None:
    path = saved(tmp_path / "f.npy", np.zeros((NODES, 0), np.float32))
    refused(graph, path, ": shape (1, 60, 0): no feature")


def test_ids_are_names(tmp_path: Path) -> None:
    ring = named_graph(np.array(["ada", "bob", "eve"]))
    path = tmp_path / "f.csv"
    path.write_text("who,x,y\neve,5,6\nada,1,2\nbob,3,4\n")
    made = make_features(ring, tmp_path / "g", given=path, how=How(as_is=True))
    np.testing.assert_array_equal(made.values[0], [[1, 2], [3, 4], [5, 6]])
    assert made.meta["names"] == ["x", "y"]
    path.write_text("who,x,y\neve,5,6\nada,1,2\n")
    refused(ring, path, ": no features of 1 of 3 nodes: bob; to give them zeros: --missing zero")
    made = make_features(ring, tmp_path / "m", given=path, how=How(as_is=True, missing="zero"))
    np.testing.assert_array_equal(made.values[1], [[1, 2], [0, 0], [5, 6]])
    path.write_text("who,x,y\neve,5,6\nmax,0,0\nada,1,2\nbob,3,4\n")
    refused(ring, path, ", line 3")
    made = make_features(ring, tmp_path / "u", given=path, how=How(as_is=True, unknown="drop"))
    np.testing.assert_array_equal(made.values[0], [[1, 2], [3, 4], [5, 6]])
    for who in ("who", "node"):
        path.write_text(f"{who},x,y\neve,5,6\nada,1,2\nada,3,4\n")
        refused(ring, path, ", line 4")
    path.write_text("who,x,y\nu1,5,6\nu2,1,2\nu3,3,4\n")
    refused(ring, path, ": no id of its 3 rows is a node's: it has u1, u2, u3, the graph ada, bob")
    path.write_text("x,y\n5,6\n1,2\n3,4\n")
    with pytest.raises(DoubtError, match=r"row 0 is of ada, row 1 of bob.*--rows nodes"):
        make_features(ring, tmp_path / "o", given=path)
    made = make_features(ring, tmp_path / "o", given=path, how=How(as_is=True, rows="nodes"))
    np.testing.assert_array_equal(made.values[0], [[5, 6], [1, 2], [3, 4]])


def test_a_table_of_more_rows(graph: TemporalGraph, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n" + "1,2\n" * 70)
    refused(graph, path, ": shape (70, 2); needed (60, F)")
    with pytest.raises(DataError, match=r"its rows have no ids; .*--id-column NAME"):
        make_features(graph, tmp_path / "g", given=path)
    refused(graph, path, ": no column 'c'; it has: a, b", id_column="c")


def test_ids_with_gaps(tmp_path: Path) -> None:
    ring = named_graph(np.array([1, 4, 7]))
    values = np.arange(24.0).reshape(8, 3)
    path = saved(tmp_path / "f.npy", values)
    refused(ring, path, ": shape (8, 3); needed (3, F)")
    with pytest.raises(DataError, match=r"--rows ids leaves out the rows of the 5 ids without"):
        make_features(ring, tmp_path / "g", given=path)
    made = make_features(ring, tmp_path / "g", given=path, how=How(rows="ids", as_is=True))
    np.testing.assert_array_equal(made.values[0], values[[1, 4, 7]])


def test_sparse_ids_in_the_first_column(tmp_path: Path) -> None:
    ring = named_graph(np.array([17, 402_000, 235_000_111]))
    path = tmp_path / "f.csv"
    path.write_text("235000111,1,0.5\n17,2,0.25\n402000,3,0.75\n")
    made = make_features(ring, tmp_path / "g", given=path, how=How(as_is=True))
    np.testing.assert_array_equal(made.values[0], [[2, 0.25], [3, 0.75], [1, 0.5]])
    path.write_text("1001,2,0.5\n1002,2,0.25\n1003,3,0.75\n")
    with pytest.raises(DoubtError, match="whole numbers of column '0' are all different"):
        make_features(ring, tmp_path / "g", given=path)


def test_not_a_number(graph: TemporalGraph, tmp_path: Path) -> None:
    values = random_values()
    values[2, 17, 1] = values[2, 30, 0] = np.nan
    where = ": nan at step 2, node 17, feature 1, 2 such values"
    refused(graph, saved(tmp_path / "f.npy", values), where)
    values = random_values().astype(np.float32)
    values[3, 0, 2] = -np.inf
    refused(graph, saved(tmp_path / "f.npy", values), ": -inf at step 3, node 0, feature 2, 1 such")
    values = random_values()
    values[0, 2, 1] = 1e200
    refused(graph, saved(tmp_path / "f.npy", values), ": 1e+200 at step 0, node 2, feature 1; ")
    path = tmp_path / "f.csv"
    path.write_text("x,y\n" + "1,2\n" * 59 + "1,inf\n")
    refused(graph, path, ": inf at node 59, feature 'y' (")
    path.write_text("x,colour\n" + "1,red\n" * 60)
    refused(graph, path, ", line 2")


def test_a_bad_file_keeps_the_good_features(graph: TemporalGraph, tmp_path: Path) -> None:
    values = random_values()
    kept = make_features(graph, tmp_path / "g", given=saved(tmp_path / "good.npy", values)).sha256
    values[3, 3, 0] = np.nan
    with pytest.raises(DataError, match="step 3, node 3, feature 0"):
        make_features(graph, tmp_path / "g", given=saved(tmp_path / "bad.npy", values))
    assert load_features(tmp_path / "g").sha256 == kept
    assert [path.name for path in (tmp_path / "g").iterdir()] == ["features"]


@pytest.mark.parametrize("dtype", ["complex64", "U3", "datetime64[s]"])
def test_another_type(graph: TemporalGraph, tmp_path: Path, dtype: str) -> None:
    path = saved(tmp_path / "f.npy", np.ones((STEPS, NODES, 2)).astype("i8").astype(dtype))
    refused(graph, path, ": values of type ")


def test_missing(graph: TemporalGraph, tmp_path: Path) -> None:
    refused(graph, tmp_path / "f.npy", ": no such file")


def test_unreadable(graph: TemporalGraph, tmp_path: Path) -> None:
    path = saved(tmp_path / "f.npy", random_values())
    whole = path.read_bytes()
    np.save(tmp_path / "objects.npy", np.array([{}, {}], object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=random_values())
    sp.save_npz(tmp_path / "s.npz", sp.csr_array(random_values()[0]))
    archive = (tmp_path / "s.npz").read_bytes()
    objects = (tmp_path / "objects.npy").read_bytes()
    for name, content in (
        *(("f.npy", x) for x in (b"", b"u v t\n", whole[:-1], objects, archive)),
        *(("f.npz", x) for x in (b"", archive[:-9], archive[:90])),
        *(("f.csv", x) for x in (b"", whole, archive, b"a,b\n")),
        *(("f.parquet", x) for x in (b"", b"PAR1", whole)),
        ("f.pkl", objects),
    ):
        (tmp_path / name).write_bytes(content)
        refused(graph, tmp_path / name, "")


def test_arrays_that_are_no_features(graph: TemporalGraph, tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, u=np.arange(3), v=np.arange(4))
    refused(graph, path, ": which array holds features? It has: u (3,), v (4,); say which: --array")
    np.savez(path, a=random_values(), b=random_values())
    assert make_features(graph, tmp_path / "h", given=path, how=How(array="b")).num_features == 3
    refused(graph, path, ": no array 'c'; it has: a (4, 60, 3), b (4, 60, 3)", array="c")
    indptr = np.arange(NODES + 1)
    np.savez(path, x_indptr=indptr, x_indices=np.full(NODES, 9), x_shape=np.array([NODES, 4]))
    refused(graph, path, ": x_indptr and x_indices without x_data")
    np.savez(path, x_indptr=indptr, x_indices=np.full(NODES, 9), x_data=np.ones(NODES),
             x_shape=np.array([NODES, 4]))  # fmt: skip
    refused(graph, path, ": not a sparse matrix")


def test_rows_that_the_file_calls_unknown(graph: TemporalGraph, tmp_path: Path) -> None:
    path, known = tmp_path / "f.npz", np.arange(NODES) != 5
    np.savez(path, x=random_values()[0], x_known=known)
    refused(graph, path, ": no features of 1 of 60 nodes: 5; ")
    made = make_features(graph, tmp_path / "g", given=path, how=How(missing="zero"))
    wanted = standard(random_values()[0][known])
    np.testing.assert_allclose(made.values[2][known], wanted, atol=2e-6)
    assert not made.values[2, 5].any()


def test_what_is_said_must_be_something() -> None:
    for wrong in ({"rows": "x"}, {"missing": "mean"}, {"unknown": "1"}, {"axes": ("step",)}):
        with pytest.raises(DataError, match=r"^--"):
            How(**wrong)  # type: ignore[arg-type]


def test_a_foreign_number_of_steps(graph: TemporalGraph, tmp_path: Path) -> None:
    made = make_features(graph, tmp_path, given=saved(tmp_path / "f.npy", random_values()[0]))
    header = tmp_path / "features" / "given" / "features.json"
    for wrong in ('"5"', "0", "-1", "null"):
        header.write_text(header.read_text().replace('"held_for": 4', f'"held_for": {wrong}'))
        with pytest.raises(Exception, match=r"damaged .1 snapshots held for"):
            load_features(tmp_path)
        header.write_text(header.read_text().replace(f'"held_for": {wrong}', '"held_for": 4'))
    assert load_features(tmp_path).sha256 == made.sha256
    assert not held(FeatureStore(values=made.values[:1]).values)
