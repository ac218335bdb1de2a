"""Downloads, against an HTTP server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neurograph.core.errors import DataError
from neurograph.graphs.io import import_edges, load_graph
from neurograph.graphs.sets import data_set, fetch, known_data_sets
from neurograph.graphs.sets.dblp import Dblp

FILES = {
    "steps/0.txt": "4 2\n0 1\n2 1\n",
    "steps/1.txt": "4 2\n0 1\n3 0\n",
    "labels.txt": "0 7\n1 8\n2 7\n3 8\n",
}
TRUNCATED = "/truncated"  # a prefix of the path: half of the promised bytes, then the end


SHA256 = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in FILES.items()}


class Tiny(Dblp):
    """A small data set that is read like the published one."""

    name = "tiny"
    source = "made for this test"
    licence = "none"
    url = "http://127.0.0.1:9/none"
    nodes = 4
    edges: Mapping[str, str] = {name: SHA256[name] for name in ("steps/0.txt", "steps/1.txt")}
    labels: Mapping[str, str] = {"labels.txt": SHA256["labels.txt"]}


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.startswith(TRUNCATED):
            return super().do_GET()
        data = FILES[self.path.removeprefix(TRUNCATED + "/")].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        return None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address and folder of a server that holds FILES."""
    folder = tmp_path / "served"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", folder
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture(autouse=True)
def tiny(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One small data set instead of the published ones."""
    if request.node.get_closest_marker("data"):
        return
    (tmp_path / "e.txt").write_text("0 1 0\n2 1 0\n0 1 1\n3 0 1\n")
    (tmp_path / "l.txt").write_text(FILES["labels.txt"])
    graph = import_edges(tmp_path / "e.txt", labels=tmp_path / "l.txt")
    monkeypatch.setattr(Tiny, "graph_sha256", graph.sha256)
    monkeypatch.setitem(sys.modules, "tiny", SimpleNamespace(Tiny=Tiny))
    known = replace(data_set.DATA_SETS, built_in={"tiny": "tiny:Tiny"})
    monkeypatch.setattr(data_set, "DATA_SETS", known)


def test_a_good_download_is_saved(server: tuple[str, Path], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    graph = fetch("tiny", tmp_path / "g", base_url=server[0], progress=lambda *at: seen.append(at))
    assert (graph.num_nodes, graph.num_steps, graph.label_names) == (4, 2, ("7", "8"))
    assert (graph.name, graph.meta["source"]) == ("tiny", "made for this test")
    assert load_graph(tmp_path / "g").sha256 == graph.sha256
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_line_ends_do_not_matter(server: tuple[str, Path], tmp_path: Path) -> None:
    for name, text in FILES.items():
        (server[1] / name).write_bytes(text.replace("\n", "\r\n").encode())
    assert fetch("tiny", tmp_path / "g", base_url=server[0]).num_nodes == 4


def test_a_file_of_another_hash(server: tuple[str, Path], tmp_path: Path) -> None:
    (server[1] / "steps/1.txt").write_text("4 2\n0 1\n3 1\n")
    found = hashlib.sha256(b"4 2\n0 1\n3 1\n").hexdigest()[:12]
    expected = hashlib.sha256(FILES["steps/1.txt"].encode()).hexdigest()[:12]
    with pytest.raises(DataError) as error:
        fetch("tiny", tmp_path / "g", base_url=server[0])
    assert str(error.value) == (
        f"{server[0]}/steps/1.txt: sha256 {found}, expected {expected}; the file is damaged or "
        "has changed; nothing was written"
    )
    assert not (tmp_path / "g").exists()


def test_a_graph_of_another_fingerprint(
    server: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tiny, "graph_sha256", "0" * 64)
    with pytest.raises(DataError, match=r"'tiny': .* expected 000000000000; nothing was written"):
        fetch("tiny", tmp_path / "g", base_url=server[0])
    assert not (tmp_path / "g").exists()


def test_not_found(server: tuple[str, Path], tmp_path: Path) -> None:
    (server[1] / "labels.txt").unlink()
    with pytest.raises(DataError, match=r"/labels.txt: download failed \(404 .*nothing was writ"):
        fetch("tiny", tmp_path / "g", base_url=server[0])
    assert not (tmp_path / "g").exists()


def test_a_connection_that_breaks_off(server: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"/truncated/steps/0.txt: (download failed|sha256)"):
        fetch("tiny", tmp_path / "g", base_url=server[0] + TRUNCATED)
    assert not (tmp_path / "g").exists()


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"steps/0.txt: download failed .*check the network"):
        fetch("tiny", tmp_path / "g")


def test_an_old_graph_survives_a_failed_download(server: tuple[str, Path], tmp_path: Path) -> None:
    old = fetch("tiny", tmp_path / "g", base_url=server[0])
    with pytest.raises(DataError, match="download failed"):
        fetch("tiny", tmp_path / "g", base_url=server[0] + TRUNCATED)
    assert load_graph(tmp_path / "g").sha256 == old.sha256


def test_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        fetch("cora", tmp_path / "g")
    assert str(error.value) == "no data set 'cora'; known: tiny"


@pytest.mark.data
def test_dblp_as_published(server: tuple[str, Path], data_dir: Path, tmp_path: Path) -> None:
    """The files rebuilt from the local copy pass every hash and give the imported graph."""
    assert known_data_sets() == ("dblp",)
    root = server[1]
    for folder in ("convert/dblp", "data/dblp"):
        (root / folder).mkdir(parents=True)
    with np.load(data_dir / "dblp" / "dblp.npz") as raw:
        u, v, t = raw["u"], raw["v"], raw["t"]
    for step in range(27):
        now = t == step
        lines = [f"28085 {now.sum()}\n"]
        lines += [f"{a} {b}\n" for a, b in zip(u[now], v[now], strict=True)]
        (root / f"convert/dblp/{step}.txt").write_text("".join(lines))
    labels = gzip.decompress((data_dir / "dblp" / "node2label.txt.gz").read_bytes())
    (root / "data/dblp/node2label.txt").write_bytes(labels)
    graph = fetch("dblp", tmp_path / "g", base_url=server[0])
    assert graph.sha256 == import_edges(data_dir / "dblp" / "dblp.npz").sha256
