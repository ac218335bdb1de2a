"""A network that came in a file: run over samples, compared, checked; without any graph."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from neurograph.ir import QLIF, QNetwork, QStream
from neurograph.runtime import reference
from neurograph.runtime.record import RunRecord
from neurograph.testing import constant_readout, integer_layer, integer_link, integer_network
from neurograph.workflow import store
from neurograph.workflow.silicon.traces import PILOTNET
from tests import noted
from tests.command import Done
from tests.conftest import Once
from tests.road.conftest import Command

PLUGIN = Path(__file__).parents[1] / "plugins" / "neurograph_plugin_exporter"
ENTRY = "[neurograph.exporters]\njson = neurograph_plugin_exporter:Json\n"
STEPS, SAMPLES = 6, 5
NO_GRAPH = ("node", "snapshot", "slot", " graph", "tree", "epoch", "float", "neighbour", "seed")
Write = Callable[[QNetwork, Path], None]
NEURON = QLIF(voltage_decay=200, current_decay=500, threshold=20)


def network(*, bits: int = 1, steps: int = STEPS) -> QNetwork:
    """Two rows of three channels, a layer that hears itself, and four outputs."""
    rng = np.random.default_rng(3)
    layers = [
        integer_layer("hidden", 2, 8, NEURON),
        integer_layer("out", 1, 4, replace(NEURON, threshold=90)),
    ]
    links = [
        integer_link("x", "hidden", _even(rng, 8, 3), mix=np.eye(2, dtype=int)),
        integer_link("hidden", "hidden", _even(rng, 8, 8), mix=np.eye(2, dtype=int)),
        integer_link("hidden", "out", _even(rng, 4, 8), mix=np.ones((1, 2), int)),
    ]
    return replace(integer_network(layers, links, bits=bits, steps=steps), readout=None)


def _even(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return 2 * rng.integers(-14, 28, shape)


def spikes(samples: int = SAMPLES, steps: int = STEPS, seed: int = 1) -> np.ndarray:
    return (np.random.default_rng(seed).random((samples, steps, 2, 3)) < 0.5).astype(np.int8)


@pytest.fixture(scope="session")
def importer(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[QNetwork, Path], None]]:
    """Writes a network as JSON; in this process the package that reads it is installed."""
    site = tmp_path_factory.mktemp("site")
    facts = site / "neurograph_plugin_exporter-0.1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Name: neurograph-plugin-exporter\nVersion: 0.1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        patch.syspath_prepend(str(PLUGIN))
        from neurograph_plugin_exporter import Json

        yield Json().write


@pytest.fixture(scope="session")
def imported(once: Once, importer: Write, neurograph: Command) -> Path:
    """A folder with spikes.npz, labels among them, and the run `run`, which ran over it on Lava."""

    def make(folder: Path) -> None:
        given = spikes()
        said = answers(reference.run(network(), {"x": given}, np.arange(SAMPLES)))
        labels = np.where(np.arange(SAMPLES) == 1, (said + 1) % 4, said)
        labels[3] = -1
        np.savez(folder / "spikes.npz", x=given, labels=labels)
        importer(network(), folder / "net.json")
        told = neurograph(folder, "import", "net.json", "-o", "run")
        assert told.returncode == 0, told.stderr
        ran = neurograph(folder, "run", "run", "--input", "spikes.npz")
        assert ran.returncode == 0, ran.stderr

    return once("imported", make)


@pytest.fixture
def copy(imported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(imported, tmp_path / "copy"))


def answers(record: RunRecord) -> np.ndarray:
    counts = record.spikes["out"].sum(axis=(1, 2))
    assert len(set(map(tuple, counts.tolist()))) > 1, "samples that all say the same prove nothing"
    return counts.argmax(axis=1)


def body(folder: Path) -> str:
    page = (folder / "run" / "report.html").read_text("utf-8")
    return page[page.index("<body>") :]


def shown(folder: Path) -> str:
    """What a reader of the page sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body(folder)))


def speaks_of_graphs(text: str) -> list[str]:
    return [word for word in NO_GRAPH if word in text.lower()]


def record(folder: Path, backend: str) -> RunRecord:
    return store.load(RunRecord, folder / "run" / f"record-{backend}.h5")


def entry(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "run" / "manifest.json").read_text())["run"]


def refused(done: Done) -> str:
    """What a command said that ended with one error."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1].removeprefix("error: ")


def test_an_import_says_what_it_wants_and_what_comes_next(
    tmp_path: Path, importer: Write, neurograph: Command
) -> None:
    importer(network(), tmp_path / "net.json")
    told = neurograph(tmp_path, "import", "net.json", "-o", "run").stdout.splitlines()
    assert told[1:] == [
        "input x: spikes, 0 to 1, (samples, steps, 2, 3)",
        "next: neurograph run run --input FILE.npz",
    ]


def test_every_spike_and_state_is_the_references(imported: Path) -> None:
    want = reference.run(network(), {"x": spikes()}, np.arange(SAMPLES))
    for backend in ("reference", "loihi-sim"):
        found = record(imported, backend)
        np.testing.assert_array_equal(found.nodes, want.nodes)
        for name in ("hidden", "out"):
            assert want.spikes[name].any()
            np.testing.assert_array_equal(found.spikes[name], want.spikes[name])
            np.testing.assert_array_equal(found.final[name]["v"], want.final[name]["v"])
    assert not (imported / "run" / "record-float.h5").exists()
    said = entry(imported)
    assert (said["nodes"], said["count"]) == ("spikes.npz", SAMPLES)
    assert said["given"]["steps"] == STEPS
    assert said["given"]["samples"] == SAMPLES
    assert len(said["given"]["sha256"]) == 64


def test_what_a_run_says(copy: Path, neurograph: Command) -> None:
    words = ("--input", "spikes.npz", "--backend", "reference", "-o", "out.npz")
    done = neurograph(copy, "run", "run", *words)
    assert done.returncode == 0, done.stderr
    assert "75.00 %" in done.stdout, "three of four samples whose label is known"
    assert "most spikes of out" in done.stdout
    found, want = np.load(copy / "out.npz"), record(copy, "reference")
    np.testing.assert_array_equal(found["spikes"], want.spikes["out"])
    np.testing.assert_array_equal(found["counts"], want.spikes["out"].sum(axis=(1, 2)))
    np.testing.assert_array_equal(found["answer"], answers(want))
    np.testing.assert_array_equal(found["sample"], np.arange(SAMPLES))
    again = neurograph(copy, "run", "run", *words)
    assert "out.npz" in refused(again)
    assert (copy / "run" / "record-loihi-sim.h5").exists(), "of the same samples, so it stays"


def test_other_samples_replace_what_there_was(copy: Path, neurograph: Command) -> None:
    np.savez(copy / "other.npz", spikes(3, seed=9))
    done = neurograph(copy, "run", "run", "--input", "other.npz", "--backend", "reference")
    assert done.returncode == 0, done.stderr
    assert "accuracy" not in done.stdout
    assert not (copy / "run" / "record-loihi-sim.h5").exists()
    assert refused(neurograph(copy, "verify", "run")) == (
        "run: only the reference has run, which leaves nothing to compare; run first: neurograph "
        "run run --input FILE --backend NAME"
    )


def test_verify_compares_the_backend_with_the_reference(
    imported: Path, neurograph: Command
) -> None:
    done = neurograph(imported, "verify", "run")
    assert done.returncode == 0, done.stderr
    assert "loihi-sim against reference" in done.stdout or "no difference" in done.stdout
    assert "node" not in done.stdout
    found = json.loads(neurograph(imported, "verify", "run", "--json").stdout)
    assert list(found) == ["reference->loihi-sim"]
    assert found["reference->loihi-sim"]["identical"] is True


def test_verify_names_the_first_difference(copy: Path, neurograph: Command) -> None:
    lava = record(copy, "loihi-sim")
    changed = lava.spikes["hidden"].copy()
    changed[2, 3, 1, 5] ^= True
    noted.keep(replace(lava, spikes={**lava.spikes, "hidden": changed}), copy / "run")
    done = neurograph(copy, "verify", "run")
    assert done.returncode == 5
    assert "hidden: step 4 of 6, sample 2, row 1, channel 5: reference" in done.stdout
    assert "run again on this sample" in done.stdout
    assert "does not reproduce" in done.stdout
    assert neurograph(copy, "report", "run").returncode == 0
    text = shown(copy)
    assert "loihi-sim differs from the reference. First difference: hidden: step 4 of 6" in text
    assert "Samples whose prediction changed" in text
    assert speaks_of_graphs(text) == []


def test_samples_of_another_run_are_noticed(copy: Path, neurograph: Command) -> None:
    from neurograph.workflow.samples.given import Samples

    other = Samples(payloads={"x": spikes(seed=8)}, steps=STEPS)
    store.save(other, copy / "run" / "input.h5")
    assert "records and input.h5 are of two runs" in refused(neurograph(copy, "verify", "run"))
    (copy / "run" / "input.h5").unlink()
    assert "no input.h5, the samples of its records" in refused(neurograph(copy, "report", "run"))


@pytest.mark.parametrize(
    ("shape", "samples", "steps"),
    [((4, 2, 3), 1, 4), ((4, 6), 1, 4), ((3, 4, 6), 3, 4), ((3, 4, 1, 2, 3), 3, 4)],
)
def test_ways_to_give_spikes(
    copy: Path, neurograph: Command, shape: tuple[int, ...], samples: int, steps: int
) -> None:
    given = np.random.default_rng(4).integers(0, 2, shape)
    np.save(copy / "x.npy", given)
    done = neurograph(copy, "run", "run", "--input", "x.npy", "--backend", "reference")
    assert done.returncode == 0, done.stderr
    found, net = record(copy, "reference"), network(steps=steps)
    whole = given.reshape(samples, steps, 2, 3).astype(np.int8)
    want = reference.run(net, {"x": whole}, np.arange(samples))
    np.testing.assert_array_equal(found.spikes["out"], want.spikes["out"])


def test_events_stand_for_an_array(copy: Path, neurograph: Command) -> None:
    given = spikes(seed=5)
    events = {"x.index": np.argwhere(given), "x.shape": given.shape}
    np.savez(copy / "events.npz", **events, labels=[0] * SAMPLES)
    words = ("run", "run", "--input", "events.npz", "--backend", "reference")
    done = neurograph(copy, *words)
    assert done.returncode == 0, done.stderr
    want = reference.run(network(), {"x": given}, np.arange(SAMPLES))
    np.testing.assert_array_equal(record(copy, "reference").spikes["out"], want.spikes["out"])


EVENTS = {"x.index": [[0, 0, 0, 0], [4, 5, 1, 2]], "x.shape": (5, 6, 2, 3)}


def test_one_step_is_held_and_steps_can_be_asked_for(copy: Path, neurograph: Command) -> None:
    image = np.array([[1, 0, 1], [0, 1, 1]], np.uint8)
    np.savez(copy / "held.npz", image=image)
    words = ("run", "run", "--input", "held.npz", "--backend", "reference")
    assert neurograph(copy, *words, "--steps", "9").returncode == 0
    want = np.broadcast_to(image.astype(np.int8), (1, 9, 2, 3))
    found = reference.run(network(steps=9), {"x": want}, np.arange(1))
    np.testing.assert_array_equal(record(copy, "reference").spikes["out"], found.spikes["out"])
    assert entry(copy)["given"]["steps"] == 9


def test_an_image_for_each_sample_sets_biases(
    tmp_path: Path, importer: Write, neurograph: Command
) -> None:
    layers = [replace(integer_layer("in", 6, 1, NEURON, bias_exp=6), bias_from="image")]
    links = [integer_link("in", "out", [[9]], mix=np.ones((1, 6), int))]
    stream = QStream(name="image", rows=6, channels=1, bits=8)
    made = integer_network([*layers, integer_layer("out", 1, 1, NEURON)], links, steps=7)
    net = replace(made, streams=(stream,), readout=None)
    importer(net, tmp_path / "net.json")
    told = neurograph(tmp_path, "import", "net.json", "-o", "run").stdout
    assert "input image: biases, -127 to 127, (samples, 6, 1)" in told
    images = np.arange(18).reshape(3, 2, 3, 1)
    np.save(tmp_path / "images.npy", images)
    words = ("run", "run", "--input", "images.npy", "--backend", "reference")
    done = neurograph(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    held = np.broadcast_to(images.reshape(3, 1, 6, 1), (3, 7, 6, 1)).astype(np.int8)
    want, found = reference.run(net, {"image": held}, np.arange(3)), record(tmp_path, "reference")
    assert want.spikes["in"].any()
    assert not want.spikes["in"].all()
    for name in ("in", "out"):
        np.testing.assert_array_equal(found.spikes[name], want.spikes[name])


@pytest.mark.parametrize(
    ("arrays", "words", "said"),
    [
        ({"x": np.zeros((5, 6, 2, 4), int)}, (), "shape (5, 6, 2, 4), and 'x' has 2 rows of 3 cha"),
        ({"x": np.zeros((5, 0, 2, 3), int)}, (), "shape (5, 0, 2, 3)"),
        ({"x": np.zeros((5, 6, 2, 3))}, (), "float64, needed integers"),
        ({"x": np.full((1, 6, 2, 3), 2)}, (), "[0, 0, 0, 0] is 2 (36 such), and 'x' takes plain"),
        ({"x": spikes(), "y": spikes()}, (), "y: no such input; needed x, and labels if they are"),
        ({"y": spikes(), "z": spikes()}, (), "no array for x; it has y, z, needed x"),
        ({"labels": np.zeros(5, int)}, (), "no array for x; it has no array"),
        ({"x": spikes()}, ("--steps", "7"), "6 steps, and --steps is 7; needed at least as many"),
        ({"x": spikes()}, ("--steps", "0"), "--steps is 0, needed at least 1"),
        ({"x": spikes()}, ("--limit", "0"), "--limit is 0, needed at least 1"),
        ({**EVENTS, "x": spikes()}, (), "x and x.index: needed one of the two"),
        ({"x.index": EVENTS["x.index"]}, (), "x.index without x.shape: needed the axes' lengths"),
        ({**EVENTS, "x.index": [[5, 0, 0, 0]]}, (), "x.index[0] is [5, 0, 0, 0] (1 such); needed"),
        ({**EVENTS, "x.index": [[0, 0, 0]]}, (), "x.index (1, 3) with 4 axes in x.shape"),
        ({**EVENTS, "x.index": [[0.5, 0, 0, 0]]}, (), "x.index: needed integers"),
        ({**EVENTS, "x.value": [1, 2]}, (), "[4, 5, 1, 2] is 2 (1 such), and 'x' takes plain"),
        ({**EVENTS, "x.value": [1]}, (), "and (1,) values; needed a row per entry"),
        (
            {"x": spikes(), "labels": np.zeros(4, int)},
            (),
            "labels: int64(4,), needed one integer",
        ),
        ({"x": spikes(), "labels": np.full(5, 4)}, (), "labels[0] is 4 (5 such), and the network"),
        (
            {"x": spikes()},
            ("--nodes", "val"),
            "network has no graph; leave out --nodes",
        ),
        ({"x": spikes()}, ("--keep-state", "3"), "no graph; leave out --keep-state"),
        ({"x": spikes()}, ("--backend", "nonesuch"), "no backend 'nonesuch'"),
        ({"x": spikes()}, ("-o", "out.mat"), "out.mat"),
    ],
)
def test_bad_inputs(
    copy: Path, neurograph: Command, arrays: dict[str, Any], words: tuple[str, ...], said: str
) -> None:
    before = {p.name: p.read_bytes() for p in (copy / "run").iterdir() if p.is_file()}
    np.savez(copy / "bad.npz", **arrays)
    assert said in refused(neurograph(copy, "run", "run", "--input", "bad.npz", *words))
    after = {p.name: p.read_bytes() for p in (copy / "run").iterdir() if p.is_file()}
    assert after == before


def test_files_that_hold_no_arrays(copy: Path, neurograph: Command) -> None:
    (copy / "text.npz").write_text("spikes")
    run = ("run", "run", "--input")
    assert "text.npz: damaged, or no file of NumPy arrays" in refused(
        neurograph(copy, *run, "text.npz")
    )
    assert refused(neurograph(copy, *run, "none.npz")) == "none.npz: no such file"
    np.savez(copy / "pickled.npz", x=np.array([{}], dtype=object))
    assert "pickled.npz: 'x' holds Python objects" in refused(neurograph(copy, *run, "pickled.npz"))
    assert refused(neurograph(copy, "run", "run")) == (
        "run: an imported network needs its input: --input FILE.npz"
    )


def test_a_readout_fixes_the_steps(tmp_path: Path, importer: Write, neurograph: Command) -> None:
    net = network()
    importer(replace(net, readout=constant_readout("out", 4 * STEPS)), tmp_path / "net.json")
    neurograph(tmp_path, "import", "net.json", "-o", "run")
    np.save(tmp_path / "x.npy", spikes(steps=4))
    run = ("run", "run", "--input", "x.npy", "--backend", "reference")
    assert refused(neurograph(tmp_path, *run)) == (
        "x.npy: 4 steps, and the network has a readout with weights for each of them; needed 6"
    )
    assert refused(neurograph(tmp_path, *run, "--steps", "4")).endswith("needed 6")


def test_several_inputs_must_agree(tmp_path: Path, importer: Write, neurograph: Command) -> None:
    layers = [integer_layer("out", 1, 2, NEURON)]
    links = [integer_link(name, "out", [[20], [9]]) for name in ("a", "b")]
    net = replace(integer_network(layers, links, bits=8), readout=None)
    importer(net, tmp_path / "net.json")
    told = neurograph(tmp_path, "import", "net.json", "-o", "run").stdout
    assert "input a: numbers, -127 to 127, (samples, steps, 1, 1)" in told
    run = ("run", "run", "--input", "x.npz", "--backend", "reference")
    graded = np.arange(-6, 6).reshape(3, 4, 1, 1)
    for other, said in {
        (3, 5): "steps: 'a' has 4, 'b' has 5; needed as many of every input",
        (2, 4): "samples: 'a' has 3, 'b' has 2; needed as many of every input",
    }.items():
        np.savez(tmp_path / "x.npz", a=graded, b=np.zeros((*other, 1, 1), int))
        assert said in refused(neurograph(tmp_path, *run))
    np.savez(tmp_path / "x.npz", a=graded[:, :1], b=graded[:, :1])
    assert "say how many steps to run: --steps" in refused(neurograph(tmp_path, *run))
    np.savez(tmp_path / "x.npz", a=graded, b=graded[:, :1])
    assert neurograph(tmp_path, *run).returncode == 0
    held = np.broadcast_to(graded[:, :1], graded.shape)
    want = reference.run(replace(net, steps=4), {"a": graded, "b": held}, np.arange(3))
    np.testing.assert_array_equal(record(tmp_path, "reference").spikes["out"], want.spikes["out"])


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "run", "-o", "x.csv"),
        ("embed", "run", "-o", "x.csv"),
        ("export", "run"),
        ("train", "--from", "run", "-o", "other"),
    ],
)
def test_what_needs_a_graph_says_what_works_instead(
    imported: Path, neurograph: Command, words: tuple[str, ...]
) -> None:
    assert refused(neurograph(imported, *words)) == (
        "run: holds an imported network, without a trained model and a graph, which this needs; "
        "what works on it: neurograph check, run --input, verify, report, export --to"
    )


def test_check_needs_no_run(imported: Path, neurograph: Command) -> None:
    done = neurograph(imported, "check", "run", "--profile", "loihi2")
    assert done.returncode == 0, done.stderr
    assert "fits 'loihi2'" in done.stdout


SCHEMA = json.loads(files("neurograph.report").joinpath("schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def reported(imported: Path, neurograph: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(imported, tmp_path_factory.mktemp("reported") / "copy"))
    done = neurograph(folder, "report", "run")
    assert done.returncode == 0, done.stderr
    return folder


def test_a_report_leaves_out_what_needs_a_graph(reported: Path) -> None:
    report = json.loads((reported / "run" / "report.json").read_text())
    assert list(Draft202012Validator(SCHEMA).iter_errors(report)) == []
    assert report["samples"] == {
        "run": SAMPLES,
        "neurons": 20,
        "synapses": sum(np.count_nonzero(j.weight) * j.mix.nnz for j in network().projections),
        "labelled": 4,
        "by": "most spikes of out",
        "accuracy": {"reference": 0.75, "loihi-sim": 0.75},
    }
    assert report["agreement"]["reference->loihi-sim"]["identical"] is True
    assert report["agreement"]["reference->loihi-sim"]["state_identical"] is True
    found, origin = record(reported, "reference"), report["provenance"]
    rates = {name: spikes.mean(axis=(0, 2, 3)) for name, spikes in found.spikes.items()}
    for name, rate in rates.items():
        np.testing.assert_allclose(report["spike_rate"][name], rate)
    assert report["events"]["spikes"]["out"] == found.spikes["out"].sum()
    assert report["placement"]["profile"] == report["energy"]["profile"] == "loihi2"
    assert (origin["network"]["file"], origin["input"]["file"]) == ("net.json", "spikes.npz")
    for name, file in {"network_file": "net.json", "input_file": "spikes.npz"}.items():
        assert origin["hashes"][name] == sha256((reported / file).read_bytes()).hexdigest()
    without = {key: value for key, value in report.items() if key != "samples"}
    assert list(Draft202012Validator(SCHEMA).iter_errors(without)), "and of a graph it is none"
    assert list(Draft202012Validator(SCHEMA).iter_errors({**report, "training": {}}))


def test_the_page_speaks_of_samples_and_steps(reported: Path) -> None:
    page, text = body(reported), shown(reported)
    assert speaks_of_graphs(text) == []
    assert "net.json, mapped to Intel Loihi 2" in text
    assert "20 neurons in 2 layers" in text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "every spike and every final state, 5 samples" in text
    assert re.search(r"Result Samples Accuracy Run time reference 5 75", text)
    assert "Sample 0, the first sample that the integer network classifies correctly" in text
    for heading, content in re.findall(
        r"<h2 id[^>]*>.*?</span>(.*?)</h2>(.*?)</section>", page, re.S
    ):
        assert len(re.sub(r"<[^>]*>|\s", "", content)) > 100, f"{heading} says nothing"
    assert "None" not in text
    assert "Undefined" not in text


def test_a_report_on_another_chip_and_without_labels(copy: Path, neurograph: Command) -> None:
    np.save(copy / "x.npy", spikes(2))
    neurograph(copy, "run", "run", "--input", "x.npy", "--backend", "reference")
    done = neurograph(copy, "report", "run", "--profile", "loihi1")
    assert done.returncode == 0, done.stderr
    report = json.loads((copy / "run" / "report.json").read_text())
    assert list(Draft202012Validator(SCHEMA).iter_errors(report)) == []
    assert report["samples"]["accuracy"] is None
    assert report["placement"]["profile"] == "loihi1"
    page = (copy / "run" / "report.html").read_text("utf-8")
    assert "No backend was run for this report" in page
    assert "Sample 0, the first sample." in re.sub(r"\s+", " ", page)
    assert "no profile 'tpu'" in refused(neurograph(copy, "report", "run", "--profile", "tpu"))
    said = refused(neurograph(copy, "report", "run", "--baseline", "other"))
    assert said.endswith(
        "an imported network has no graph on which others ran; leave out --baseline"
    )


def test_a_chip_that_is_too_small(tmp_path: Path, importer: Write, neurograph: Command) -> None:
    layers = [integer_layer("out", 1, 2000, NEURON)]
    links = [integer_link("x", "out", np.full((2000, 600), 2))]
    importer(replace(integer_network(layers, links, bits=8), readout=None), tmp_path / "net.json")
    neurograph(tmp_path, "import", "net.json", "-o", "run")
    np.save(tmp_path / "x.npy", np.ones((2, 600), int))
    words = ("--input", "x.npy", "--backend", "reference")
    assert neurograph(tmp_path, "run", "run", *words).returncode == 0
    done = neurograph(tmp_path, "report", "run", "--profile", "loihi1")
    assert done.returncode == 4
    assert "does not fit profile 'loihi1'" in done.stderr
    assert not (tmp_path / "run" / "report.json").exists()


@pytest.fixture
def silicon(data_dir: Path, missing: Callable[[str, str], None]) -> Path:
    """Networks of lava-dl that ran on a Loihi 2."""
    if not (folder := data_dir / "silicon").is_dir():
        missing("data", f"no networks of lava-dl in {folder}")
    return folder


@pytest.mark.data
def test_a_network_of_lava_dl_from_its_file_to_its_report(
    silicon: Path, tmp_path: Path, neurograph: Command
) -> None:
    given = np.random.default_rng(0).random((2, 12, 784)) < 0.2
    np.savez(tmp_path / "digits.npz", given, labels=[3, 9])
    for words in (
        ("import", silicon / "mnist.net", "-o", "run"),
        ("run", "run", "--input", "digits.npz"),
        ("verify", "run"),
        ("report", "run"),
    ):
        done = neurograph(tmp_path, *words)
        assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert list(Draft202012Validator(SCHEMA).iter_errors(report)) == []
    assert report["network"]["steps"] == 12
    assert report["samples"]["labelled"] == 2
    assert report["agreement"]["reference->loihi-sim"]["identical"] is True
    assert report["events"]["spikes"]["input"] == np.count_nonzero(given)
    assert all(sum(rates) for rates in report["spike_rate"].values()), "a layer is silent"


@pytest.mark.data
def test_an_image_makes_the_spikes_of_a_loihi_2(
    silicon: Path, tmp_path: Path, neurograph: Command
) -> None:
    with np.load(silicon / "pilotnet_lif_traces.npz") as traces:
        np.save(tmp_path / "image.npy", traces["image"])
        want = [np.moveaxis(traces[name], -1, 0) != 0 for name in PILOTNET]
    for words in (
        ("import", silicon / "pilotnet_lif.net", "-o", "run", "--reset-interval", "17"),
        ("run", "run", "--input", "image.npy", "--steps", "24", "--backend", "reference"),
    ):
        done = neurograph(tmp_path, *words)
        assert done.returncode == 0, done.stderr
    found = list(record(tmp_path, "reference").spikes.values())
    for ours, chip in zip(found, want, strict=False):
        np.testing.assert_array_equal(ours[0], chip.reshape(ours[0].shape))
