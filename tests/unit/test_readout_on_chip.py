"""The readout on the chip: every logit to the bit, by what clock, gates and accumulators do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.check import check
from neurograph.chip.place import place
from neurograph.chip.profiles import load_profile
from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.cost.energy import energy
from neurograph.ir import QLIF, OnChipReadout, QNetwork, Readout
from neurograph.ir.bounds import largest_sums
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.ir.rounding import round_readout
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference import count_events, run, run_plain
from neurograph.testing import NEURON_KINDS, random_network
from neurograph.testing.builders import one_layer
from neurograph.verify import compare
from neurograph.workflow.store import load, save

EAGER = QLIF(voltage_decay=4095, threshold=1)  # fires on any positive input


def with_readout(network, *, source="o", scale=1.0, bias=1.0, seed=0):
    """The network with a random readout of `source`, rounded, of uneven signs and sizes."""
    rng = np.random.default_rng(seed)
    size = next(p.rows * p.channels for p in network.populations if p.name == source)
    given = Readout(
        source=source,
        weight=scale * rng.normal(0.1, 1, (4, network.steps * size)),
        bias=bias * rng.normal(size=4),
    )
    held = round_readout(given, network.steps, network.latency)
    return replace(network, readout=held)


def both(network, inputs):
    """Records of the host readout and of the on-chip readout over the same payloads."""
    targets = len(next(iter(inputs.values())))
    chip = readout_on_chip(network)
    on_host = run(network, inputs, np.arange(targets))
    on_chip = run(chip, {**inputs, **chip.own_inputs(targets)}, np.arange(targets))
    return on_host, on_chip


def relay(steps=4, latency=1, channels=2, rows=1, classes=2, delay=0):
    """Plain spikes in, the same spikes out of 'h' one update later; weights 1, 2, 3, ..."""
    width = steps * rows * channels
    weight = latency * np.arange(1, classes * width + 1, dtype=float).reshape(classes, width)
    return one_layer(
        2 * np.eye(channels, dtype=int),
        neuron=EAGER,
        mix=np.eye(rows, dtype=int),
        delay=delay,
        bits=1,
        steps=steps,
        latency=latency,
        readout=Readout(source="h", weight=weight, bias=latency * np.arange(classes, dtype=float)),
        name="x->h",
    )


def coins(network, targets=3, seed=0):
    stream = network.streams[0]
    shape = (targets, network.steps, stream.rows, stream.channels)
    return {"x": np.random.default_rng(seed).integers(0, 2, shape).astype(np.int8)}


# --- the same logits -----------------------------------------------------------------------------


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("neuron", NEURON_KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_logits_are_those_of_the_host_to_the_bit(neuron, seed, recurrent):
    network, inputs = random_network(
        np.random.default_rng(seed), neuron=neuron, recurrent=recurrent, targets=5
    )
    for source in ("o", "h"):  # 1 row, 2 rows
        on_host, on_chip = both(with_readout(network, source=source, seed=seed), inputs)
        assert on_host.spikes[source].any()
        assert np.array_equal(on_host.logits, on_chip.logits)
        for name, spikes in on_host.spikes.items():
            assert np.array_equal(spikes, on_chip.spikes[name])


def test_the_random_networks_have_every_latency_and_delays():
    nets = [random_network(np.random.default_rng(seed))[0] for seed in range(6)]
    assert {n.latency for n in nets} >= {1, 2, 3}
    assert max(n.wiring.start["o"] for n in nets) > 2


@pytest.mark.parametrize("latency", [1, 2, 3, 7])
@pytest.mark.parametrize("scale", [1e-9, 0.3, 1e5])
def test_any_latency_scale_and_bias(latency, scale):
    network = with_readout(relay(steps=5, latency=latency, rows=3), source="h", scale=scale, bias=9)
    on_host, on_chip = both(network, coins(network))
    assert np.array_equal(on_host.logits, on_chip.logits)


@pytest.mark.parametrize("bias", [0.0, 1e4])
def test_a_readout_of_biases_alone(bias):
    network = with_readout(relay(), source="h", scale=0.0, bias=bias)
    on_host, on_chip = both(network, coins(network))
    assert np.array_equal(on_host.logits, on_chip.logits)
    assert on_host.logits.any() == bool(bias)


@pytest.mark.parametrize("sign", [1, -1])
def test_weights_of_one_sign(sign):
    network = relay()
    weight = sign * np.full((2, 8), 128 * 256 - 1.0)  # digits 127 and 127, or -128 and 1
    weight[1] = sign * np.arange(100, 108)
    held = round_readout(Readout(source="h", weight=weight, bias=np.zeros(2)), 4, 1)
    on_host, on_chip = both(replace(network, readout=held), coins(network))
    assert np.array_equal(on_host.logits, on_chip.logits)


@pytest.mark.parametrize("latency", [1, 3])
def test_plain_and_fast_agree(latency):
    network = with_readout(relay(latency=latency, rows=2, delay=3), source="h")
    chip = readout_on_chip(network)
    inputs = coins(network, targets=2)
    given = {**inputs, **chip.own_inputs(2)}
    plain, fast = run_plain(chip, given, np.arange(2)), run(chip, given, np.arange(2))
    assert compare(plain, fast).identical
    assert np.array_equal(plain.logits, fast.logits)
    assert np.array_equal(plain.logits, run_plain(network, inputs, np.arange(2)).logits)


# --- what each new neuron does -------------------------------------------------------------------


@pytest.mark.parametrize("latency", [1, 2, 3])
@pytest.mark.parametrize("delay", [0, 5])
def test_clock_gates_and_accumulators(latency, delay):
    network = relay(latency=latency, rows=2, delay=delay)
    _, record = both(network, coins(network))
    clock = record.spikes["clock"][:, :, 0]  # (targets, updates, steps)
    assert np.array_equal(clock[0], np.repeat(np.eye(4, dtype=bool), latency, axis=0))
    assert np.array_equal(clock, np.repeat(clock[:1], 3, axis=0))
    h = record.spikes["h"]  # (targets, updates, rows, channels)
    wanted = clock[:, :, None, :, None] & h[:, :, :, None, :]
    assert wanted.any()
    assert not wanted.all(axis=(0, 1)).any()
    assert np.array_equal(record.spikes["gates"], wanted.reshape(*h.shape[:3], 8))
    assert not record.spikes["logits"].any()


def test_clock_starts_with_its_source_and_everything_ends_in_time():
    chip = readout_on_chip(relay(latency=2, delay=5))
    start = chip.wiring.start
    assert (start["h"], start["clock"], start["gates"], start["logits"]) == (6, 6, 7, 8)
    assert {n for n, lag in chip.wiring.lag.items() if lag} == {"clock->clock"}
    assert chip.wiring.lag["clock->clock"] == 2


def test_accumulators_hold_the_digits_of_the_sum():
    network = replace(
        relay(steps=1, channels=1),
        readout=Readout(source="h", weight=np.array([[300.0], [-200.0]]), bias=np.zeros(2)),
    )
    # the finest grid on which 300 is at most 127 * 257: 2**-6; 19200 = 75 * 256, -12800 = -50 * 256
    chip = readout_on_chip(network)
    assert chip.readout == OnChipReadout(source="logits", pulse="pulse", classes=2, scale=2.0**-6)
    record = run(chip, {"x": np.ones((1, 1, 1, 1), np.int8), **chip.own_inputs(1)}, np.arange(1))
    assert (record.final["logits"]["v"] >> 6).tolist() == [[[75, -50, 0, 0]]]
    assert record.logits.tolist() == [[300.0, -200.0]]


def test_the_largest_sum_is_held_and_one_more_is_refused():
    # 1,032 gates with digits 127 and 127 reach 131,064 of 131,071; one more 131,191
    def network(channels):
        weight = np.full((1, channels), float(fx.WEIGHT_EVEN_MAX // 2 * 257))
        readout = Readout(source="h", weight=weight, bias=np.zeros(1))
        return replace(relay(steps=1, channels=channels), readout=readout)

    largest = network(1032)
    on_host, on_chip = both(largest, {"x": np.ones((1, 1, 1, 1032), np.int8)})
    assert (on_chip.final["logits"]["v"] == 131_064 << 6).all()
    assert not on_chip.spikes["logits"].any()
    assert np.array_equal(on_host.logits, on_chip.logits)
    assert largest_sums(readout_on_chip(largest))["logits"] <= 1 << 18
    with pytest.raises(NetworkError, match=r"could reach 131,191, limit 131,071; keep the readout"):
        readout_on_chip(network(1033))


# --- rounding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("latency", [1, 3])
def test_rounding_is_to_the_finest_grid_of_two_digits(latency):
    rng = np.random.default_rng(latency)
    given = Readout(source="h", weight=rng.normal(size=(3, 40)), bias=rng.normal(size=3))
    held = round_readout(given, 20, latency)
    integers = held.weight / latency
    step = min(2.0**e for e in range(-60, 10) if np.array_equal(integers % 2.0**e, 0 * integers))
    finest = np.abs(given.weight / latency).max() / (127 * 257)
    grid = 2.0 ** np.ceil(np.log2(finest))
    assert step <= grid
    assert np.array_equal(np.rint(integers / grid), integers / grid)
    assert np.abs(integers / grid).max() <= 127 * 257
    assert np.abs(held.weight - given.weight).max() <= latency * grid / 2
    assert np.abs(held.bias - given.bias).max() <= latency * grid / 2
    again = round_readout(held, 20, latency)
    assert np.array_equal(again.weight, held.weight)
    assert np.array_equal(again.bias, held.bias)


def test_a_readout_that_was_not_rounded_is_refused():
    network, _ = random_network(np.random.default_rng(0))
    with pytest.raises(NetworkError, match="not on a grid of two 8-bit digits"):
        readout_on_chip(network)


def test_spikes_are_counted_before_they_are_weighted():
    weight = 3 * 2.0**-20 * np.array([[32_639.0, -1.0]])
    readout = Readout(source="h", weight=weight, bias=np.zeros(1))
    spikes = np.array([1, 1, 1, 1, 1, 0], bool).reshape(1, 6, 1, 1)  # counts 3 and 2
    assert readout.logits(spikes, 3).tolist() == [[(3 * 32_639 - 2) * 2.0**-20]]


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pulse", "clock", "gates", "logits"])
def test_names_that_are_taken_are_refused(name):
    network = relay()
    if name == "pulse":
        network = replace(
            network,
            streams=(replace(network.streams[0], name=name),),
            projections=(replace(network.projections[0], source=name),),
        )
    else:
        network = replace(
            network,
            populations=(replace(network.populations[0], name=name),),
            projections=(replace(network.projections[0], target=name),),
            readout=replace(network.readout, source=name),
        )
    with pytest.raises(NetworkError, match=f"^{name}: the on-chip readout adds layers"):
        readout_on_chip(network)


def test_the_clock_has_63_latency_updates_and_no_more():
    network = relay(steps=2, latency=63)
    on_host, on_chip = both(network, coins(network))
    assert np.array_equal(on_host.logits, on_chip.logits)
    with pytest.raises(NetworkError, match="a latency of 64 needs a delay of 63 in the clock"):
        readout_on_chip(relay(steps=2, latency=64))


def test_a_source_that_starts_too_late_is_refused():
    network = relay(delay=fx.DELAY_MAX)  # starts in hardware step 63
    assert readout_on_chip(network).wiring.start["clock"] == 63
    late = replace(
        network,
        populations=(*network.populations, replace(network.populations[0], name="o")),
        projections=(
            *network.projections,
            replace(network.projections[0], name="h->o", source="h", target="o", delay=0),
        ),
        readout=replace(network.readout, source="o"),
    )
    with pytest.raises(NetworkError, match="'o', which starts in hardware step 64, needs"):
        readout_on_chip(late)


def test_a_second_time_is_refused():
    with pytest.raises(NetworkError, match="on the chip already"):
        readout_on_chip(readout_on_chip(relay()))


def test_an_on_chip_readout_needs_accumulators_and_a_pulse():
    chip = readout_on_chip(relay())
    leaky = [
        replace(p, neuron=replace(p.neuron, voltage_decay=1)) if p.name == "logits" else p
        for p in chip.populations
    ]
    for changes, message in [
        ({"populations": tuple(leaky)}, "'logits' is no row of accumulators"),
        ({"readout": replace(chip.readout, pulse="x")}, "no stream 'x' of one plain-spike neuron"),
        ({"readout": replace(chip.readout, classes=3)}, "4 accumulators, needed 6"),
        ({"readout": replace(chip.readout, source="none")}, "no population 'none'"),
    ]:
        with pytest.raises(NetworkError, match=message):
            replace(chip, **changes)
    with pytest.raises(NetworkError, match="scale 0"):
        replace(chip.readout, scale=0.0)


# --- what else sees it ---------------------------------------------------------------------------


def test_it_survives_the_store(tmp_path):
    chip = readout_on_chip(with_readout(relay(), source="h"))
    save(chip, tmp_path / "q.h5")
    found = load(QNetwork, tmp_path / "q.h5")
    assert found.readout == chip.readout
    assert found.sha256 == chip.sha256
    other = replace(chip, readout=replace(chip.readout, scale=2 * chip.readout.scale))
    assert len({relay().sha256, chip.sha256, other.sha256}) == 3


def test_only_an_on_chip_readout_has_inputs_of_its_own():
    network = relay(steps=3)
    assert network.own_inputs(5) == {}
    pulse = readout_on_chip(network).own_inputs(5)["pulse"]
    assert (pulse.shape, pulse.dtype) == ((5, 3, 1, 1), np.int8)
    assert pulse[:, 0].all()
    assert not pulse[:, 1:].any()


@pytest.mark.parametrize("profile", ["loihi1", "loihi2"])
def test_it_fits_the_chips(profile):
    network = with_readout(relay(steps=27, channels=10, rows=1), source="h")
    chip, limits = readout_on_chip(network), load_profile(profile)
    assert check(chip, limits) == ()
    assert {s.population for s in place(chip, limits).slices} >= {"clock", "gates", "logits"}


def test_floats_are_compared_on_the_populations_that_both_have():
    network = relay()
    on_host, on_chip = both(network, coins(network))
    floats = RunRecord(
        backend="float",
        nodes=on_host.nodes,
        spikes=on_host.spikes,
        final={},
        logits=on_host.logits,
        network_sha256="f",
    )
    for pair in ((floats, on_chip), (on_chip, floats)):
        agreement = compare(*pair)
        assert agreement.identical
        assert list(agreement.spikes_by_population) == ["h"]
    with pytest.raises(NetworkError, match="cannot be compared"):
        compare(on_host, on_chip)
    without = replace(on_chip, spikes={n: s for n, s in on_chip.spikes.items() if n != "h"})
    with pytest.raises(NetworkError, match="cannot be compared"):
        compare(floats, without)


def test_events_and_energy_by_hand():
    # 2 steps, 1 channel, 2 classes; the input fires in both steps
    network = relay(steps=2, channels=1)
    network = replace(network, readout=replace(network.readout, bias=np.array([0.0, 2.0])))
    chip = readout_on_chip(network)
    inputs = {"x": np.ones((1, 2, 1, 1), np.int8), **chip.own_inputs(1)}
    record = run(chip, inputs, np.arange(1))
    assert record.logits.tolist() == [[1 + 2.0, 3 + 4 + 2.0]]
    events = count_events(chip, inputs, record)
    # scale 2**-12: weights 4096, 8192, 12288, 16384 and biases 0, 2 * 4096 have a high digit only
    assert events.synaptic_ops == {
        "x->h": 2,
        "pulse->clock": 1,
        "clock->clock": 1,  # neuron 1's own spike comes back after the last update
        "h->gates": 4,  # each spike reaches the gates of both steps
        "clock->gates": 2,
        "gates->logits": 4,
        "clock->logits": 2,
    }
    assert events.spikes == {"x": 2, "pulse": 1, "h": 2, "clock": 2, "gates": 2, "logits": 0}
    assert events.active_updates == {"h": 2, "clock": 2, "gates": 4, "logits": 4}
    assert (events.host_macs, events.bytes_in, events.bytes_out) == (0, 2, 4 * 3)
    profile = load_profile("loihi1")
    estimate = energy(chip, place(chip, profile), profile, events)
    (out,) = [r for r in estimate.rows if r.where == "logits to the host"]
    assert out.events == 4
    assert not [r for r in estimate.rows if r.part == "host"]
