"""What is decided before Lava starts: schedule, synapses, limits, the job's files."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph import targets
from neurograph.arrays import Array
from neurograph.errors import TargetError
from neurograph.ir import (
    QLIF,
    QNetwork,
    QPopulation,
    QProjection,
    QStream,
    Readout,
)
from neurograph.testing import corner_networks
from neurograph_lava import compat, runner
from neurograph_lava.job import Job, read_job, state_variables, write_job
from neurograph_lava.limits import check_range
from neurograph_lava.schedule import SYNAPSES_PER_BATCH, Schedule, plan, synapses_per_target
from neurograph_lava.synapses import write_out

CORNERS = corner_networks()


def one_layer(
    weight: Array,
    *,
    mix: Array | None = None,
    bits: int = 8,
    exponent: int = 0,
    current_decay: int = 4095,
    steps: int = 2,
) -> QNetwork:
    rows = sp.csr_array(np.ones((1, 1), int) if mix is None else mix)
    return QNetwork(
        streams=(QStream(name="x", rows=rows.shape[1], channels=weight.shape[1], bits=bits),),
        populations=(
            QPopulation(
                name="h",
                rows=rows.shape[0],
                channels=weight.shape[0],
                neuron=QLIF(voltage_decay=0, threshold=9, current_decay=current_decay),
                bias_mant=np.zeros(weight.shape[0], int),
            ),
        ),
        projections=(
            QProjection(
                name="p", source="x", target="h", mix=rows, weight=weight, exponent=exponent
            ),
        ),
        readout=Readout(
            source="h",
            weight=np.zeros((2, steps * rows.shape[0] * weight.shape[0])),
            bias=np.zeros(2),
        ),
        steps=steps,
    )


# --- schedule ----------------------------------------------------------------------------------


def test_a_layer_is_awake_for_its_window_of_every_batch() -> None:
    schedule = Schedule(targets=5, batch=2, updates=3, gap=1, depth=2)
    assert (schedule.batches, schedule.period, schedule.hardware_steps) == (3, 4, 13)
    awake = [schedule.at(step, start=2) for step in range(-1, 15)]
    expected = [None] * 3
    for batch in range(3):
        expected += [(batch, 0), (batch, 1), (batch, 2), None]
    assert awake == [*expected, None]
    assert [schedule.members(b) for b in range(3)] == [slice(0, 2), slice(2, 4), slice(4, 5)]


def test_targets_are_done_after_the_last_update_of_the_last_layer() -> None:
    schedule = Schedule(targets=5, batch=2, updates=3, gap=1, depth=2)
    done = [schedule.targets_done(steps) for steps in range(schedule.hardware_steps + 1)]
    assert done == [0] * 5 + [2] * 4 + [4] * 4 + [5]


def test_batches_are_even_and_as_large_as_the_synapses_allow() -> None:
    network = one_layer(np.full((200, 100), 2))
    assert synapses_per_target(network) == 20_000
    most = SYNAPSES_PER_BATCH // 20_000
    schedule = plan(network, targets=2 * most + 1)
    assert (schedule.batches, schedule.batch) == (3, -(-(2 * most + 1) // 3))
    assert plan(network, targets=3).batch == 3
    assert plan(network, targets=7, batch=4).batch == 4
    assert plan(one_layer(np.zeros((1, 1), int)), targets=2).batch == 2


def test_late_spikes_get_a_gap_to_die_out_in() -> None:
    network = CORNERS["loops and delays"].network
    assert plan(network, targets=2).gap == max(network.wiring.lag.values()) > 0
    assert plan(CORNERS["theta starts with the first input"].network, targets=2).gap == 0


# --- synapses ----------------------------------------------------------------------------------


def test_synapses_are_the_kronecker_product_of_every_target() -> None:
    weight = np.array([[2, 0, -4], [6, 8, 0]])
    mix = np.array([[1, 0], [2, 3], [0, 0]])
    network = one_layer(weight, mix=mix)
    (written,) = write_out(network.projections[0], targets=3)
    expected = np.kron(np.eye(3, dtype=int), np.kron(mix, weight))
    np.testing.assert_array_equal(written.toarray(), expected)
    assert written.nnz == np.count_nonzero(expected)
    assert (written.dtype, written.indices.dtype) == (np.int32, np.int32)


@pytest.mark.parametrize(("weight", "copies"), [(127, 1), (128, 2), (255, 2), (-127, 1), (-255, 2)])
def test_a_weight_too_large_for_one_synapse_takes_several(weight: int, copies: int) -> None:
    network = one_layer(np.array([[weight]]), mix=np.array([[2, 1]]))
    written = write_out(network.projections[0], targets=1)
    assert len(written) == copies
    np.testing.assert_array_equal(sum(w.toarray() for w in written), [[2 * weight, weight]])
    assert all(np.abs(w.toarray()).max() <= 255 for w in written)


# --- limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "fault"),
    [
        ({}, "stream 'x' has no input"),
        (
            {"x": np.zeros((2, 2, 1, 3), int)},
            "stream 'x' has shape (2, 2, 1, 3), needed (3, 2, 1, 3)",
        ),
        ({"x": np.zeros((3, 2, 1, 3))}, "stream 'x' is float64, integers needed"),
        (
            {"x": np.full((3, 2, 1, 3), 128)},
            "stream 'x' has payloads 128 to 128, its 8 bits hold -127 to 127",
        ),
        ({"x": np.zeros((3, 2, 1, 3), int), "y": np.zeros(1, int)}, "no stream 'y'"),
        ({"y": np.zeros(1, int)}, "no stream 'y'; stream 'x' has no input"),
    ],
)
@pytest.mark.usefixtures("lava")
def test_inputs_that_do_not_fit(inputs: dict[str, Array], fault: str) -> None:
    with pytest.raises(TargetError) as error:
        runner.run(one_layer(np.ones((2, 3), int)), inputs, np.arange(3))
    assert str(error.value) == f"loihi-sim: {fault}"


@pytest.mark.usefixtures("lava")
def test_plain_spikes_are_0_or_1() -> None:
    inputs = {"x": np.array([-1, 1]).reshape(1, 2, 1, 1)}
    with pytest.raises(TargetError, match=r"payloads -1 to 1, its 1 bits hold 0 to 1$"):
        runner.run(one_layer(np.ones((1, 1), int), bits=1), inputs, np.arange(1))


@pytest.mark.usefixtures("lava")
def test_no_targets_and_no_batch() -> None:
    network = one_layer(np.ones((1, 1), int))
    with pytest.raises(TargetError, match=r"^loihi-sim: there is no target node to run$"):
        runner.run(network, {"x": np.zeros((0, 2, 1, 1), int)}, np.arange(0))
    with pytest.raises(TargetError, match=r"^loihi-sim: batch is 0, expected at least 1$"):
        runner.run(network, {"x": np.zeros((1, 2, 1, 1), int)}, np.arange(1), batch=0)


def test_a_sum_beyond_the_channel_is_refused() -> None:
    network = one_layer(np.full((1, 9), 255), bits=24, exponent=2)
    top = network.streams[0].payload_max
    with pytest.raises(TargetError) as error:
        check_range(network, {"x": np.full((1, 2, 1, 9), top)})
    assert str(error.value) == (
        f"loihi-sim: p: a sum of synapses can reach {9 * 255 * top * 4:,}, Lava's channels hold "
        "2,147,483,647; use a smaller exponent or smaller weights"
    )


def test_a_membrane_that_outruns_its_wrap_is_refused() -> None:
    """u wraps by 2**24 once per update; a larger sum, kept by a slow decay, grows beyond 32 bits.

    255 * 1500 = 382,500 is 24,480,000 with the guard bits: 7,702,784 more than one wrap.
    """
    inputs = {"x": np.full((1, 2, 1, 1), 1500)}
    weight = np.array([[255]])
    check_range(one_layer(weight, bits=24, steps=400), inputs)
    check_range(one_layer(weight, bits=24, steps=200, current_decay=0), inputs)
    with pytest.raises(TargetError) as error:
        check_range(one_layer(weight, bits=24, steps=400, current_decay=0), inputs)
    message = (
        r"loihi-sim: h: a sum of synapses can reach 382,500, and v 2,1\d\d,\d\d\d,\d\d\d before it "
        r"is clipped; Lava's states hold 2,147,483,647; use smaller weights, exponents or payloads"
    )
    assert re.fullmatch(message, str(error.value))


@pytest.mark.parametrize("name", CORNERS)
def test_no_corner_is_refused(name: str) -> None:
    check_range(CORNERS[name].network, CORNERS[name].inputs)


# --- job files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["adaptive with memory", "mixed rows", "loops and delays"])
def test_a_job_survives_its_files(name: str, tmp_path: Path) -> None:
    network, inputs, nodes = CORNERS[name]
    job = Job(tmp_path, network, plan(network, len(nodes)))
    write_job(job, dict(inputs))
    back = read_job(tmp_path)
    assert back.network.sha256 == network.sha256
    assert back.network.populations[0].scale == network.populations[0].scale
    assert back.schedule == job.schedule
    for p in back.network.populations:
        spikes = np.load(back.spikes(p.name))
        assert spikes.shape == (len(nodes), network.updates, p.rows * p.channels)
        assert all(back.state(p.name, v).is_file() for v in state_variables(p.neuron))
    for stream in back.network.streams:
        payload = np.load(back.payload(stream.name))
        np.testing.assert_array_equal(payload.ravel(), inputs[stream.name].ravel())


def test_layers_may_have_names_that_no_file_can_have(tmp_path: Path) -> None:
    network = one_layer(np.ones((1, 1), int))
    odd = replace(
        network,
        populations=(replace(network.populations[0], name="../h"),),
        projections=(replace(network.projections[0], target="../h"),),
        readout=replace(network.readout, source="../h"),
    )
    job = Job(tmp_path / "job", odd, plan(odd, 1))
    job.folder.mkdir()
    write_job(job, {"x": np.zeros((1, 2, 1, 1), np.int8)})
    assert [path.name for path in tmp_path.iterdir()] == ["job"]


# --- Lava itself -------------------------------------------------------------------------------


def test_without_lava_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "find_spec", lambda _: None)
    with pytest.raises(TargetError) as error:
        runner.run(*CORNERS["positive bias"])
    assert str(error.value) == ("target 'loihi-sim' needs lava-nc 0.10.0; see README, 'Install'")


def test_a_numpy_with_which_lava_hangs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "find_spec", lambda _: object())
    monkeypatch.setattr(compat, "version", lambda _: "2.4.0")
    with pytest.raises(TargetError) as error:
        runner.run(*CORNERS["positive bias"])
    assert str(error.value) == (
        "target 'loihi-sim': lava-nc 0.10.0 hangs with numpy 2.4.0; "
        "needed: numpy below 2.4; pip install 'numpy<2.4'"
    )


def test_the_target_is_found_by_its_name() -> None:
    assert targets.runner("loihi-sim") is runner.run


def in_python(code: str) -> str:
    """What a fresh interpreter prints: Lava must not enter this one."""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.strip()


def test_importing_the_package_does_not_import_lava() -> None:
    assert in_python("import sys, neurograph_lava; print('lava' in sys.modules)") == "False"


@pytest.mark.lava
@pytest.mark.usefixtures("lava")
def test_lava_is_mended_and_dataclasses_are_put_back() -> None:
    code = """
import dataclasses
before = dataclasses.dataclass
from neurograph_lava.compat import mend
mend()
import lava.magma.compiler.compiler
print(dataclasses.dataclass is before)
"""
    assert in_python(code) == "True"
