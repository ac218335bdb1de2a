"""A file format that a package adds: integers written, imported, checked, written again."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.conftest import Command, Install, mentions

PACKAGE = Path(__file__).with_name("neurograph_plugin_exporter")
SMALL = ("--hidden", "24,8", "--fanouts", "3,2", "--epochs", "1")

ROUND_TRIPS = """
import sys
from pathlib import Path
import numpy as np
from neurograph.runtime.exporters import find_exporter, known_exporters, read_network, write_network
from neurograph.testing import NEURON_KINDS, corner_networks, random_network

assert known_exporters() == ("netx", "json", "table")
assert find_exporter("json").reads and not find_exporter("table").reads
networks = {name: case.network for name, case in corner_networks().items()}
for kind in NEURON_KINDS:
    for seed in range(4):
        network, _ = random_network(np.random.default_rng(seed), neuron=kind)
        networks[f"{kind} {seed}"] = network
assert {type(p.neuron).__name__ for n in networks.values() for p in n.populations} >= {
    f"Q{kind}" for kind in NEURON_KINDS
}
for name, network in networks.items():
    path = Path(sys.argv[1]) / f"{name.replace(' ', '-')}.json"
    write_network(network, path, "json")
    again = read_network(path, "json")
    assert again.sha256 == network.sha256, name
    assert (again.errors, again.choices) == (network.errors, network.choices), name
    assert [p.scale for p in again.populations] == [p.scale for p in network.populations], name
print(len(networks), "networks")
"""


@pytest.fixture(scope="module")
def installed(install: Install) -> Path:
    return install(PACKAGE)


@pytest.fixture(scope="module")
def written(installed: Path, neurograph: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was trained and exported, and its integers in net.json."""
    folder = tmp_path_factory.mktemp("written")
    neurograph(None, folder, "train", *SMALL, "-o", "trained")
    neurograph(None, folder, "export", "trained", "--calibrate", "32")
    said = neurograph(installed, folder, "export", "trained", "--to", "json", "-o", "net.json")
    assert said.stdout.startswith("net.json: the integers of trained as json; network ")
    neurograph(installed, folder, "import", "net.json", "-o", "imported")
    return folder


def manifest(run: Path) -> Any:
    return json.loads((run / "manifest.json").read_text())


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said that ended with one error."""
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    return " ".join(done.stderr.removeprefix("error: ").split())


def test_nothing_of_the_core_knows_it() -> None:
    assert mentions(PACKAGE.name, "neurograph-plugin-exporter") == []


def test_every_kind_of_network_comes_back_as_it_went(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ROUND_TRIPS, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 20


def test_an_import_is_a_run_of_the_same_network(written: Path) -> None:
    made, trained = manifest(written / "imported"), manifest(written / "trained")
    assert list(made) == ["import"]
    entry, content = made["import"], (written / "net.json").read_bytes()
    assert entry["network"] == trained["export"]["network"]
    assert (entry["file"], entry["format"]) == ("net.json", "json")
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["versions"]["neurograph-plugin-exporter"] == "0.1.0"
    kept = {path.name for path in (written / "imported").iterdir()} - {".lock"}
    assert kept == {"manifest.json", "network.h5"}


def test_it_can_be_checked_and_written_again(
    installed: Path, written: Path, neurograph: Command
) -> None:
    fits = neurograph(installed, written, "check", "imported", "--profile", "loihi2").stdout
    assert "imported: the imported integers" in fits
    assert "fits 'loihi2'" in fits
    trained = neurograph(None, written, "check", "trained", "--profile", "loihi2").stdout
    assert fits.splitlines()[1:-1] == trained.splitlines()[1:-1], "the same integers and cores"
    assert fits.splitlines()[-1] == "next: neurograph run imported --input FILE"
    neurograph(installed, written, "export", "imported", "--to", "json", "-o", "again.json")
    assert (written / "again.json").read_bytes() == (written / "net.json").read_bytes()


def test_a_chip_on_which_it_does_not_fit(written: Path, neurograph: Command) -> None:
    done = neurograph(None, written, "check", "imported", "--profile", "loihi1", check=False)
    assert (done.returncode, done.stdout) == (4, "")
    assert "error: does not fit profile 'loihi1'" in done.stderr
    assert "--profile loihi2  (use another chip;" in done.stderr
    assert "--hidden" not in done.stderr, "nobody knows the model that it came from"


def test_what_needs_more_than_integers_says_what_is_lacking(
    installed: Path, written: Path, neurograph: Command
) -> None:
    before = manifest(written / "imported")
    for words in (
        ("export", "imported"),
        ("predict", "imported", "-o", "x.csv"),
        ("train", "--from", "imported", "-o", "other"),
    ):
        done = neurograph(None, written, *words, check=False)
        assert refused(done).endswith(
            "imported: holds an imported network, without a trained model and a graph, which this "
            "needs; what works on it: neurograph check, run --input, verify, report, export --to"
        ), words
    for words in (("train",), ("import", "net.json")):
        done = neurograph(installed, written, *words, "-o", "imported", check=False)
        assert refused(done).startswith("imported: there already: an imported network; write"), (
            words
        )
    assert manifest(written / "imported") == before


def test_a_file_is_replaced_only_where_that_is_said(
    installed: Path, written: Path, neurograph: Command
) -> None:
    (written / "other.json").write_text("mine")
    words = ("export", "imported", "--to", "json", "-o", "other.json")
    done = neurograph(installed, written, *words, check=False)
    assert refused(done) == (
        "other.json: there already: a file; write elsewhere (-o), or replace what is there: "
        "--overwrite"
    )
    assert (written / "other.json").read_text() == "mine"
    neurograph(installed, written, *words, "--overwrite")
    assert (written / "other.json").read_bytes() == (written / "net.json").read_bytes()
    done = neurograph(installed, written, "import", "net.json", "-o", "trained", check=False)
    assert refused(done).startswith("trained: there already: a trained model; go on with it: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("export", "trained", "--to", "json", "-o", "x.json", "--profile", "loihi1"),
            "--to writes the integers that are there and quantises nothing; leave out --profile",
        ),
        (
            ("export", "trained", "--to", "json", "-o", "x.json", "--target", "a", "--explain"),
            "--to writes the integers that are there and quantises nothing; leave out --backend, "
            "--explain",
        ),
        (("export", "trained", "--to", "json"), "--to json needs a file to write: -o FILE"),
        (
            ("export", "trained", "-o", "x.json"),
            "-o and --overwrite are for a file of an exporter; add --to NAME",
        ),
        (
            ("export", "trained", "--to", "nir", "-o", "x.nir"),
            "no exporter 'nir'; known: netx, json, table",
        ),
        (("import", "net.json", "--format", "nir"), "no exporter 'nir'; known: netx, json, table"),
        (
            ("import", "net.csv", "--format", "table"),
            "'table' only exports: it writes such files and reads none",
        ),
        (
            ("import", "net.onnx"),
            "net.onnx: no importer knows a file by such a name; known: netx (.net), json (.json); "
            "name one with --format, or install a package that adds it",
        ),
        (("import", "none.json"), "none.json: no such file"),
    ],
)
def test_bad_words(
    installed: Path, written: Path, neurograph: Command, words: tuple[str, ...], said: str
) -> None:
    assert refused(neurograph(installed, written, *words, check=False)) == said
    assert not (written / "x.json").exists()


def test_a_run_without_integers(installed: Path, written: Path, neurograph: Command) -> None:
    (written / "bare").mkdir(exist_ok=True)
    words = ("export", "bare", "--to", "json", "-o", "x.json")
    said = refused(neurograph(installed, written, *words, check=False))
    assert said == "bare: no deployment.h5; run first: neurograph export"


def test_one_way_out(installed: Path, written: Path, neurograph: Command) -> None:
    neurograph(installed, written, "export", "trained", "--to", "table", "-o", "net.csv")
    lines = (written / "net.csv").read_text().splitlines()
    assert lines[0] == "population,rows,channels,neuron"
    assert len(lines) == 3


def damaged(text: str) -> dict[str, str]:
    """Name -> a file that was cut off, changed, or is of something else."""
    lacking, tree = json.loads(text), json.loads(text)
    del lacking["network"]["steps"]
    weight = tree["network"]["projections"][0]["weight"]["array"]
    weight[0][0] = 0 if weight[0][0] else 2
    changed = json.dumps(tree)
    weight[0][0] = 1000
    return {
        "cut": text[: len(text) // 2],
        "changed": changed,
        "impossible": json.dumps(tree),
        "lacking": json.dumps(lacking),
        "other": "[1, 2]",
        "unknown": text.replace('"is": "QPopulation"', '"is": "Path"'),
    }


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("cut", "damaged, or no integer network in JSON (JSONDecodeError: "),
        ("changed", "not the network that was written; write it again"),
        ("impossible", "[0,0] = 1000"),
        ("lacking", "required keyword-only argument: 'steps'"),
        ("other", "damaged, or no integer network in JSON (TypeError: "),
        ("unknown", "no kind of neuron 'Path'; known: LIF"),
    ],
)
def test_a_damaged_file(
    installed: Path, written: Path, neurograph: Command, what: str, said: str
) -> None:
    (written / "damaged.json").write_text(damaged((written / "net.json").read_text())[what])
    done = neurograph(installed, written, "import", "damaged.json", "-o", "broken", check=False)
    assert refused(done).startswith("damaged.json: ")
    assert said in refused(done)
    assert not (written / "broken").exists()


def test_a_changed_network_file_is_noticed(
    installed: Path, written: Path, neurograph: Command, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    neurograph(installed, tmp_path, "import", written / "net.json", "-o", "run")
    facts = manifest(run)
    facts["import"]["network"] = "0" * 64
    (run / "manifest.json").write_text(json.dumps(facts))
    done = neurograph(installed, tmp_path, "check", "run", check=False)
    assert refused(done) == "run/network.h5: not the network that was imported; import it again"


def test_without_the_package_it_is_refused_by_name(written: Path, neurograph: Command) -> None:
    words = ("export", "trained", "--to", "json", "-o", "x.json")
    said = refused(neurograph(None, written, *words, check=False))
    assert said == "no exporter 'json'; known: netx"
