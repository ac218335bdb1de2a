"""The files through which the user's process and Lava's worker talk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurograph.ir import QNetwork, Schedule
from neurograph.ir.passes.without_readout import without_readout
from neurograph.testing import corner_networks
from neurograph.testing.builders import one_layer
from neurograph.testing.resident_corners import resident_corners
from neurograph_lava.job import Job, collect, read_job, submit, write_job
from neurograph_lava.network_file import read_network, schedules_of, size, write_network
from neurograph_lava.schedule import make_schedule

CORNERS, RESIDENT = corner_networks(), resident_corners()


def job_in(folder: Path, network: QNetwork, count: int, **how: int) -> Job:
    return Job(folder=folder, network=network, schedule=make_schedule(network, count, **how))


@pytest.mark.parametrize(
    "name",
    [
        "adaptive with memory",
        "mixed rows",
        "loops and delays",
        "soft reset, a threshold per channel",
        "adaptive, threshold and step per channel",
        "soft reset, 0 guard bits, fires on",
        "adaptive, 3 guard bits, with memory",
    ],
)
def test_a_job_survives_its_files(name: str, tmp_path: Path) -> None:
    network, inputs, nodes = CORNERS[name]
    job = job_in(tmp_path, without_readout(network), len(nodes))
    write_job(job)
    back = read_job(tmp_path)
    assert back.network.sha256 == job.network.sha256 != network.sha256
    assert back.network.populations[0].scale == network.populations[0].scale
    assert (back.schedule, back.lowering) == (job.schedule, "fused")
    submit(job, 0, inputs)
    for stream in back.network.streams:
        payload = np.load(back.payload(stream.name).format(0))
        assert payload.dtype == (np.int8 if stream.bits <= 8 else np.int32)
        np.testing.assert_array_equal(payload.ravel(), inputs[stream.name].ravel())
    for p in back.network.populations:
        spikes = np.load(back.spikes(p.name).format(0))
        assert spikes.shape == (len(nodes), network.updates, p.rows * p.channels)
        assert all(Path(back.state(p.name, v).format(0)).is_file() for v in p.neuron.states)


@pytest.mark.parametrize("name", ["labels along edges", "a schedule in pieces", "relays saturate"])
def test_schedules_and_relays_survive_their_files(name: str, tmp_path: Path) -> None:
    network, inputs, nodes = RESIDENT[name]
    job = job_in(tmp_path, without_readout(network), len(nodes))
    write_job(job)
    back = read_job(tmp_path)
    assert back.network.sha256 == job.network.sha256
    assert [p.neuron for p in back.network.populations] == [p.neuron for p in network.populations]
    submit(job, 0, inputs)
    relay, fires = network.populations
    assert Path(job.spikes(fires.name).format(0)).is_file()
    assert not Path(job.spikes(relay.name).format(0)).exists(), "what relays send is not kept"
    spikes, final = collect(job, 0)
    assert list(spikes) == list(final) == [fires.name]


def test_pairs_that_schedules_share_travel_once(tmp_path: Path) -> None:
    """Two schedules by the same two lists."""
    network, _, _ = RESIDENT["labels along edges"]
    schedules, lists = schedules_of(network)
    assert (len(schedules), len(lists)) == (2, 2)
    write_network(network, tmp_path)
    with np.load(tmp_path / "network.npz") as arrays:
        assert sum(name.startswith("indices") for name in arrays) == 2
        assert sum(name.startswith("of_so_far") for name in arrays) == 2
        assert sum(arrays[name].nbytes for name in arrays) == size(network)
    back = read_network(tmp_path)
    mixes = [j.mix for j in back.projections if isinstance(j.mix, Schedule)]
    assert len(mixes) == 2
    assert mixes[0].so_far is mixes[1].so_far
    assert mixes[0].new is mixes[1].new


def test_results_are_read_once_and_leave_no_file(tmp_path: Path) -> None:
    network, inputs, nodes = CORNERS["adaptive with memory"]
    job = job_in(tmp_path, network, len(nodes))
    submit(job, 0, inputs)
    (name,) = (p.name for p in network.populations)
    written = np.load(job.spikes(name).format(0), mmap_mode="r+")
    assert not written.any()
    written[0, 1, 2] = True
    written.flush()
    theta = np.load(job.state(name, "theta").format(0), mmap_mode="r+")
    theta[:] = np.arange(theta.size).reshape(theta.shape)
    theta.flush()
    spikes, final = collect(job, 0)
    assert spikes[name].sum() == 1
    assert spikes[name][0, 1].ravel()[2]
    np.testing.assert_array_equal(final[name]["theta"].ravel(), np.arange(theta.size))
    assert sorted(final[name]) == ["theta", "u", "v"]
    assert [*tmp_path.iterdir()] == []


def test_payloads_of_a_chunk_appear_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees them finds the space of the results."""
    network, inputs, nodes = CORNERS["mixed rows"]
    job, seen = job_in(tmp_path, network, len(nodes)), []
    rename = Path.rename

    def look(path: Path, to: Path) -> Path:
        seen.append({p.name for p in tmp_path.iterdir()})
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", look)
    submit(job, 0, inputs)
    results = {p.name for p in tmp_path.iterdir() if "payload" not in p.name}
    assert len(results) == 3 * len(network.populations)
    assert results <= seen[0]


def test_layers_may_have_names_that_no_file_can_have(tmp_path: Path) -> None:
    network = one_layer(np.ones((1, 1), int))
    odd = replace(
        network,
        populations=(replace(network.populations[0], name="../h{}"),),
        projections=(replace(network.projections[0], target="../h{}"),),
        readout=replace(network.readout, source="../h{}"),
    )
    folder = tmp_path / "job {0}"
    folder.mkdir()
    job = job_in(folder, odd, 1)
    write_job(job)
    submit(job, 0, {"x": np.zeros((1, 2, 1, 1), np.int8)})
    assert [path.name for path in tmp_path.iterdir()] == ["job {0}"]
    assert Path(job.spikes("../h{}").format(0)).parent == folder
