"""Every mistake a user can make at the command line: one message, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.road.conftest import Command

EDGES = "0 1 0\n1 2 0\n2 3 1\n3 0 1\n0 2 2\n"


def refused(done: subprocess.CompletedProcess[str], *parts: str, status: int = 2) -> None:
    """The exit status, every part in the message, no traceback."""
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


def test_no_run_yet(tmp_path: Path, neurograph: Command) -> None:
    for word in ("export", "run", "verify", "report", "check"):
        refused(neurograph(tmp_path, word), "no run in 'runs' yet; run first: neurograph train")
    assert list(tmp_path.iterdir()) == []


def test_unknown_names_list_the_known_ones(
    tmp_path: Path, neurograph: Command, process: Command
) -> None:
    (tmp_path / "r").mkdir()
    refused(neurograph(tmp_path, "export", "r", "--target", "x"), "no backend 'x'", "loihi-sim")
    refused(neurograph(tmp_path, "export", "r", "--profile", "x"), "'x'", "loihi1", "loihi2")
    refused(
        neurograph(tmp_path, "export", "r", "--readout", "x"), "no readout 'x'", "host, on-chip"
    )
    refused(neurograph(tmp_path, "train", "g", "--preset", "x"), "no preset 'x'", "dblp", "demo")
    refused(neurograph(tmp_path, "train", "g", "--model", "x"), "'x'", "spikenet")
    refused(neurograph(tmp_path, "train", "g", "--neuron", "x"), "'x'", "plif", "alif")
    refused(neurograph(tmp_path, "train", "g", "--surrogate", "x"), "'x'", "multi-gauss")
    refused(neurograph(tmp_path, "profiles", "show", "x"), "'x'", "loihi1", "loihi2")
    refused(process(tmp_path, "data", "fetch", "x", "-o", "g"), "'x'", "dblp")
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_graph_folder_that_is_none(tmp_path: Path, neurograph: Command) -> None:
    refused(neurograph(tmp_path, "train", "nowhere"), "nowhere")
    refused(neurograph(tmp_path, "features", "nowhere"), "nowhere")
    refused(neurograph(tmp_path, "data", "info", "nowhere"), "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_training_before_features(tmp_path: Path, neurograph: Command, process: Command) -> None:
    assert process(tmp_path, "data", "synth", "-o", "g", "--nodes", "60").returncode == 0
    refused(neurograph(tmp_path, "train", "g", "--preset", "demo"), "neurograph features g")
    assert not (tmp_path / "runs").exists()


def test_a_graph_whose_labels_cannot_be_split(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "e.txt").write_text(EDGES)
    (tmp_path / "l.csv").write_text("node,label\n0,a\n1,b\n")
    for labels, why in (((), "no node has a label"), (("--labels", "l.csv"), "label more nodes")):
        done = neurograph(
            tmp_path, "data", "import", "--edges", "e.txt", "-o", "g", *labels, "--overwrite"
        )
        assert done.returncode == 0, done.stderr
        refused(neurograph(tmp_path, "train", "g"), why)
        assert not (tmp_path / "runs").exists()
        assert not (tmp_path / "g" / "features").exists()


def test_malformed_edges_leave_no_graph(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "e.txt").write_text("0 1 0\n2 3\n")
    refused(
        neurograph(tmp_path, "data", "import", "--edges", "e.txt", "-o", "g"), "e.txt", "line 2"
    )
    assert not (tmp_path / "g").exists()


def test_features_of_the_wrong_shape_or_with_nan(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "e.txt").write_text(EDGES)
    done = neurograph(tmp_path, "data", "import", "--edges", "e.txt", "-o", "g")
    assert done.returncode == 0, done.stderr
    bad = np.zeros((3, 4, 2), np.float32)
    bad[1, 2, 0] = np.nan
    for name, values in (("shape", np.zeros((2, 4, 2), np.float32)), ("nan", bad)):
        np.save(tmp_path / f"{name}.npy", values)
        refused(neurograph(tmp_path, "features", "g", "--given", f"{name}.npy"), f"{name}.npy")
    assert not (tmp_path / "g" / "features" / "given").exists()


def test_labels_of_one_class_or_none(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "e.txt").write_text(EDGES)
    (tmp_path / "one.txt").write_text("0 a\n1 a\n2 a\n")
    one = ("data", "import", "--edges", "e.txt", "--labels", "one.txt", "-o", "g")
    refused(neurograph(tmp_path, *one), "one.txt", "class")
    assert neurograph(tmp_path, "data", "import", "--edges", "e.txt", "-o", "g").returncode == 0
    assert neurograph(tmp_path, "features", "g", "--dim", "2").returncode == 0
    refused(neurograph(tmp_path, "train", "g"), "label")


@pytest.mark.lava
@pytest.mark.slow
class TestOnATrainedRun:
    """Faults that need a run to break."""

    @pytest.fixture
    def copy(self, road: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree((road / "runs" / "latest").resolve(), tmp_path / "run"))

    def test_run_before_export(self, road: Path, copy: Path, neurograph: Command) -> None:
        (copy / "deployment.h5").unlink()
        refused(neurograph(road, "run", copy), "no deployment.h5; run first: neurograph export")

    def test_run_after_another_training(self, road: Path, copy: Path, neurograph: Command) -> None:
        graph = road / "graphs" / "synthetic"  # from elsewhere: 'runs/latest' of the road stays
        done = neurograph(copy.parent, "train", graph, "--epochs", "1", "--overwrite", "-o", copy)
        assert done.returncode == 0, done.stderr
        refused(neurograph(road, "run", copy), "no deployment.h5; run first: neurograph export")
        deployment = (road / "runs" / "latest" / "deployment.h5").read_bytes()
        (copy / "deployment.h5").write_bytes(deployment)
        refused(neurograph(road, "run", copy), "the model changed since it was exported")
        refused(neurograph(road, "report", copy), "run first: neurograph export")

    def test_report_before_run(self, road: Path, copy: Path, neurograph: Command) -> None:
        (copy / "record-reference.h5").unlink()
        refused(neurograph(road, "report", copy), "run first: neurograph run")

    def test_loihi1_says_what_it_lacks(self, road: Path, copy: Path, neurograph: Command) -> None:
        before = (copy / "deployment.h5").read_bytes()
        done = neurograph(road, "export", copy, "--profile", "loihi1")
        needed = "a chip with adaptive-threshold neurons"
        refused(done, "does not fit profile 'loihi1'", "h1", "h2", needed, status=4)
        told = neurograph(road, "check", copy, "--profile", "loihi1")
        refused(told, "does not fit", "--profile loihi2", status=4)
        assert (copy / "deployment.h5").read_bytes() == before

    def test_another_schema(self, road: Path, copy: Path, neurograph: Command) -> None:
        with h5py.File(copy / "deployment.h5", "a") as file:
            file.attrs["schema"] = 99
        refused(neurograph(road, "run", copy), "schema 99, this neurograph reads 1", "upgrade")

    def test_truncated_deployment(self, road: Path, copy: Path, neurograph: Command) -> None:
        whole = (copy / "deployment.h5").read_bytes()
        (copy / "deployment.h5").write_bytes(whole[: len(whole) // 2])
        refused(neurograph(road, "run", copy), "deployment.h5: damaged")

    def test_truncated_checkpoint(self, road: Path, copy: Path, neurograph: Command) -> None:
        best = copy / "checkpoint" / "best.safetensors"
        best.write_bytes(best.read_bytes()[:100])
        refused(neurograph(road, "export", copy), "best.safetensors")

    def test_a_graph_that_changed(self, road: Path, copy: Path, neurograph: Command) -> None:
        manifest = json.loads((copy / "manifest.json").read_text())
        manifest["train"]["graph_sha256"] = "0" * 64
        (copy / "manifest.json").write_text(json.dumps(manifest))
        refused(neurograph(road, "run", copy), "the graph changed since the training")

    def test_unknown_nodes_and_limit(self, road: Path, copy: Path, neurograph: Command) -> None:
        refused(
            neurograph(road, "run", copy, "--nodes", "x"), "no node set 'x'", "train, val, test"
        )
        refused(neurograph(road, "run", copy, "--limit", "0"), "--limit is 0")
        assert (copy / "record-reference.h5").exists(), "a refused command removes nothing"

    def test_two_commands_at_once(self, road: Path, copy: Path, process: Command) -> None:
        hold = (
            "import sys, pathlib\nfrom neurograph.workflow.folder import RunFolder\n"
            "with RunFolder(pathlib.Path(sys.argv[1])).lock('train'):\n"
            "    print('held', flush=True); sys.stdin.read()\n"
        )
        words = [sys.executable, "-c", hold, str(copy)]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            for word in ("export", "run", "report"):
                refused(process(road, word, copy), "in use by 'neurograph train'")
            holder.kill()

    def test_a_killed_training_leaves_the_previous_checkpoint(
        self, road: Path, copy: Path, neurograph: Command
    ) -> None:
        graph = str(road / "graphs" / "synthetic")
        words = ("train", graph, "--epochs", "500", "-o", str(copy / "k"))
        begun = subprocess.Popen(
            [sys.executable, "-m", "neurograph", *words],
            cwd=copy.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        metrics = copy / "k" / "metrics.jsonl"
        deadline = time.monotonic() + 120
        while not metrics.exists() or len(metrics.read_text().splitlines()) < 3:
            assert time.monotonic() < deadline, "no third epoch within two minutes"
            assert begun.poll() is None, "training ended by itself"
            time.sleep(0.05)
        os.killpg(begun.pid, signal.SIGKILL)
        begun.wait(20)
        done = neurograph(road, "export", copy / "k")
        assert done.returncode == 0, done.stderr
