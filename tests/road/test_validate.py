"""A chip's profile beside what was measured: the command, what it keeps, what reports say of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from neurograph.chip.measured import known_measured, load_measured, measured_on
from neurograph.chip.profiles import load_profile, toml
from neurograph.core.errors import ProfileError, StoreError
from neurograph.cost.validation import from_dict
from neurograph.workflow.silicon.kept import kept
from neurograph.workflow.silicon.validate import validate
from tests.road.conftest import Command

VALIDATED = {path.stem: path for path in (toml.folder() / "validated").glob("*.json")}
CROWDED = """
base = "loihi2"
name = "crowded"
title = "Loihi 2, with words that hold less"
[limits.dense_words]
value = 800
low = 700
high = 900
unit = "word per 1,000 synapses"
source = "lava_dl"
basis = "assumed"
"""


@pytest.fixture(autouse=True)
def no_folder_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEUROGRAPH_DATA", raising=False)


@pytest.fixture
def silicon(data_dir: Path, missing: Callable[[str, str], None]) -> Path:
    """Networks and recorded runs of a Loihi 2."""
    if not (folder := data_dir / "silicon").is_dir():
        missing("data", f"no measured networks in {folder}")
    return folder


def test_without_data_cores_are_held(tmp_path: Path, neurograph: Command) -> None:
    done = neurograph(tmp_path, "validate", "-o", "found.json")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert "cores of 6 of 6 networks, off by at most 0.0 %" in said[-3]
    assert said[-2:] == ["found.json", "next: neurograph check --profile loihi2"]
    assert "not held: energy and speed of pilotnet: needs pilotnet_lif.net" in done.stdout
    found = from_dict(json.loads((tmp_path / "found.json").read_text()), "found.json")
    networks = [one for one in found.measurements if one.what == "cores"]
    assert [int(one.measured) for one in networks] == [74, 61, 5, 5, 574, 3]
    assert all(one.predicted.low <= one.measured <= one.predicted.high for one in networks)
    assert len(found.left_out) == 5
    assert found.recordings == ()


@pytest.mark.data
def test_what_comes_with_neurograph_is_what_the_command_finds(
    silicon: Path, tmp_path: Path, neurograph: Command
) -> None:
    done = neurograph(tmp_path, "validate", "--data", silicon, "--backend", "reference", "--json")
    assert done.returncode == 0, done.stderr
    found, told = json.loads(done.stdout), json.loads(VALIDATED["loihi2"].read_text())
    by_reference = [one for one in told["recordings"] if one["by"] == "reference"]
    assert len(by_reference) * 3 == len(told["recordings"]), "Lava ran in both ways, too"
    assert found == {**told, "recordings": by_reference}
    assert found["left_out"] == []


@pytest.mark.data
@pytest.mark.parametrize("name", sorted(VALIDATED.keys() - {"loihi2"}))
def test_numbers_that_come_with_neurograph_are_of_the_profiles_as_they_are(
    silicon: Path, name: str
) -> None:
    told, profile = json.loads(VALIDATED[name].read_text()), load_profile(name)
    numbers = load_measured("loihi2").model_copy(update={"recordings": None})
    found = validate(profile, numbers, data=silicon).to_dict()
    assert found["sha256"] == told["sha256"], "the profile has changed; neurograph validate"
    assert found["measurements"] == told["measurements"]


def test_every_profile_of_a_measured_chip_has_one_that_is_kept() -> None:
    names = [name for chip in known_measured() for name in load_measured(chip).profiles]
    assert VALIDATED.keys() == set(names)
    assert set(names) <= set(toml.known_profiles())
    for name in names:
        found = kept(load_profile(name), Path("nowhere.json"))
        assert found is not None
        assert found.failures == ()


def test_another_profile_is_not_what_was_held(tmp_path: Path) -> None:
    changed = replace(load_profile("loihi2"), notes=("another",))
    own = tmp_path / "validation.json"
    assert kept(changed, own) is None
    held = validate(changed, load_measured("loihi2"))
    own.write_text(json.dumps(held.to_dict()))
    assert kept(changed, own) == held
    assert kept(load_profile("loihi2"), own) != held
    own.write_text("{}")
    with pytest.raises(StoreError, match="not a validation of a profile"):
        kept(changed, own)
    own.write_text(json.dumps({**held.to_dict(), "schema_version": 99}))
    with pytest.raises(StoreError, match="schema version 99, this neurograph reads 1"):
        kept(changed, own)
    tree = held.to_dict()
    tree["measurements"][0]["measured"] = "many"
    own.write_text(json.dumps(tree))
    with pytest.raises(StoreError, match=r"measurements\[0\].measured is a text, needed a whole"):
        kept(changed, own)


def test_a_profile_that_predicts_otherwise_fails(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "crowded.toml").write_text(CROWDED)
    words = ("validate", "--profile", "crowded.toml")
    done = neurograph(tmp_path, *words)
    assert done.returncode == 2
    assert "nothing that was measured on this chip is known" in done.stderr
    done = neurograph(tmp_path, *words, "--measured", "loihi2", "--json")
    assert done.returncode == 5
    assert "rows do not hold" in done.stderr
    found = json.loads(done.stdout)
    wrong = {one["of"]: one["off"] for one in found["measurements"] if not one["holds"]}
    assert wrong["oxford"] > 0.5
    assert "yolo" not in wrong, "its lists are kernels"


def test_a_chip_that_counts_bits_cannot_be_held_against_words(
    tmp_path: Path, neurograph: Command
) -> None:
    done = neurograph(tmp_path, "validate", "--profile", "loihi1", "--measured", "loihi2")
    assert done.returncode == 2
    assert "profile 'loihi1' has no synapse_words_per_core" in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", ""), None),
        (('name = "oxford"', 'nam = "oxford"'), "networks.2.nam: Extra inputs"),
        (("cores = 3, words = 5400", "cores = 0, words = 5400"), "networks.2.layers.0.cores"),
        (("dense = 256, inputs = 200", "inputs = 200"), "needed conv = "),
        (('source = "board"\nfile', 'source = "bored"\nfile'), "bored: no key of [sources]"),
        (('runs = ["dense"', 'runs = ["dance"'), "no recorded run 'dance'; known: dense"),
    ],
)
def test_a_file_of_measurements_is_checked(
    tmp_path: Path, neurograph: Command, change: tuple[str, str], said: str | None
) -> None:
    text = (toml.folder() / "measured" / "loihi2.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text.replace(*change), "utf-8")
    done = neurograph(tmp_path, "validate", "--measured", "mine.toml", "--data", tmp_path)
    assert done.returncode == (0 if said is None else 2)
    if said is not None:
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_names_and_folders_that_are_not_there(tmp_path: Path, neurograph: Command) -> None:
    done = neurograph(tmp_path, "validate", "--measured", "loihi3")
    assert (done.returncode, "known: loihi2" in done.stderr) == (2, True)
    done = neurograph(tmp_path, "validate", "--data", "nowhere")
    assert (done.returncode, "nowhere: no such folder" in done.stderr) == (2, True)
    with pytest.raises(ProfileError, match=r"nowhere\.toml: cannot be read"):
        load_measured("nowhere.toml")
    assert measured_on("loihi1") is None


@pytest.mark.lava
def test_a_report_says_what_its_profile_is_worth(
    road: Path, tmp_path: Path, neurograph: Command
) -> None:
    run = road / "runs" / "latest"
    report, profile = json.loads((run / "report.json").read_text()), load_profile("loihi2")
    assert report["validation"]["sha256"] == profile.sha256
    assert report["validation"]["holds"] is True
    assert report["validation"]["sentence"] in (run / "report.html").read_text()
    shutil.copytree(run.resolve(), tmp_path / "run")
    done = neurograph(tmp_path, "validate", "run")
    assert done.returncode == 0, done.stderr
    kept_in, then = done.stdout.splitlines()[-2:]
    assert (kept_in, then) == (str(Path("run", "validation.json")), "next: neurograph report run")
    found = kept(profile, tmp_path / "run" / "validation.json")
    assert found is not None
    assert found.sentence() == report["validation"]["sentence"], "the fuller one is told"
