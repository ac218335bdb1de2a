"""What is refused before Lava starts: Lava would clip, wrap, round or wait for ever instead."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import neurograph_lava
from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError, NetworkError
from neurograph.ir import (
    QLIF,
    Meetings,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QRelay,
    QSoftResetLIF,
    Schedule,
)
from neurograph.runtime import backends
from neurograph.testing import corner_networks
from neurograph.testing.builders import (
    PLAIN_LIF,
    integer_layer,
    integer_link,
    integer_network,
    one_layer,
)
from neurograph_lava import compat, limits, runner, shared_memory, supervise
from neurograph_lava.backend import LavaBackend
from neurograph_lava.limits import check_network, check_range, check_written_out
from neurograph_lava.schedule import make_schedule
from neurograph_lava.shared_memory import fitting, needed

CORNERS = corner_networks()
SHARED = ", which all neurons share; make it several populations"
HOLDS_U = QLIF(voltage_decay=0, threshold=9, current_decay=0)


# --- numbers that a field does not hold --------------------------------------------------------

ADAPTIVE = {"voltage_decay": 4096, "threshold": 9, "threshold_decay": 1, "threshold_step": 0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: QLIF(voltage_decay=0, threshold=9.5),
            "QLIF: threshold is 9.5, expected an integer 1 to 131071",
        ),
        (
            lambda: QLIF(voltage_decay=0, threshold=1 << 17),
            "QLIF: threshold is 131072, expected an integer 1 to 131071",
        ),
        (
            lambda: QLIF(voltage_decay=4096, threshold=9),
            "QLIF: voltage_decay is 4096, expected an integer 0 to 4095",
        ),
        (
            lambda: QSoftResetLIF(voltage_decay=4096, current_decay=2.0, threshold=9),
            "QSoftResetLIF: current_decay is 2.0, expected an integer 0 to 4095",
        ),
        (
            lambda: QAdaptiveLIF(**{**ADAPTIVE, "threshold_decay": 4097}),
            "QAdaptiveLIF: threshold_decay is 4097, expected an integer 0 to 4096",
        ),
        (
            lambda: one_layer(np.array([[300]])),
            "p: weight[0,0] = 300 (1 such); the chip holds 0..255",
        ),
        (
            lambda: one_layer(np.array([[-4, 9]])),
            "p: weight[0,1] = 9 (1 such); the chip holds -256..254, even values only",
        ),
        (lambda: one_layer(np.array([[0.6]])), "p: weights are float64, integers needed"),
        (
            lambda: one_layer(np.array([[2]]), exponent=9),
            "p: exponent is 9, expected an integer -8 to 7",
        ),
    ],
)
def test_the_nouns_refuse(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(NetworkError) as error:
        make()
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        (np.array([7, 40_000]), "h: bias[1] is 40000, expected an integer -4095 to 4095"),
        (np.array([0.5, 1.0]), "h: bias must be 2 integers, +-4095, not float64(2,)"),
        (np.array([1, 2, 3]), "h: bias must be 2 integers, +-4095, not int64(3,)"),
    ],
)
def test_a_population_refuses_its_bias(bias: Array, message: str) -> None:
    lif = QLIF(voltage_decay=0, threshold=9)
    with pytest.raises(NetworkError) as error:
        QPopulation(name="h", rows=1, channels=2, neuron=lif, bias_mant=bias)
    assert str(error.value) == message


def population(network: QNetwork) -> QPopulation:
    return network.populations[0]


def projection(network: QNetwork) -> QProjection:
    return network.projections[0]


def neuron(network: QNetwork) -> Any:
    return network.populations[0].neuron


@pytest.mark.parametrize(
    ("where", "field", "value", "message"),
    [
        (neuron, "threshold", 9.0, "h: threshold is 9.0, expected an integer 1 to 131071"),
        (neuron, "threshold", 1 << 18, "h: threshold is 262144, expected an integer 1 to 131071"),
        (neuron, "threshold", True, "h: threshold is True, expected an integer 1 to 131071"),
        (
            neuron,
            "threshold",
            (9,),
            "h: threshold for 1 channels, limit one number, which all neurons share; "
            "use QSoftResetLIF or QAdaptiveLIF",
        ),
        (neuron, "voltage_decay", 4096, "h: voltage_decay is 4096, expected an integer 0 to 4095"),
        (neuron, "voltage_decay", 0.5, "h: voltage_decay is 0.5, expected an integer 0 to 4095"),
        (neuron, "current_decay", -1, "h: current_decay is -1, expected an integer 0 to 4095"),
        (
            population,
            "bias_mant",
            np.array([40_000]),
            "h: bias_mant is 40000, expected an integer -4095 to 4095",
        ),
        (
            population,
            "bias_mant",
            np.array([0.5]),
            "h: bias_mant is 0.5, expected an integer -4095 to 4095",
        ),
        (population, "bias_exp", 8, "h: bias_exp is 8, expected an integer 0 to 7"),
        (population, "bias_exp", 1.0, "h: bias_exp is 1.0, expected an integer 0 to 7"),
        (
            projection,
            "weight",
            np.array([[300]]),
            "p: weight [0,0] = 300 (1 such), the chip holds 0 to 255: quantise for this chip",
        ),
        (projection, "weight", np.array([[0.6]]), "p: weights are float64, integers needed"),
        (projection, "exponent", 0.0, "p: exponent is 0.0, expected an integer -8 to 7"),
        (projection, "exponent", 8, "p: exponent is 8, expected an integer -8 to 7"),
        (projection, "delay", 63, "p: delay is 63, expected an integer 0 to 62"),
    ],
)
@pytest.mark.usefixtures("lava")
def test_what_gets_past_the_nouns_is_refused_before_a_worker_is_started(
    where: Callable[[QNetwork], Any],
    field: str,
    value: Any,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def started(*_: Any, **__: Any) -> None:
        pytest.fail("a worker was started")

    monkeypatch.setattr(supervise.subprocess, "Popen", started)
    own = QLIF(voltage_decay=0, threshold=9)  # is changed in place
    network = one_layer(np.ones((1, 1), int), neuron=own)
    object.__setattr__(where(network), field, value)
    with pytest.raises(BackendError) as error:
        neurograph_lava.run(network, {"x": np.zeros((1, 2, 1, 1), int)}, np.arange(1))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("kind", "field", "value", "message"),
    [
        (
            QSoftResetLIF,
            "threshold",
            (9, 1 << 17),
            "[1] is 131072, expected an integer 1 to 131071",
        ),
        (QSoftResetLIF, "threshold", (9, True), "[1] is True, expected an integer 1 to 131071"),
        (QSoftResetLIF, "threshold", (9, 9.0), "[1] is 9.0, expected an integer 1 to 131071"),
        (
            QSoftResetLIF,
            "threshold",
            (9, 9, 9),
            " for 3 channels, needed 2 or one number for all",
        ),
        (QSoftResetLIF, "voltage_decay", (9, 9), " for 2 channels, limit one number" + SHARED),
        (QAdaptiveLIF, "threshold", (9, 0), "[1] is 0, expected an integer 1 to 8388607"),
        (QAdaptiveLIF, "threshold_step", (0, -1), "[1] is -1, expected an integer 0 to 8388607"),
        (
            QAdaptiveLIF,
            "threshold_step",
            (0,),
            " for 1 channels, needed 2 or one number for all",
        ),
        (QAdaptiveLIF, "threshold_decay", (1, 1), " for 2 channels, limit one number" + SHARED),
        (QAdaptiveLIF, "guard_bits", 7, " is 7, expected an integer 0 to 6"),
        (QSoftResetLIF, "guard_bits", -1, " is -1, expected an integer 0 to 6"),
        (QSoftResetLIF, "guard_bits", (6, 6), " for 2 channels, limit one number" + SHARED),
    ],
)
def test_every_channels_number_is_looked_at(
    kind: type, field: str, value: Any, message: str
) -> None:
    given = ADAPTIVE if kind is QAdaptiveLIF else {"voltage_decay": 4096, "threshold": 9}
    network = one_layer(np.ones((2, 1), int))
    held = kind(**given)
    object.__setattr__(network.populations[0], "neuron", held)
    check_network(network)
    object.__setattr__(held, field, value)
    with pytest.raises(BackendError) as error:
        check_network(network)
    assert str(error.value) == f"h: {field}{message}"


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
    with pytest.raises(BackendError) as error:
        runner.run(one_layer(np.ones((2, 3), int)), inputs, np.arange(3))
    assert str(error.value) == f"loihi-sim: {fault}"


@pytest.mark.usefixtures("lava")
def test_plain_spikes_are_0_or_1() -> None:
    inputs = {"x": np.array([-1, 1]).reshape(1, 2, 1, 1)}
    with pytest.raises(BackendError, match=r"payloads -1 to 1, its 1 bits hold 0 to 1$"):
        runner.run(one_layer(np.ones((1, 1), int), bits=1), inputs, np.arange(1))


@pytest.mark.usefixtures("lava")
def test_no_nodes_and_no_batch() -> None:
    network = one_layer(np.ones((1, 1), int))
    with pytest.raises(BackendError, match=r"^loihi-sim: there is no node to run$"):
        runner.run(network, {"x": np.zeros((0, 2, 1, 1), int)}, np.arange(0))
    with pytest.raises(BackendError, match=r"^loihi-sim: batch is 0, expected at least 1$"):
        runner.run(network, {"x": np.zeros((1, 2, 1, 1), int)}, np.arange(1), batch=0)


def test_a_sum_beyond_the_channel_is_refused() -> None:
    network = one_layer(np.full((1, 9), 255), bits=24, exponent=2)
    top = network.streams[0].payload_max
    with pytest.raises(BackendError) as error:
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
    check_range(one_layer(weight, bits=24, steps=200, neuron=HOLDS_U), inputs)
    with pytest.raises(BackendError) as error:
        check_range(one_layer(weight, bits=24, steps=400, neuron=HOLDS_U), inputs)
    message = (
        r"loihi-sim: h: a sum of synapses can reach 382,500, and v 2,1\d\d,\d\d\d,\d\d\d before it "
        r"is clipped; Lava's states hold 2,147,483,647; use smaller weights, exponents or payloads"
    )
    assert re.fullmatch(message, str(error.value))


def test_fewer_guard_bits_let_larger_sums_through_until_they_leave_32_bits() -> None:
    """Lava holds sums and membranes in int32, whatever the guard bits: 255 * 150,000 << 5 fits."""
    network = one_layer(np.array([[255]]), bits=24, steps=400)
    inputs = {"x": np.full((1, 2, 1, 1), 150_000)}

    def guarded_by(bits: int) -> QNetwork:
        neuron = QSoftResetLIF(voltage_decay=4096, threshold=9, guard_bits=bits)
        object.__setattr__(network.populations[0], "neuron", neuron)
        return network

    for bits in range(6):
        check_range(guarded_by(bits), inputs)
    with pytest.raises(BackendError, match="h: a sum of synapses can reach 38,250,000, and v 2,4"):
        check_range(guarded_by(6), inputs)
    for bits in (0, 6):
        with pytest.raises(BackendError, match="h: a sum of synapses can reach 2,1"):
            check_range(guarded_by(bits), {"x": np.full((1, 2, 1, 1), 8_400_000)})


@pytest.mark.parametrize("name", CORNERS)
def test_no_corner_is_refused(name: str) -> None:
    check_range(CORNERS[name].network, CORNERS[name].inputs)


# --- Lava itself -------------------------------------------------------------------------------


def test_without_lava_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "find_spec", lambda _: None)
    with pytest.raises(BackendError) as error:
        runner.run(*CORNERS["positive bias"])
    assert str(error.value) == (
        "backend 'loihi-sim' needs lava-nc 0.10.0, numpy, scipy, networkx, asteval, which "
        f"{sys.executable} does not have; see README, 'Install'"
    )


def test_a_numpy_with_which_lava_hangs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "find_spec", lambda _: object())
    monkeypatch.setattr(compat, "version", lambda _: "2.4.0")
    with pytest.raises(BackendError) as error:
        runner.run(*CORNERS["positive bias"])
    assert str(error.value) == (
        "backend 'loihi-sim': lava-nc 0.10.0 hangs with numpy 2.4.0; "
        "needed: numpy below 2.4; pip install 'numpy<2.4'"
    )


def test_the_backend_is_found_by_its_name() -> None:
    assert type(backends.find_backend("loihi-sim")) is LavaBackend


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
def test_lava_is_patched_and_dataclasses_are_put_back() -> None:
    code = """
import dataclasses
before = dataclasses.dataclass
from neurograph_lava.compat import patch_lava
patch_lava()
import lava.magma.compiler.compiler
print(dataclasses.dataclass is before)
"""
    assert in_python(code) == "True"


# --- nodes that hear each other ----------------------------------------------------------------


class Loudspeaker(QLIF):
    """A neuron of another kind that sends numbers."""

    kind = "Loudspeaker"
    graded = True


def hearing_each_other(neuron: QNeuron = PLAIN_LIF, weight: int = 1) -> QNetwork:
    """A relay and a neuron per node; three nodes, each of which hears itself, in two snapshots."""
    nodes, steps = 3, 2
    nobody = Meetings(
        indptr=np.zeros(nodes + 1), indices=np.zeros(0), before=np.zeros((steps + 1, nodes))
    )
    entries = np.zeros((steps, nodes), np.int16)
    edges = Schedule(
        so_far=nobody, new=nobody, of_so_far=entries, of_new=entries, of_self=entries + 1
    )
    layers = [integer_layer("r", 1, 1, QRelay()), integer_layer("h", 1, 1, neuron)]
    links = [integer_link("x", "r", [[weight]]), integer_link("r", "h", [[weight]])]
    links[1] = replace(links[1], mix=edges)
    return integer_network(layers, links, steps=steps)


def payloads(count: int) -> dict[str, Array]:
    return {"x": np.zeros((count, 2, 1, 1), np.int8)}


def test_of_neurons_that_send_numbers_only_relays_are_known() -> None:
    check_network(hearing_each_other())
    with pytest.raises(BackendError) as error:
        check_network(hearing_each_other(Loudspeaker(voltage_decay=0, threshold=9)))
    assert str(error.value) == (
        "h (Loudspeaker): neurons that send numbers, of which Lava runs relays alone here; run "
        "them on the reference"
    )
    with pytest.raises(BackendError) as error:
        check_network(hearing_each_other(QRelay()))
    assert str(error.value) == (
        "a network in which nothing fires; needed a population besides relays"
    )


@pytest.mark.parametrize(
    ("count", "batch", "message"),
    [
        (
            2,
            None,
            "a run over 2 nodes of a network whose 3 nodes hear each other; give all of them, in "
            "the order of the graph",
        ),
        (
            3,
            2,
            "batch is 2, and the 3 nodes of the network hear each other; leave it out",
        ),
    ],
)
@pytest.mark.usefixtures("lava")
def test_nodes_that_hear_each_other_run_at_once(
    count: int, batch: int | None, message: str
) -> None:
    with pytest.raises(BackendError) as error:
        runner.run(hearing_each_other(), payloads(count), np.arange(count), batch=batch)
    assert str(error.value) == f"loihi-sim: {message}"


@pytest.mark.usefixtures("lava")
def test_more_synapses_than_can_be_written_out_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """3 nodes with 1 synapse within, and 1 along edges in each of 2 snapshots: 9."""
    check_written_out(hearing_each_other(), 3)
    monkeypatch.setattr(limits, "SYNAPSES_AT_ONCE", 8)
    with pytest.raises(BackendError) as error:
        runner.run(hearing_each_other(), payloads(3), np.arange(3), lowering="stock")
    assert str(error.value) == (
        "loihi-sim: lowering 'stock' would write out 9 synapses at once, limit 8, as the nodes of "
        "the network hear each other; use 'fused'"
    )


def test_all_nodes_have_to_fit_into_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    network = hearing_each_other()
    whole = make_schedule(network, 3)
    assert fitting(network, whole, None, "fused") == 3
    monkeypatch.setattr(shared_memory.shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
    with pytest.raises(BackendError) as error:
        fitting(network, whole, None, "fused")
    assert str(error.value) == (
        "loihi-sim: the 3 nodes of the network, which hear each other, need "
        f"{needed(network, 3, 'fused'):,} bytes of shared memory, {shared_memory.SHM} has 9,000 to "
        "spare; make it larger (in a container: --shm-size)"
    )


def test_switches_and_limiters_take_shared_memory() -> None:
    """Of three values per node: a relay's, those of two snapshots, each of four bytes, twice."""
    network = hearing_each_other()
    more = needed(network, 3, "stock") - needed(network, 3, "fused")
    spikes = 3 * (4 - 1)  # of h to its recorder, wider
    extra = 3 * 4 * (1 + 2)
    assert more == 2 * (spikes + extra) + shared_memory.CONTROL_PER_PROCESS


def test_a_sum_along_edges_beyond_the_channel_is_refused() -> None:
    """A relay's limit counts, and the largest sum of a row."""
    network = hearing_each_other(weight=255)
    check_range(network, payloads(3))
    relay = replace(network.populations[0], neuron=QRelay(limit=(1 << 23) - 1))
    wide = replace(network, populations=(relay, network.populations[1]))
    quiet = tuple(replace(j, exponent=-7) for j in network.projections)
    check_range(replace(wide, projections=quiet), payloads(3))
    loud = tuple(replace(j, exponent=1) for j in network.projections)
    with pytest.raises(BackendError) as error:
        check_range(replace(wide, projections=loud), payloads(3))
    reached = 255 * ((1 << 23) - 1) << 1
    assert str(error.value) == (
        f"loihi-sim: r->h: a sum of synapses can reach {reached:,}, Lava's channels hold "
        "2,147,483,647; use a smaller exponent or smaller weights"
    )
