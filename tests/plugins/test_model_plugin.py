"""A model that a package adds: two files; trained, checked, exported, run, verified, reported."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.conftest import Command, Install, mentions

PACKAGE = Path(__file__).with_name("neurograph_plugin_model")
NAME, GAIN = "spiking-gcn", ("--self-gain", "0.5")
ONE = '{ value = 1, low = 1, high = 1, unit = "%s", source = "me", basis = "measured" }'
SMALL_CHIP = f"""base = "loihi2"
name = "small"
title = "Small"
[sources.me]
cite = "Me"
[limits]
cores_per_chip = {ONE % "core"}
chips_per_system = {ONE % "chip"}
neurons_per_core = {ONE.replace("1", "100") % "neuron"}
"""
BROKEN = """[project]
name = "broken"
version = "1"
[project.entry-points."neurograph.models"]
broken = "broken.config:BrokenConfig"
[build-system]
requires = ["hatchling>=1.26"]
build-backend = "hatchling.build"
[tool.hatch.build.targets.wheel]
packages = ["broken"]
"""


@pytest.fixture(scope="module")
def installed(install: Install) -> Path:
    return install(PACKAGE)


@pytest.fixture(scope="module")
def run(installed: Path, neurograph: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the model with its own option, exported and run on the reference."""
    folder = tmp_path_factory.mktemp("trained")
    train = ("train", "--model", NAME, "--preset", "demo-gcn", *GAIN, "-o", "run")
    neurograph(installed, folder, *train)
    neurograph(installed, folder, "export", "run", "--target", "reference")
    neurograph(installed, folder, "run", "run", "--limit", "80")
    return folder / "run"


def test_nothing_of_the_core_knows_it() -> None:
    assert mentions(PACKAGE.name, NAME, "SpikingGcn", "self_gain") == []


def test_a_model_is_two_files() -> None:
    code = {path.name for path in PACKAGE.rglob("*.py")} - {"__init__.py"}
    assert code == {"config.py", "model.py"}


def test_without_the_package_the_model_is_unknown(neurograph: Command, tmp_path: Path) -> None:
    done = neurograph(None, tmp_path, "train", "--model", NAME, check=False)
    assert done.returncode == 2
    assert f"no model '{NAME}'; known: spikenet, dysign, sage, sage-gru" in done.stderr
    done = neurograph(None, tmp_path, "train", *GAIN, check=False)
    assert done.returncode == 2
    assert "--self-gain" in done.stderr


def test_the_help_of_train_has_its_panel(
    installed: Path, neurograph: Command, tmp_path: Path
) -> None:
    said = neurograph(installed, tmp_path, "train", "--help").stdout
    panel = said.split(f"\n{NAME}:\n")[1].split("\n\n")[0]
    text = " ".join(panel.split())
    assert "graph convolution of two layers" in text
    assert "--self-gain <float>" in text
    assert "weight of a node itself beside the mean of its neighbours [default 1]" in text
    assert f"membrane time constant [steps; default 1]; {NAME}: membrane" in " ".join(said.split())
    several = " ".join(said.split("\nmodel:\n")[1].split("\n\n")[0].split())
    assert f"{NAME}: channels per layer [e.g. 32,8; default 32,8]" in several
    assert list(tmp_path.iterdir()) == []


def test_its_settings_are_kept(run: Path) -> None:
    config = (run / "config.toml").read_text()
    assert f'model = "{NAME}"' in config
    assert "self_gain = 0.5" in config
    assert "hidden = [32, 8]" in config
    assert "threshold_decay" not in config, "of another model"


def test_it_goes_on_only_with_the_same_settings(
    run: Path, installed: Path, neurograph: Command
) -> None:
    copy = shutil.copytree(run, run.parent / "copy")
    words = ("train", "--model", NAME, "--preset", "demo-gcn", "-o", copy, "--resume")
    done = neurograph(installed, run.parent, *words, "--self-gain", "1", check=False)
    assert done.returncode == 2
    assert "was trained with --self-gain 0.5 and not 1.0;" in done.stderr
    for given in ((), GAIN):
        neurograph(installed, run.parent, *words, *given)
    assert (copy / "metrics.jsonl").read_bytes() == (run / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--model", NAME, "--gamma", "3"),
            f"model {NAME} has neurons of another kind: takes no gamma",
        ),
        (("--model", "sage", *GAIN), "model sage has no spikes, so it takes no self_gain"),
        (("--model", NAME, "--hidden", "8"), "needed one per hop"),
        (("--model", NAME, "--hidden", "9,8,7", "--fanouts", "2,2,2"), "has two layers"),
        (("--model", NAME, "--qat"), "takes no qat"),
        (("--model", NAME, "--self-gain", "much"), "Invalid value for '--self-gain'"),
    ],
)
def test_bad_settings_are_one_error(
    installed: Path, neurograph: Command, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    done = neurograph(installed, tmp_path, "train", *words, check=False)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_is_checked_before_training_without_pytorch(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom neurograph.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'pandas', 'sklearn') if m in sys.modules])"
    )
    words = ("check", "--model", NAME, "--hidden", "16", "--profile", "loihi2")
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={"PYTHONPATH": str(installed), "COLUMNS": "160"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{NAME} before training: hidden 16, 8, fan-outs 5, 2, lif neurons" in done.stdout
    assert "fits 'loihi2'" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]", "nothing heavy was imported"


def test_fixes_of_it_are_typed_for_it(installed: Path, neurograph: Command, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL_CHIP)
    words = ("check", "--model", NAME, "--profile", "small.toml", "--json")
    done = neurograph(installed, tmp_path, *words, check=False)
    assert done.returncode == 4
    told = json.loads(done.stdout)
    options = [fix["options"] for fix in told["fixes"]]
    assert any(text.startswith("--hidden") for text in options)
    for text in options:
        if "--profile" not in text:
            neurograph(installed, tmp_path, *words[:-1], *text.split())


def test_a_trained_run_is_checked(run: Path, installed: Path, neurograph: Command) -> None:
    done = neurograph(installed, run.parent, "check", "run")
    assert "run: the exported integers" in done.stdout


def test_the_reference_and_the_report_need_no_special_case(
    run: Path, installed: Path, neurograph: Command
) -> None:
    neurograph(installed, run.parent, "verify", "run")
    neurograph(installed, run.parent, "report", "run")
    report = json.loads((run / "report.json").read_text())
    assert [p["name"] for p in report["network"]["populations"]] == ["h1", "h2"]
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < rows[0]["loss"], "it learns"
    assert all(0 < rate < 1 for rate in rows[-1]["firing_rate"])


@pytest.mark.lava
def test_lava_runs_it(run: Path, installed: Path, neurograph: Command, lava: None) -> None:
    neurograph(installed, run.parent, "run", "run", "--limit", "20", "--target", "loihi-sim")
    done = neurograph(installed, run.parent, "verify", "run", "--tolerance", "0")
    assert "reference against loihi-sim: no difference" in done.stdout


def test_a_broken_package_is_named_and_stands_in_nobodys_way(
    install: Install, neurograph: Command, tmp_path: Path
) -> None:
    package = tmp_path / "package"
    (package / "broken").mkdir(parents=True)
    (package / "pyproject.toml").write_text(BROKEN)
    (package / "broken" / "__init__.py").touch()
    (package / "broken" / "config.py").write_text("import no_such_module\n")
    folder = install(package)
    named = "model 'broken' is installed but broken.config:BrokenConfig cannot be loaded"
    done = neurograph(folder, tmp_path, "check", "--model", "broken", check=False)
    assert done.returncode == 3
    assert f"error: {named} (ModuleNotFoundError" in done.stderr
    done = neurograph(folder, tmp_path, "check", "--model", "spikenet")
    assert f"warning: {named}" in done.stderr
