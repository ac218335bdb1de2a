"""One of everything that NeuroGraph reads, small, made by NeuroGraph itself."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import noted
import numpy as np
from netx_files import dense, entry, write_net

from neurograph.chip.profiles.toml import folder as profiles
from neurograph.graphs.convert.files import write_node_link
from neurograph.graphs.embed.make import make_features
from neurograph.graphs.io import save_graph
from neurograph.models.settings import TrainSettings
from neurograph.testing.graphs import random_graph
from neurograph.workflow import chunks, trees
from neurograph.workflow.baseline import infer_baseline
from neurograph.workflow.export import export
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.imported import import_file
from neurograph.workflow.infer import infer
from neurograph.workflow.report import write_report
from neurograph.workflow.run import Run
from neurograph.workflow.samples.infer import infer_samples
from neurograph.workflow.train import train

GRAPH, RUN, TWIN, IMPORTED = "graph", "run", "twin", "imported"
SMALL = TrainSettings(hidden=(8, 4), fanouts=(2, 2), epochs=2, batch=16, device="cpu")


class StopError(Exception):
    """The inference is interrupted here."""


def build() -> None:
    """Fill the current folder."""
    rng = np.random.default_rng(3)
    graph, _ = random_graph(nodes=40, steps=3, edges=120)
    save_graph(graph, GRAPH)
    make_features(graph, Path(GRAPH), dim=5)
    _tables(graph, rng)
    _run()
    _imported(rng)


def _tables(graph, rng) -> None:  # type: ignore[no-untyped-def]
    u, v, step, _ = graph.fresh.pairs()
    rows = [f"{a} {b} {t}" for a, b, t in zip(u, v, step, strict=True)]
    text = "\n".join(["source target time", *rows]) + "\n"
    Path("edges.txt").write_text(text)
    Path("edges.txt.gz").write_bytes(gzip.compress(text.encode()))
    labels = [f"{n},class{k}" for n, k in enumerate(graph.labels) if n <= max(u.max(), v.max())]
    Path("labels.csv").write_text("\n".join(["node,label", *labels]) + "\n")
    np.savez("edges.npz", u=u, v=v, t=step, y=graph.labels, num_nodes=graph.num_nodes)
    write_node_link(graph, Path("edges.json"))
    np.save("given.npy", rng.normal(size=(graph.num_steps, graph.num_nodes, 4)).astype(np.float32))
    shutil.copy(profiles() / "loihi2.toml", "chip.toml")
    Path("mine.toml").write_text(
        'base = "chip.toml"\nname = "mine"\ntitle = "mine"\n\n[limits]\n'
        "cores_per_chip = { value = 60, low = 50, high = 70, "
        'unit = "core", source = "own", basis = "assumed" }\n\n'
        '[sources.own]\ncite = "a chip of my own"\n'
    )


def _run() -> None:
    """A run that is trained, exported, run, reported, and then interrupted in a further run."""
    train(Path(GRAPH), SMALL, RunFolder(Path(RUN)))
    _forget_weights()
    run = Run(Path(RUN))
    export(run, backend="reference", calibrate=8, placer="sequential")
    infer(run, backend="reference", limit=6)
    twin = RunFolder(Path(TWIN))
    train(Path(GRAPH), TrainSettings(model="sage", hidden=(4, 3), epochs=1), twin, yardsticks=False)
    infer_baseline(Run(twin), part="test", limit=6, progress=lambda *_: None)
    write_report(run)
    whole, add = trees.CHUNK, chunks.Chunks.add

    def first(self, part):  # type: ignore[no-untyped-def]
        add(self, part)
        raise StopError

    trees.CHUNK, chunks.Chunks.add = 3, first  # type: ignore[method-assign]
    results = {path: path.read_bytes() for path in Path(RUN).glob("*.*")}
    try:
        infer(Run(Path(RUN)), backend="reference", limit=6)
    except StopError:
        pass
    finally:
        trees.CHUNK, chunks.Chunks.add = whole, add  # type: ignore[method-assign]
    for path, data in results.items():
        path.write_bytes(data)
    _forget_results()


# As earlier versions left them: fingerprints would refuse every change at once.


def _forget_results() -> None:
    manifest = Path(RUN) / "manifest.json"
    whole = json.loads(manifest.read_text())
    for name in ("network", "floats"):
        del whole["export"][name]
    del whole["run"]["events"]
    for ran in whole["run"]["runs"].values():
        del ran["record"]
    manifest.write_text(json.dumps(whole))


def _forget_weights() -> None:
    for path in (Path(RUN) / "checkpoint").iterdir():
        noted.change_checkpoint(path, lambda *_: None)


def _imported(rng: np.random.Generator) -> None:
    weights = [2 * rng.integers(-20, 20, shape) for shape in ((5, 4), (3, 5))]
    layers = [entry(4), *map(dense, weights)]
    write_net(Path("net.net"), layers, steps=6)
    import_file(Path("net.net"), RunFolder(Path(IMPORTED)))
    given = rng.integers(0, 2, (4, 6, 1, 4)).astype(np.int8)
    np.savez("samples.npz", input0=given, labels=np.arange(4) % 3)
    infer_samples(Run(Path(IMPORTED)), Path("samples.npz"), backend="reference")
