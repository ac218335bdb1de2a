"""Columns of texts as people have them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.tables import NoRowsError, Table, read_table

ROWS = "3,8,100\n5,2,160\n8,3,220\n"


def table(tmp_path: Path, text: str | bytes, name: str = "links.csv", **how: bool | str) -> Table:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_table(path, **how)  # type: ignore[arg-type]


def values(found: Table) -> list[list[object]]:
    return [column.tolist() for column in found.columns.values()]


PACKERS = {
    "links.csv.GZ": gzip.compress,
    "links.csv.bz2": bz2.compress,
    "Links.CSV.xz": lzma.compress,
}


@pytest.mark.parametrize("name", PACKERS)
def test_a_packed_file_is_unpacked_whatever_the_case_of_its_ending(
    tmp_path: Path, name: str
) -> None:
    found = table(tmp_path, PACKERS[name](ROWS.encode()), name)
    assert values(found) == [[3, 5, 8], [8, 2, 3], [100, 160, 220]]


def test_a_zip_holds_exactly_one_table(tmp_path: Path) -> None:
    path = tmp_path / "links.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/links.csv", ROWS)
        archive.writestr("README.txt", "about")
    assert len(read_table(path)) == 3
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("data/more.csv", ROWS)
    with pytest.raises(DataError, match=r"an archive of 2 files \(data/links.csv, .*unpack it"):
        read_table(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_any_unicode_and_any_line_end_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    found = table(tmp_path, ("u,v,t\n" + ROWS).replace("\n", end).encode(encoding))
    assert list(found.columns) == ["u", "v", "t"]
    assert values(found)[0] == [3, 5, 8]
    assert found.where(1).endswith("line 3 ('5,2,160')")


def test_another_encoding_is_asked_for(tmp_path: Path) -> None:
    text = "von,nach\nKöln,Bonn\nBonn,Köln\n".encode("latin-1")
    with pytest.raises(DataError, match=r"not UTF-8 text \(byte 0xf6.*--encoding latin-1"):
        table(tmp_path, text)
    assert values(table(tmp_path, text, encoding="latin-1", header=True))[0] == ["Köln", "Bonn"]
    with pytest.raises(DataError, match="unknown encoding 'klingon'"):
        table(tmp_path, text, encoding="klingon")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("4 7\n7 9\n", [[4, 7], [7, 9]]),
        ("4\t7\n7\t9\n", [[4, 7], [7, 9]]),
        ("4;7\n7;9\n", [[4, 7], [7, 9]]),
        ("4|7\n7|9\n", [[4, 7], [7, 9]]),
        ("4, 7\n7, 9\n", [[4, 7], [7, 9]]),
        ("  4   7 \n7 9\n", [[4, 7], [7, 9]]),
        ("4 7\t1\t60\n7 9\t1\t70\n", [[4, 7], [7, 9], [1, 1], [60, 70]]),
        ('"4","7, or 8"\n"7","9 ""x"""\n', [[4, 7], ["7, or 8", '9 "x"']]),
        ("1,200 4\n1,300 7\n", [["1,200", "1,300"], [4, 7]]),
        ("4 7 2020-05-01 10:00\n7 9 2020-05-02 11:00\n",
         [[4, 7], [7, 9], ["2020-05-01T10:00", "2020-05-02T11:00"]]),
        ("4,\n7,x\n", [[4, 7], [None, "x"]]),
        ("4,7,\n7,9,\n", [[4, 7], [7, 9]]),
    ],
)  # fmt: skip
def test_what_separates_the_fields_is_found(
    tmp_path: Path, text: str, columns: list[list[object]]
) -> None:
    assert values(table(tmp_path, text, "links.txt")) == columns


@pytest.mark.parametrize(
    ("text", "columns", "kind"),
    [
        ("4\n-7\n", [4, -7], "i"),
        ("4\n+7\n", [4, 7], "i"),
        ("4.0\n7.0\n", [4.0, 7.0], "f"),
        ("4e3\n7\n", [4000.0, 7.0], "f"),
        ("True\nfalse\n", [True, False], "b"),
        ("007\n7\n", ["007", "7"], "O"),
        ("18446744073709551615\n7\n", ["18446744073709551615", "7"], "O"),
        ("123456789012345678901234\n7\n", ["123456789012345678901234", "7"], "O"),
        ("4\nnan\n", ["4", "nan"], "O"),
        ("4.5\ninf\n", ["4.5", "inf"], "O"),
        ("4\nNULL\n", ["4", "NULL"], "O"),
        ("0x1f\n7\n", ["0x1f", "7"], "O"),
    ],
)
def test_a_column_is_of_numbers_only_if_all_of_it_says_so(
    tmp_path: Path, text: str, columns: list[object], kind: str
) -> None:
    rows = "".join(f"x{i},{value}\n" for i, value in enumerate(text.split()))
    found = table(tmp_path, "name,size\n" + rows).columns["size"]
    assert found.dtype.kind == kind
    assert found.tolist() == columns


def test_commas_in_numbers_are_told(tmp_path: Path) -> None:
    found = table(tmp_path, 'u,v,t\n1,2,"1,300"\n3,4,"1,450"\n')
    assert found.columns["t"].tolist() == [1300, 1450]
    assert found.notes == ("column 't': commas part thousands",)
    found = table(tmp_path, "a;b;w\nx;y;0,5\nz;y;1,25\n")
    assert found.columns["w"].tolist() == [0.5, 1.25]
    assert found.notes == ("column 'w': decimal commas",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("u,v,t\n" + ROWS, ["u", "v", "t"]),
        ("alpha,beta,gamma\n" + ROWS, ["alpha", "beta", "gamma"]),
        ("source,target\nana,bo\ncy,dee\n", ["source", "target"]),
        ("person,group\nana,red\nbo,blue\n", ["person", "group"]),
        ("who,when\nana,2020-05-01\nbo,2020-05-02\n", ["who", "when"]),
        ("node,0,1,2\n7,1,2,3\n9,3,4,5\n", ["node", "0", "1", "2"]),
        ("id,id,t\n1,2,3\n4,5,6\n", ["id", "id.1", "t"]),
        ("# FromNodeId\tToNodeId\n4\t7\n7\t9\n", ["FromNodeId", "ToNodeId"]),
        (",u,v\n0,4,7\n1,7,9\n", ["u", "v"]),
        (",u,v\n5,4,7\n1,7,9\n", ["Unnamed: 0", "u", "v"]),
    ],
)
def test_a_header_is_seen(tmp_path: Path, text: str, names: list[str]) -> None:
    found = table(tmp_path, text)
    assert found.named
    assert not found.doubts
    assert list(found.columns) == names


@pytest.mark.parametrize(
    "text", [ROWS, "ana,bo,1\nbo,cy,2\n", "ana,bo\nbo,ana\ncy,ana\n", "u v\nw u\nv w\n"]
)
def test_a_first_row_is_no_header(tmp_path: Path, text: str) -> None:
    found = table(tmp_path, text)
    assert not found.named
    assert not found.doubts
    assert list(found.columns) == [str(i) for i in range(len(found.columns))]
    assert len(found) == text.count("\n")


def test_a_first_line_that_may_be_a_header_is_in_doubt(tmp_path: Path) -> None:
    text = "player,team\nana,red\nbo,blue\ncy,red\n"
    (doubt,) = table(tmp_path, text).doubts
    assert "does the first line ('player team') name the columns?" in doubt[0]
    assert table(tmp_path, text, header=True).columns["team"].tolist() == ["red", "blue", "red"]
    assert not table(tmp_path, text, header=True).doubts
    assert len(table(tmp_path, text, header=False)) == 4


def test_jodie_names_one_column_for_all_features(tmp_path: Path) -> None:
    head = "user_id,item_id,timestamp,state_label,comma_separated_list_of_features\n"
    found = table(tmp_path, head + "0,0,0.0,0,0.1,0.2\n1,0,3.0,1,0.3,0.4\n")
    assert list(found.columns)[3:] == ["state_label", "f0", "f1"]
    assert found.layout == "jodie"
    assert found.beside["bipartite"]
    assert found.roles == {"source": "user_id", "target": "item_id", "time": "timestamp"}


def test_konect_says_what_its_columns_are(tmp_path: Path) -> None:
    found = table(tmp_path, "% bip weighted\n% 2 2 2\n1 2 5 70\n2 1 4 80\n", "out.shop")
    assert found.layout == "konect"
    assert found.roles == {"source": "0", "target": "1", "weight": "2", "time": "3"}
    assert found.beside == {"bipartite": True, "directed": True}


def test_snap_says_that_a_graph_is_undirected(tmp_path: Path) -> None:
    head, rows = "# Nodes: 3 Edges: 2\n# FromNodeId\tToNodeId\n", "30\t14\n14\t33\n"
    assert table(tmp_path, "# Undirected graph: a.txt\n" + head + rows).beside == {
        "directed": False
    }
    assert not table(tmp_path, "# Directed graph: a.txt\n" + head + rows).beside


def test_a_matrix_market_file_counts_its_entries(tmp_path: Path) -> None:
    head = "%%MatrixMarket matrix coordinate real general\n% made\n"
    found = table(tmp_path, head + "3 3 2\n1 2 0.5\n3 1 1.5\n", "a.mtx")
    assert found.columns["source"].tolist() == [1, 3]
    assert found.where(1).endswith("line 5 ('3 1 1.5')")
    with pytest.raises(DataError, match="has 2 entries, its line of sizes says 4"):
        table(tmp_path, head + "3 3 4\n1 2 0.5\n3 1 1.5\n", "a.mtx")


def test_a_hash_within_a_value_is_no_comment(tmp_path: Path) -> None:
    assert values(table(tmp_path, "node,label\n0,C#\n1,F#\n"))[1] == ["C#", "F#"]
    assert values(table(tmp_path, "0 C#\n1 C\n2 C#\n", "l.txt"))[1] == ["C#", "C", "C#"]
    assert values(table(tmp_path, "4 7 # a b c\n7 9\n", "l.txt")) == [[4, 7], [7, 9]]
    late = "4 7\n" * 5000 + "7 9 # late\n" + "4 7\n" * 5000
    assert len(table(tmp_path, late, "l.txt")) == 10001
    assert len(table(tmp_path, "u,v\n1,2\n# 3,4\n5,6\n")) == 2
    with pytest.raises(DataError, match=r"line 2 \('#spam,ham,2'\): a comment, or a row"):
        table(tmp_path, "eggs,ham,1\n#spam,ham,2\n")


def test_labels_may_have_blanks(tmp_path: Path) -> None:
    names = "0 Machine Learning\n1 Data\n2 Theory of All\n"
    assert values(table(tmp_path, names, "l.txt", rest=True))[1][0] == "Machine Learning"
    assert values(table(tmp_path, "0 red 3\n1 blue 4\n", "l.txt", rest=True))[2] == [3, 4]
    with pytest.raises(DataError, match="fields between blanks"):
        table(tmp_path, names, "l.txt")


@pytest.mark.parametrize(("bad", "found"), [("5,6", 2), ("5,6,7,8", 4), ("5", 1)])
def test_a_line_of_another_length_is_named(tmp_path: Path, bad: str, found: int) -> None:
    text = "u,v,t\n" + "1,2,3\n" * 1500 + bad + "\n" + "4,5,6\n" * 1500
    message = rf"line 1502 \('{bad}'\): needed 3 fields between commas.*, found {found}"
    with pytest.raises(DataError, match=message):
        table(tmp_path, text)


def test_a_first_line_that_is_far_too_long_is_named_before_it_widens_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurograph.graphs.tables.text.parse", pytest.fail)
    text = "u,v\n" + "8," * 50_000 + "8\n" + "1,2\n" * 400
    with pytest.raises(DataError, match=r"line 2 .*needed 2 fields between commas.*, found 50001"):
        table(tmp_path, text)


def test_a_quoted_text_may_go_over_lines(tmp_path: Path) -> None:
    found = table(tmp_path, 'source,target,title\n1,2,"a\nb"\n3,4,c\n5,6,d\n')
    assert found.columns["title"].tolist() == ["a\nb", "c", "d"]
    assert found.where(1).endswith("line 4 ('3,4,c')")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "u,v,t\n"])
def test_no_rows_is_an_error_of_its_own(tmp_path: Path, text: str) -> None:
    with pytest.raises(NoRowsError):
        table(tmp_path, text)


def test_without_pyarrow_a_text_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(5)
    rows = [
        f'"n{a}, x",{b},{b / 7!r},2020-01-0{a % 9 + 1}'
        for a, b in generator.integers(0, 50, (300, 2))
    ]
    text = "a,b,w,day\n" + "\n".join(rows)
    fast = table(tmp_path, text)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    slow = table(tmp_path, text)
    assert values(fast) == values(slow)
    assert [c.dtype for c in fast.columns.values()] == [c.dtype for c in slow.columns.values()]


def test_decimal_commas_may_have_an_exponent(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a;b\n1;1,5\n2;2,5e-05\n")
    assert read_table(tmp_path / "x.csv").columns["b"].tolist() == [1.5, 2.5e-05]


def test_what_many_columns_have_is_one_note(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id;a;b;c;d\n1;1,5;2,5;3,5;4,5\n2;0,5;0,5;0,5;0,5\n")
    assert read_table(tmp_path / "x.csv").notes == ("columns a, b, c, ...: decimal commas",)
