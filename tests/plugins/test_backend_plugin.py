"""A backend that a package adds: run with options of its own, compared, reported, looked at."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from neurograph.runtime.record import RunRecord
from neurograph.workflow import store
from tests.plugins.conftest import Command, Install, mentions

PACKAGE = Path(__file__).with_name("neurograph_plugin_backend")
SMALL = ("--hidden", "16,6", "--fanouts", "3,2", "--epochs", "2")
FEW = ("--limit", "12")


@pytest.fixture(scope="module")
def installed(install: Install) -> Path:
    return install(PACKAGE)


@pytest.fixture(scope="module")
def exported(
    installed: Path, neurograph: Command, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a run that was trained and exported for the backend."""
    folder = tmp_path_factory.mktemp("exported")
    neurograph(None, folder, "train", *SMALL, "--out", "run")
    neurograph(installed, folder, "export", "run", "--backend", "plain")
    return folder


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """The same, to run in: a copy that nobody ran."""
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy, symlinks=True)
    return copy


def report_of(folder: Path) -> dict[str, object]:
    report: dict[str, object] = json.loads((folder / "run" / "report.json").read_text())
    schema = files("neurograph.report").joinpath("schema.json").read_text(encoding="utf-8")
    jsonschema.validate(report, json.loads(schema))
    return report


def test_nothing_of_the_core_knows_it() -> None:
    assert mentions(PACKAGE.name, "PlainBackend", "--patience", "--speak") == []


def test_it_runs_with_its_option_and_is_compared_by_its_name(
    folder: Path, installed: Path, neurograph: Command
) -> None:
    done = neurograph(installed, folder, "run", "run", "--speak", *FEW)
    assert "plain: nodes 1 to 12" in done.stderr
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    assert manifest["run"]["runs"]["plain"]["options"] == {"aloud": True}
    integers, plain = (
        store.load(RunRecord, folder / "run" / f"record-{name}.h5")
        for name in ("reference", "plain")
    )
    for name, spikes in integers.spikes.items():
        assert spikes.any(), f"{name} is silent; equality would prove nothing"
        np.testing.assert_array_equal(plain.spikes[name], spikes)
    silent = neurograph(installed, folder, "run", "run", "--no-speak", *FEW)
    assert "plain: nodes" not in silent.stderr
    pairs = json.loads(neurograph(installed, folder, "verify", "run", "--json").stdout)
    assert set(pairs) == {"float->reference", "reference->plain"}
    neurograph(installed, folder, "report", "run")
    report = report_of(folder)
    assert report["agreement"]["reference->plain"]["identical"] is True
    assert report["runs"]["plain"]["title"] == "plain reference, step by step"


@pytest.mark.slow
@pytest.mark.lava
def test_two_backends_over_the_same_nodes_stay_side_by_side(
    folder: Path, installed: Path, neurograph: Command, lava: None
) -> None:
    neurograph(installed, folder, "run", "run", "--backend", "loihi-sim", *FEW)
    neurograph(installed, folder, "run", "run", "--backend", "plain", "--patience", "5", *FEW)
    done = neurograph(installed, folder, "verify", "run", "--tolerance", "0", "--json")
    pairs = json.loads(done.stdout)
    assert set(pairs) == {"float->reference", "reference->loihi-sim", "reference->plain"}
    assert pairs["reference->loihi-sim"]["identical"] is True
    assert pairs["reference->plain"]["identical"] is True
    neurograph(installed, folder, "report", "run")
    report = report_of(folder)
    assert set(report["scores"]) == {"float", "reference", "loihi-sim", "plain"}
    page = " ".join((folder / "run" / "report.html").read_text().split())
    for name in ("loihi-sim", "plain"):
        assert f"{name} and the reference give the same spike in every neuron update" in page
    without = neurograph(None, folder, "report", "run")  # what it was is still told, by its name
    assert without.returncode == 0
    assert report_of(folder)["runs"]["plain"]["title"] == "plain"


def test_the_help_shows_its_options_under_its_name(
    installed: Path, neurograph: Command, tmp_path: Path
) -> None:
    said = neurograph(installed, tmp_path, "run", "--help").stdout
    ours, theirs = said.split("Options of plain, plain reference, step by step:")
    assert "Options of loihi-sim" in ours, "our own come first"
    words = " ".join(theirs.split())
    assert "--patience <float> refuse what would take longer [minutes; default 60]" in words
    assert "--speak / --no-speak say of every chunk that it runs [default --no-speak]" in words
    assert "--patience" not in neurograph(None, tmp_path, "run", "--help").stdout


def test_the_doctor_asks_it(installed: Path, neurograph: Command, tmp_path: Path) -> None:
    done = neurograph(installed, tmp_path, "doctor", "--patience", "7", "--json", check=False)
    found = {f["name"]: f["found"] for f in json.loads(done.stdout)["findings"]}
    assert found["plain"] == "has 7 minutes"
    refused = neurograph(installed, tmp_path, "doctor", "--speak", check=False)
    assert refused.returncode == 2, "no option of a checkup"


def test_the_doctor_asks_it_where_the_command_line_cannot_be_imported(
    installed: Path, neurograph: Command, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(installed, tmp_path / "broken"))
    (broken / "typer").mkdir()
    (broken / "typer" / "__init__.py").write_text("raise ImportError('no typer')")
    done = neurograph(broken, tmp_path, "doctor", "--patience", "7", "--json", check=False)
    found = {f["name"]: f["found"] for f in json.loads(done.stdout)["findings"]}
    assert found["plain"] == "has 7 minutes"


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--nowhere", "3"), ("No such option", "--nowhere")),
        (("--patience", "long"), ("--patience", "valid")),
        (("--patience", "0"), ("--patience is 0 minutes, needed more than 0",)),
        (
            ("--lowering", "stock"),
            ("--lowering is an option of 'loihi-sim', and 'plain' is to run", "leave it out"),
        ),
        (
            ("--backend", "reference", "--speak"),
            ("--speak is an option of 'plain', and 'reference' is to run", "--backend plain"),
        ),
    ],
    ids=["unknown", "no number", "out of range", "another's", "another backend"],
)
def test_what_it_cannot_be_told(
    folder: Path,
    installed: Path,
    neurograph: Command,
    words: tuple[str, ...],
    parts: tuple[str, ...],
) -> None:
    done = neurograph(installed, folder, "run", "run", *words, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr
    assert not (folder / "run" / "record-reference.h5").exists()


def test_without_the_package_it_is_unknown(folder: Path, neurograph: Command) -> None:
    done = neurograph(None, folder, "run", "run", check=False)
    assert done.returncode == 2
    assert "no backend 'plain'; known: reference, loihi-sim" in done.stderr


def test_a_record_is_named_by_who_was_asked() -> None:
    """A backend that calls itself the reference takes nobody's place."""
    from neurograph.workflow.draws import _timed

    class Draws:
        def __init__(self) -> None:
            self.spent: dict[str, float] = {}

        def spend(self, name: str, seconds: float) -> None:
            self.spent[name] = seconds

    draws = Draws()
    record = RunRecord(
        backend="reference",
        nodes=np.arange(2),
        spikes={},
        final={},
        logits=np.zeros((2, 2)),
        network_sha256="0" * 64,
    )
    (named,) = _timed(iter([record]), draws, "plain")  # type: ignore[arg-type]
    assert named.backend == "plain"
    assert set(draws.spent) == {"plain"}
