"""A small trained network on SANA-FE by the command line: the same spikes, energy beside ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from neurograph.graphs.io import save_graph
from neurograph.graphs.sets import synth
from neurograph.workflow.run import Run
from tests.conftest import Once
from tests.road.conftest import Command

pytestmark = [pytest.mark.sanafe, pytest.mark.usefixtures("sanafe")]

SMALL = ("--preset", "demo", "--epochs", "1", "--hidden", "16,8", "--label-input")
LIF = ("--features", "none", "--neuron", "lif", "--tau", "2", "--threshold", "0.1", "-o", "r")


@pytest.fixture(scope="module")
def ran(once: Once, neurograph: Command, sanafe: None) -> Path:
    """A run 'r' of LIF neurons that hear labels alone, trained, exported, run and reported."""

    def make(folder: Path) -> None:
        save_graph(synth(nodes=120, classes=4, steps=4, seed=7), folder / "g")
        for words in (
            ("train", "g", *SMALL, *LIF),
            ("export", "r", "--target", "sanafe", "--profile", "loihi1", "--calibrate", "20"),
            ("run", "r", "--limit", "12"),
            ("report", "r"),
        ):
            done = neurograph(folder, *words)
            assert done.returncode == 0, done.stderr

    return once("on-sanafe", make)


def test_every_spike_and_state_is_the_references(ran: Path, neurograph: Command) -> None:
    record = Run(ran / "r").records["sanafe"]
    assert record.spikes["h1"].any()
    done = neurograph(ran, "verify", "r", "--json")
    pair = json.loads(done.stdout)["reference->sanafe"]
    assert pair["identical"]
    assert pair["final_states"]


def test_the_report_sets_its_energy_and_time_beside_ours(ran: Path) -> None:
    report = json.loads((ran / "r" / "report.json").read_text())
    (told,) = report["witnesses"]
    assert (told["backend"], told["constants"], told["inferences"]) == ("sanafe", "sanafe", 12)
    assert told["source"].startswith("SANA-FE 2.2.9, its loihi.yaml ")
    terms = {term["kind"]: term for term in told["joules"]["terms"]}
    to_host = Run(ran / "r").records["sanafe"].spikes["h2"].sum() / 12
    for kind, more in (("synaptic operation", 0), ("spike", 0), ("message to a core", to_host)):
        its, ours = terms[kind]["its_events"], terms[kind]["our_events"]
        assert its > 0
        assert its + more == pytest.approx(ours)
    assert told["joules"]["cause"] == "active update"
    assert told["seconds"]["cause"] == "barrier"
    page = (ran / "r" / "report.html").read_text()
    assert "Beside sanafe" in page
    assert told["joules"]["note"] in page


def test_a_run_that_goes_on_tells_the_same(ran: Path, neurograph: Command) -> None:
    whole = Run(ran / "r").records["sanafe"].tally
    assert whole is not None
    done = neurograph(ran, "run", "r", "--limit", "6")
    assert done.returncode == 0, done.stderr
    half = Run(ran / "r").records["sanafe"].tally
    assert half is not None
    assert half.inferences == 6
    assert 0 < half.joules["update_active"] < whole.joules["update_active"]


def test_a_missing_interpreter_is_one_error(ran: Path, neurograph: Command) -> None:
    done = neurograph(ran, "run", "r", "--sanafe-python", "/nowhere/python")
    assert (done.returncode, done.stderr.count("error: ")) == (3, 1)
    assert "--sanafe-python is '/nowhere/python', which cannot be run" in done.stderr
    assert "sanafe==2.2.9" in done.stderr
