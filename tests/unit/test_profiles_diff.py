"""What differs between two chips."""

from __future__ import annotations

from dataclasses import replace

from neurograph.chip.diff import Difference, differences
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.chip.profiles import load_profile

LOIHI1, LOIHI2 = load_profile("loihi1"), load_profile("loihi2")


def by_key(a: HardwareProfile, b: HardwareProfile) -> dict[str, Difference]:
    found = differences(a, b)
    assert len({d.key for d in found}) == len(found)
    return {d.key: d for d in found}


def with_limit(profile: HardwareProfile, name: str, **changes: object) -> HardwareProfile:
    constant = replace(profile.limits[name], **changes)  # type: ignore[arg-type]
    return replace(profile, limits={**profile.limits, name: constant})


def test_a_chip_does_not_differ_from_itself() -> None:
    assert differences(LOIHI1, LOIHI1) == ()


def test_a_name_is_no_difference() -> None:
    assert differences(LOIHI2, replace(LOIHI2, name="mine", title="Mine")) == ()


def test_one_changed_number_is_one_difference_with_its_ratio() -> None:
    other = with_limit(LOIHI1, "neurons_per_core", value=512.0, low=512.0)
    (found,) = differences(LOIHI1, other)
    assert found.key == "limits.neurons_per_core"
    assert found.fields == ("value", "low")
    assert found.ratio == 0.5


def test_every_field_of_a_constant_counts() -> None:
    for name, value in (("note", "x"), ("unit", "x"), ("source", "sanafe"), ("basis", "measured")):
        (found,) = differences(LOIHI1, with_limit(LOIHI1, "weight_bits", **{name: value}))
        assert found.fields == (name,)
        assert found.ratio == (None if name == "unit" else 1)


def test_an_unknown_number_has_no_ratio() -> None:
    found = by_key(LOIHI1, LOIHI2)["limits.axons_out_per_core"]
    assert isinstance(found.a, Constant)
    assert isinstance(found.b, Constant)
    assert (found.a.known, found.b.known, found.ratio) == (True, False, None)
    assert by_key(LOIHI2, LOIHI1)["limits.axons_out_per_core"].ratio is None


def test_nothing_is_divided_by_zero() -> None:
    found = by_key(with_limit(LOIHI1, "weight_bits", value=0.0, low=0.0), LOIHI1)
    assert found["limits.weight_bits"].ratio is None


def test_what_only_one_chip_has_is_told() -> None:
    found = by_key(LOIHI1, LOIHI2)
    assert found["reference.inference_sddpg"].b is None
    assert found["reference.pilotnet_power"].a is None
    assert found["sources.hala_point"].a is None
    assert found["reference.pilotnet_power"].fields == ()
    assert found["reference.pilotnet_power"].ratio is None


def test_sets_that_only_one_chip_has_are_told() -> None:
    without = replace(LOIHI1, energy={"davies2018": LOIHI1.energy["davies2018"]})
    found = by_key(LOIHI1, without)
    assert found.pop("energy sets").b == ("davies2018",)
    assert {key.rsplit(".", 1)[0] for key in found} == {"energy.sanafe"}


def test_the_order_of_sets_is_told_because_the_first_is_typical() -> None:
    turned = replace(LOIHI1, energy=dict(reversed(LOIHI1.energy.items())))
    (found,) = differences(LOIHI1, turned)
    assert (found.key, found.b) == ("energy sets", ("sanafe", "davies2018"))


def test_texts_are_compared() -> None:
    found = by_key(LOIHI2, load_profile("loihi2-shared"))
    assert set(found) == {"synapses", "notes"}
    assert (found["synapses"].a, found["synapses"].b) == ("copied", "shared")
    assert by_key(LOIHI1, LOIHI2)["neurons"].b == LOIHI2.neurons


def test_what_differs_turned_round_is_the_same_turned_round() -> None:
    there, back = by_key(LOIHI1, LOIHI2), by_key(LOIHI2, LOIHI1)
    assert set(there) == set(back)
    assert all((d.a, d.b) == (back[key].b, back[key].a) for key, d in there.items())
