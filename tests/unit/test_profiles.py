"""Profiles: what they hold, where it comes from, and what the loader refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.chip.profiles import known_profiles, load_profile, toml
from neurograph.core.errors import ProfileError

FILES = toml.folder()


def constants(profile: HardwareProfile) -> dict[str, Constant]:
    """Every constant of a profile by its dotted key."""
    tables = {
        "limits": profile.limits,
        "static": profile.static,
        "host": profile.host,
        "reference": profile.reference,
        **{f"energy.{name}": table for name, table in profile.energy.items()},
        **{f"time.{name}": table for name, table in profile.time.items()},
    }
    return {f"{key}.{name}": c for key, table in tables.items() for name, c in table.items()}


def test_three_profiles_come_with_neurograph() -> None:
    assert known_profiles() == ("loihi1", "loihi2", "loihi2-shared")
    assert tuple(load_profile(name).name for name in known_profiles()) == known_profiles()


@pytest.mark.parametrize(
    ("name", "key", "low", "value", "high"),
    [
        ("loihi1", "limits.cores_per_chip", 128, 128, 128),
        ("loihi1", "limits.neurons_per_core", 1024, 1024, 1024),
        ("loihi1", "limits.synapse_bits_per_core", 2**20, 16_384 * 64, 128 * 1024 * 8),
        ("loihi1", "limits.axons_in_per_core", 4096, 4096, 4096),
        ("loihi1", "limits.axons_out_per_core", 4096, 4096, 4096),
        ("loihi1", "limits.payload_bits", 1, 1, 1),
        ("loihi1", "limits.delay_steps", 62, 62, 62),
        ("loihi1", "limits.threshold_bits", 17, 17, 17),
        ("loihi1", "energy.davies2018.synaptic_op", 23.6e-12, 23.6e-12, 23.6e-12),
        ("loihi1", "energy.davies2018.update_active", 81e-12, 81e-12, 81e-12),
        ("loihi1", "energy.davies2018.update_inactive", 52e-12, 52e-12, 52e-12),
        ("loihi1", "energy.davies2018.message", 1.7e-12, 1.7e-12, 1.7e-12),
        ("loihi1", "energy.davies2018.hop_north_south", 4.0e-12, 4.0e-12, 4.0e-12),
        ("loihi1", "energy.sanafe.synaptic_op", 24.0e-12, 35.5e-12, 35.5e-12),
        ("loihi1", "energy.sanafe.update_active", 72.8e-12, 51.2e-12 + 21.6e-12, 72.8e-12),
        ("loihi1", "energy.sanafe.update_inactive", 51.2e-12, 51.2e-12, 51.2e-12),
        ("loihi1", "energy.sanafe.spike", 69.3e-12, 69.3e-12, 69.3e-12),
        ("loihi1", "energy.sanafe.message", 111e-12, 111e-12, 111e-12),
        ("loihi1", "energy.sanafe.hop_north_south", 4.2e-12, 4.2e-12, 4.2e-12),
        ("loihi1", "time.davies2018.synaptic_op", 3.5e-9, 3.5e-9, 3.5e-9),
        ("loihi1", "time.davies2018.barrier", 113e-9, 465e-9, 465e-9),
        ("loihi1", "time.sanafe.synaptic_op", 3.1e-9, 3.8e-9, 4.7e-9),
        ("loihi1", "time.sanafe.barrier", 0.6e-6, 1.8e-6, 1.8e-6),
        ("loihi1", "static.power_per_chip", 3.34 / 32, 3.34 / 32, 3.34 / 32),
        ("loihi1", "limits.cores_per_tile", 4, 4, 4),
        ("loihi1", "limits.mesh_columns", 8, 8, 8),
        ("loihi1", "limits.mesh_rows", 4, 4, 4),
        ("loihi1", "limits.chips_per_system", 1, 768, 768),
        ("loihi1", "limits.bias_mantissa_bits", 13, 13, 13),
        ("loihi1", "limits.bias_exponent_bits", 3, 3, 3),
        ("loihi1", "time.davies2018.update_active", 8.4e-9, 8.4e-9, 8.4e-9),
        ("loihi1", "time.davies2018.update_inactive", 5.3e-9, 5.3e-9, 5.3e-9),
        ("loihi1", "time.davies2018.message", 2.1e-9, 2.1e-9, 2.1e-9),
        ("loihi1", "time.davies2018.hop_east_west", 4.1e-9, 4.1e-9, 4.1e-9),
        ("loihi1", "time.davies2018.hop_north_south", 6.5e-9, 6.5e-9, 6.5e-9),
        ("loihi1", "time.sanafe.update_active", 9.7e-9, 6.0e-9 + 3.7e-9, 9.7e-9),
        ("loihi1", "time.sanafe.spike", 30e-9, 30e-9, 30e-9),
        ("loihi1", "time.sanafe.message", 5.1e-9, 5.1e-9, 5.1e-9),
        ("loihi1", "time.sanafe.message_in", 16e-9, 16e-9, 16e-9),
        ("loihi1", "host.mac_fp32", 4.6e-12, 3.7e-12 + 0.9e-12, 4.6e-12),
        ("loihi1", "host.mac_int8", 0.23e-12, 0.2e-12 + 0.03e-12, 0.23e-12),
        ("loihi1", "host.ac_fp32", 0.9e-12, 0.9e-12, 0.9e-12),
        ("loihi1", "host.ac_int8", 0.03e-12, 0.03e-12, 0.03e-12),
        ("loihi1", "host.memory_byte", 100e-12 / 8, 1.3e-9 / 8, 2.6e-9 / 8),
        ("loihi1", "reference.mac_fp16", 1.5e-12, 1.1e-12 + 0.4e-12, 1.5e-12),
        ("loihi1", "reference.inference_sddpg", 15.53e-6, 15.53e-6, 15.53e-6),
        ("loihi2", "limits.cores_per_chip", 122, 128, 128),
        ("loihi2", "limits.neurons_per_core", 4095, 3584 / 0.8752, 4096),
        ("loihi2", "limits.axons_in_per_core", 16_000, 784 / 0.049, 2**14),
        ("loihi2", "limits.synapse_words_per_core", 12_000, 12_000, 12_000),
        ("loihi2", "limits.dense_words", 1000 * 24 / 127, 1000 * 13 / 50, 1000 * 27 / 85),
        ("loihi2", "limits.sparse_words", 1000 * 1.504 / 16, 1000 * 3072 / 4096, 1000),
        ("loihi2", "limits.kernel_words", 1000 * 3.75 / 64, 1000 * 5 / 64, 1000 * 3 / 24),
        ("loihi2", "limits.dense_neurons_per_core", 127, 0.0310 * 4095, 127),
        ("loihi2", "limits.synapse_bits_per_core", 192_000 * 8, 192_000 * 8, 192 * 1024 * 8),
        ("loihi2", "limits.payload_bits", 24, 24, 32),
        ("loihi2", "reference.pilotnet_inference", 1.661e-3, 1.661e-3, 1.661e-3),
        ("loihi2", "limits.chips_per_system", 1, 1152, 1152),
        ("loihi2", "limits.delay_steps", 62, 63, 63),
        ("loihi2", "static.power_per_chip", 0.232078, (0.232078 + 0.281775) / 2, 0.281775),
        ("loihi2", "reference.pilotnet_inference_dynamic", 1.094e-3, 1.094e-3, 1.094e-3),
        ("loihi2", "reference.pilotnet_power", 0.679, 0.679, 0.679),
        ("loihi2", "reference.pilotnet_rate", 408.9, 408.9, 408.9),
        ("loihi2", "reference.hala_point_synaptic_op", 6.8e-12, 2600 / 380e12, 6.8e-12),
    ],
)
def test_constants_are_those_of_their_sources(
    name: str, key: str, low: float, value: float, high: float
) -> None:
    held = constants(load_profile(name))[key]
    assert (held.low, held.value, held.high) == pytest.approx((low, value, high), rel=0.01)


@pytest.mark.parametrize("name", known_profiles())
def test_every_constant_says_where_it_comes_from(name: str) -> None:
    profile = load_profile(name)
    assert len(constants(profile)) > 50
    for key, constant in constants(profile).items():
        assert constant.unit, key
        if constant.known:
            assert profile.sources[constant.source], key
        else:
            assert constant.note, f"{key}: an unknown constant says why"


def test_every_source_is_used_or_named() -> None:
    for name in known_profiles():
        profile = load_profile(name)
        used = {c.source for c in constants(profile).values()}
        notes = " ".join(c.note for c in constants(profile).values())
        assert all(key in used or key in notes for key in profile.sources)


def test_what_stands_for_loihi_2_from_loihi_1_is_not_called_its_own() -> None:
    one, two = load_profile("loihi1"), load_profile("loihi2")
    for kind in ("energy", "time"):
        assert tuple(getattr(two, kind)) == ("loihi2-measured", *getattr(one, kind))
        for name in getattr(one, kind):
            for event, constant in getattr(two, kind)[name].items():
                twin = getattr(one, kind)[name][event]
                numbers = (constant.low, constant.value, constant.high)
                assert numbers == (twin.low, twin.value, twin.high), f"{kind}.{name}.{event}"
                assert constant.basis == "assumed"
    assert any("No energy per operation of Loihi 2 has been published" in n for n in two.notes)
    assert any("PilotNet alone, one run" in n for n in two.notes)


def test_measured_prices_of_loihi_2_have_the_ratios_of_loihi_1() -> None:
    """One factor on all energies, another on all times, each with its interval."""
    two = load_profile("loihi2")
    for sets in (two.energy, two.time):
        known = {k: c for k, c in sets["davies2018"].items() if c.known}
        for end in ("low", "value", "high"):
            factors = [getattr(sets["loihi2-measured"][k], end) / c.value for k, c in known.items()]
            assert factors == pytest.approx([factors[0]] * len(factors), rel=1e-3)
        assert {k for k, c in sets["loihi2-measured"].items() if c.known} == set(known)
    assert two.time["loihi2-measured"]["synaptic_op"].high <= 1.0e-9


def test_what_is_not_published_stays_unknown() -> None:
    loihi2 = load_profile("loihi2")
    assert loihi2.unknown_limits == (
        "synapse_index_bits",
        "synapse_overhead_bits",
        "axons_out_per_core",
    )
    assert loihi2.limit("axons_out_per_core") is None


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProfileError) as error:
        load_profile("loihi3")
    assert str(error.value) == (
        "no profile 'loihi3'; known: loihi1, loihi2, loihi2-shared, "
        "or give the path of a .toml file; did you mean loihi2 or loihi1?"
    )


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = (FILES / "loihi1.toml").read_text("utf-8")
    path.write_text(text.replace('name = "loihi1"', 'name = "mine"'), "utf-8")
    assert load_profile(str(path)).name == "mine"


def test_an_assumed_number_is_marked() -> None:
    loihi2 = load_profile("loihi2")
    marks = {key: constants(loihi2)[key].mark for key in constants(loihi2)}
    assert marks["limits.cores_per_tile"] == "*"
    assert marks["limits.neurons_per_core"] == "", "measured"
    assert marks["limits.weight_bits"] == ""
    assert marks["limits.axons_out_per_core"] == "", "what is unknown is no assumed number"
    assert loihi2.assumed == tuple(key for key in loihi2.constants if marks[key])
    assert load_profile("loihi1").assumed == ()


def test_constants_by_dotted_key_are_those_of_the_tables() -> None:
    for name in known_profiles():
        profile = load_profile(name)
        assert profile.constants == constants(profile)


def test_an_installed_package_reads_its_own_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        toml, "__file__", str(tmp_path / "neurograph" / "profile_files" / "toml.py")
    )
    assert toml.folder().parts[-2:] == ("neurograph", "_hw_profiles")
