"""A profile on top of another one: what wins, what stays, and which file an error names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neurograph.chip.profiles import load_profile, toml
from neurograph.core.errors import ProfileError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "my_chip.toml"
LOIHI2 = load_profile("loihi2")
HEAD = 'base = "loihi2"\nname = "mine"\ntitle = "Mine"\n'
SOURCE = '[sources.me]\ncite = "Me"\n'


def constant(value: float, unit: str, source: str = "me") -> str:
    numbers = f"value = {value}, low = {value}, high = {value}"
    return f'{{ {numbers}, unit = "{unit}", source = "{source}", basis = "measured" }}'


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return str(path)


def refusal(path: str) -> str:
    with pytest.raises(ProfileError) as error:
        load_profile(path)
    return str(error.value)


def test_a_base_says_everything_that_the_file_does_not(tmp_path: Path) -> None:
    mine = load_profile(write(tmp_path, HEAD))
    assert mine == replace(LOIHI2, name="mine", title="Mine")


def test_a_constant_is_replaced_whole_and_its_neighbours_stay(tmp_path: Path) -> None:
    line = f"[limits]\nneurons_per_core = {constant(100, 'neuron')}\n"
    mine = load_profile(write(tmp_path, f"{HEAD}{line}{SOURCE}"))
    held = mine.limits["neurons_per_core"]
    assert (held.value, held.low, held.high, held.note) == (100, 100, 100, "")
    assert (held.source, held.basis, held.mark) == ("me", "measured", "")
    others = {name: c for name, c in mine.limits.items() if name != "neurons_per_core"}
    assert others == {n: c for n, c in LOIHI2.limits.items() if n != "neurons_per_core"}
    assert list(mine.limits) == list(LOIHI2.limits)
    assert mine.sources == {**LOIHI2.sources, "me": "Me"}


def test_half_a_constant_does_not_borrow_the_rest_from_its_base(tmp_path: Path) -> None:
    told = refusal(write(tmp_path, f"{HEAD}[limits]\nneurons_per_core = {{ value = 100 }}\n"))
    for name in ("low", "high", "unit", "source", "basis"):
        assert f"limits.neurons_per_core.{name}: missing" in told


def test_one_event_of_a_set_changes_and_the_first_set_stays_first(tmp_path: Path) -> None:
    text = f"{HEAD}[energy.sanafe]\nspike = {constant(1e-12, 'J')}\n{SOURCE}"
    mine = load_profile(write(tmp_path, text))
    assert tuple(mine.energy) == tuple(LOIHI2.energy) == ("loihi2-measured", "davies2018", "sanafe")
    assert mine.energy["sanafe"]["spike"].value == 1e-12
    assert mine.energy["sanafe"]["message"] == LOIHI2.energy["sanafe"]["message"]


def test_a_set_of_ones_own_comes_first_because_the_first_is_typical(tmp_path: Path) -> None:
    sets = ""
    for kind, unit in (("energy", "J"), ("time", "s")):
        sets += f"[{kind}.me]\n"
        for event in getattr(LOIHI2, kind)["sanafe"]:
            sets += f"{event} = {constant(1e-12, unit)}\n"
    mine = load_profile(write(tmp_path, f"{HEAD}{sets}{SOURCE}"))
    assert (
        tuple(mine.energy) == tuple(mine.time) == ("me", "loihi2-measured", "davies2018", "sanafe")
    )


def test_what_the_file_leaves_out_is_not_taken_over(tmp_path: Path) -> None:
    left = '["energy.sanafe", "time.sanafe", "reference.mac_fp16"]'
    mine = load_profile(write(tmp_path, f"without = {left}\n{HEAD}"))
    assert tuple(mine.energy) == tuple(mine.time) == ("loihi2-measured", "davies2018")
    assert set(LOIHI2.reference) - set(mine.reference) == {"mac_fp16"}


def test_notes_and_neurons_of_the_file_win_as_a_whole(tmp_path: Path) -> None:
    mine = load_profile(write(tmp_path, f'neurons = ["LIF"]\nnotes = ["Mine."]\n{HEAD}'))
    assert (mine.neurons, mine.notes) == (("LIF",), ("Mine.",))


def test_a_base_is_looked_for_beside_the_file_not_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, HEAD, "below/one.toml")
    two = HEAD.replace("loihi2", "below/one.toml").replace("mine", "two")
    write(tmp_path, f'synapses = "shared"\n{two}', "two.toml")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = load_profile("../two.toml")
    assert (found.name, found.shared_synapses, found.limits) == ("two", True, LOIHI2.limits)


def test_a_name_and_a_title_are_never_the_bases(tmp_path: Path) -> None:
    path = write(tmp_path, 'base = "loihi2"\n')
    assert refusal(path) == (
        f"{path}: not a hardware profile:\n"
        "  name: missing; a chip has its own, whatever its base\n"
        "  title: missing; a chip has its own, whatever its base"
    )
    path = write(tmp_path, 'base = "loihi2"\nname = "loihi2"\ntitle = "Mine"\n')
    assert "name: 'loihi2' is its base; name this chip otherwise" in refusal(path)


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ('"loihi9"', "no profile 'loihi9'; known: loihi1, loihi2, loihi2-shared, or give the path"),
        ('"gone.toml"', "gone.toml: cannot be read (No such file or directory)"),
        ("3", "expected the name of a profile or a .toml file, got 3"),
        ('""', "expected the name of a profile or a .toml file, got ''"),
        ('["loihi2"]', "expected the name of a profile or a .toml file, got ['loihi2']"),
    ],
)
def test_a_base_that_is_none(tmp_path: Path, base: str, told: str) -> None:
    path = write(tmp_path, HEAD.replace('"loihi2"', base))
    assert refusal(path).startswith(f"{path}: base: ")
    assert told in refusal(path)


def test_a_circle_of_bases_is_one_clear_error(tmp_path: Path) -> None:
    a = write(tmp_path, HEAD.replace("loihi2", "b.toml"), "a.toml")
    b = write(tmp_path, HEAD.replace("loihi2", "a.toml"), "b.toml")
    assert refusal(a) == (
        f"{a}: base: {b}: base: {a} is built on this file, so it cannot be its base"
    )
    alone = write(tmp_path, HEAD.replace("loihi2", "./mine.toml"))
    assert refusal(alone) == (
        f"{alone}: base: {alone} is built on this file, so it cannot be its base"
    )


def test_a_circle_through_a_link_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD.replace("loihi2", "link.toml"))
    (tmp_path / "link.toml").symlink_to(path)
    assert "is built on this file, so it cannot be its base" in refusal(path)


def test_an_error_in_the_base_names_the_bases_file(tmp_path: Path) -> None:
    base = write(tmp_path, f'{HEAD}colour = "red"\n', "base.toml")
    path = write(tmp_path, HEAD.replace("loihi2", "base.toml").replace("mine", "two"))
    assert refusal(path) == (
        f"{path}: base: {base}: not a hardware profile:\n  colour: unknown key; known: name, "
        "title, base, without, neurons, synapses, notes, limits, energy, time, static, host, "
        "reference, sources"
    )


def test_an_error_in_the_file_names_the_file(tmp_path: Path) -> None:
    line = f"[limits]\nneurons_per_cor = {constant(100, 'neuron')}\n"
    path = write(tmp_path, f"{HEAD}{line}{SOURCE}")
    assert refusal(path) == (
        f"{path}: not a hardware profile:\n"
        "  limits.neurons_per_cor: unknown key; did you mean 'neurons_per_core'?"
    )


@pytest.mark.parametrize(
    ("without", "told"),
    [
        (
            '["energy.sanaf"]',
            "without: its base has no 'energy.sanaf'; did you mean 'energy.sanafe'?",
        ),
        ('["limits"]', "without: its base has no 'limits'"),
        ('["name"]', "without: its base has no 'name'"),
        ('["limits.weight_bits.note"]', "without: its base has no 'limits.weight_bits.note'"),
        ('"energy.sanafe"', "without: expected a list, got 'energy.sanafe'"),
        ("[3]", "without.0: expected a text, got 3"),
        ('["energy.sanafe"]', "energy.sanafe: missing; every set of [time] has its energies"),
        ('["limits.weight_bits"]', "limits.weight_bits: missing; a constant in 'bit'"),
        ('["sources.lava_nc"]', "limits.weight_bits.source: no [sources.lava_nc]; "),
    ],
)
def test_what_cannot_be_left_out(tmp_path: Path, without: str, told: str) -> None:
    path = write(tmp_path, f"without = {without}\n{HEAD}")
    assert f"\n  {told}" in refusal(path)


def test_shared_synapses_are_all_that_loihi2_shared_changes() -> None:
    shared = load_profile("loihi2-shared")
    assert shared.shared_synapses
    assert not LOIHI2.shared_synapses
    assert shared.notes[:-1] == LOIHI2.notes
    assert "assumed here for dense layers" in shared.notes[-1]
    same = {"name": "loihi2", "title": LOIHI2.title, "notes": LOIHI2.notes}
    assert replace(shared, shared_synapses=False, **same) == LOIHI2  # type: ignore[arg-type]


def test_every_number_of_the_example_says_that_it_is_one() -> None:
    mine = load_profile(str(EXAMPLE))
    changed = {k: c for k, c in mine.constants.items() if c != LOIHI2.constants.get(k) and c.known}
    assert len(changed) == 20
    assert {(c.source, c.basis) for c in changed.values()} == {("example", "assumed")}
    assert set(changed) <= set(mine.assumed)


def test_reading_a_file_leaves_its_base_alone(tmp_path: Path) -> None:
    before = toml.read(toml.folder() / "loihi2.toml")
    load_profile(str(EXAMPLE))
    load_profile(write(tmp_path, f'without = ["energy.sanafe", "time.sanafe"]\n{HEAD}'))
    assert load_profile("loihi2") == LOIHI2
    assert toml.read(toml.folder() / "loihi2.toml") == before
