"""What the loader refuses, by file, key and what was expected; what the JSON schema refuses too."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from neurograph.chip.profiles import load_profile, schema, toml
from neurograph.core.errors import ProfileError

TEXT = (toml.folder() / "loihi1.toml").read_text("utf-8")
SCHEMA = Draft202012Validator(schema())
NEURONS = (
    'neurons_per_core = { value = 1024, low = 1024, high = 1024, unit = "neuron", '
    'source = "davies2018", basis = "published" }'
)
KEY = "limits.neurons_per_core"
HOP = next(line for line in TEXT.splitlines() if line.startswith("hop_north_south = { value = 4.2"))
SHAPE = "expected { value, low, high, unit, source, basis } or { unknown = true, unit, note }"
MESH = next(line for line in TEXT.splitlines() if line.startswith("mesh_columns"))


def changed(old: str, new: str, line: str = NEURONS) -> tuple[str, str]:
    """A line of the file and what stands there instead."""
    assert old in line
    return line, line.replace(old, new)


def written(folder: Path, edit: tuple[str, str]) -> Path:
    old, new = edit
    assert TEXT.count(old) == 1, old
    path = folder / "bad.toml"
    path.write_text(TEXT.replace(old, new), "utf-8")
    return path


SHAPES = [  # what the schema refuses as well
    (changed(', unit = "neuron"', ""), f"{KEY}.unit: missing; {SHAPE}"),
    (changed(', source = "davies2018"', ""), f"{KEY}.source: missing; {SHAPE}"),
    (changed(', basis = "published"', ""), f"{KEY}.basis: missing; {SHAPE}"),
    (changed(", low = 1024", ""), f"{KEY}.low: missing; {SHAPE}"),
    (changed(" = 1024, high", " = -1, high"), f"{KEY}.low: expected a number >= 0, got -1"),
    (changed("value = 1024", 'value = "many"'), f"{KEY}.value: expected a number, got 'many'"),
    (changed("value = 1024", "value = true"), f"{KEY}.value: expected a number, got true"),
    (changed("value = 1024", "value = [1]"), f"{KEY}.value: expected a number, got [1]"),
    (changed('"davies2018"', "2018"), f"{KEY}.source: expected a text, got 2018"),
    (changed('"davies2018"', '""'), f"{KEY}.source: expected a text that is not empty, got ''"),
    (
        changed("high = 1024", "hihg = 1024"),
        f"{KEY}.high: missing; {SHAPE}\n  {KEY}.hihg: unknown key; did you mean 'high'?",
    ),
    (
        changed('"published"', '"guessed"'),
        f"{KEY}.basis: expected 'published', 'measured' or 'assumed', got 'guessed'",
    ),
    (changed('"neuron"', '"KB"'), f"{KEY}.unit: expected 'neuron', got 'KB'"),
    (
        changed("= 1024,", "= 1024.5,"),
        f"{KEY}.high: expected a whole number, got 1024.5\n"
        f"  {KEY}.low: expected a whole number, got 1024.5\n"
        f"  {KEY}.value: expected a whole number, got 1024.5",
    ),
    ((NEURONS, "neurons_per_core = 1024"), f"{KEY}: {SHAPE}, got 1024"),
    (
        (NEURONS, 'neurons_per_core = { unknown = true, unit = "neuron" }'),
        f"{KEY}.note: missing; {SHAPE}",
    ),
    (
        (NEURONS, 'neurons_per_core = { unknown = false, unit = "neuron", note = "?" }'),
        f"{KEY}.unknown: expected true, got false",
    ),
    (
        (NEURONS, 'neurons_per_core = { unknown = true, value = 3, unit = "neuron", note = "?" }'),
        f"{KEY}.value: unknown key; known: unknown, unit, note",
    ),
    ((NEURONS, ""), f"{KEY}: missing; a constant in 'neuron', or unknown = true"),
    (
        changed("neurons_per_core", "neurons_per_cor"),
        f"{KEY[:-1]}: unknown key; did you mean 'neurons_per_core'?\n"
        f"  {KEY}: missing; a constant in 'neuron', or unknown = true",
    ),
    (
        ("[energy.sanafe]", '[energy.sanafe]\nshout = { unknown = true, unit = "J", note = "?" }'),
        "energy.sanafe.shout: unknown key; known: synaptic_op, update_active, update_inactive, "
        "spike, message, hop_east_west, hop_north_south",
    ),
    (
        (HOP, ""),
        "energy.sanafe.hop_north_south: missing; a constant in 'J', or unknown = true",
    ),
    (
        ('title = "Intel Loihi"', "titel = 3"),
        "titel: unknown key; did you mean 'title'?\n  title: missing",
    ),
    (('title = "Intel Loihi"', "title = 3"), "title: expected a text, got 3"),
    (
        ('synapses = "copied"', 'synapses = "all"'),
        "synapses: expected 'copied' or 'shared', got 'all'",
    ),
    (('neurons = ["LIF"]', "neurons = []"), "neurons: expected at least one entry, got []"),
    (('neurons = ["LIF"]', 'neurons = "LIF"'), "neurons: expected a list, got 'LIF'"),
    (
        ('neurons = ["LIF"]', 'neurons = ["IF"]'),
        "neurons.0: expected 'LIF', 'SoftResetLIF', 'AdaptiveLIF', 'RefractoryLIF' or 'Relay', "
        "got 'IF'",
    ),
    (
        ("[sources.sanafe]", "[sources.sanafe]\nyear = 2025"),
        "sources.sanafe.year: unknown key; known: cite, doi, url, where",
    ),
    (
        ('name = "loihi1"', 'name = "loihi1"\nwithout = ["energy.sanafe"]'),
        "without: there is no base to leave anything out of",
    ),
]
VALUES = [  # what only the loader can know
    (
        changed(" = 1024, high", " = 2048, high"),
        f"{KEY}: low 2048, value 1024, high 1024; expected low <= value <= high",
    ),
    (changed("high = 1024", "high = inf"), f"{KEY}.high: expected a finite number, got inf"),
    (changed("value = 1024", "value = nan"), f"{KEY}.value: expected a finite number, got nan"),
    (
        changed("davies2018", "davis2018"),
        f"{KEY}.source: no [sources.davis2018]; did you mean 'davies2018'?",
    ),
    (
        changed("davies2018", "somebody"),
        f"{KEY}.source: no [sources.somebody]; known: davies2018, sanafe, nengo_loihi, lava_nc, "
        "frady2020, horowitz2014, keras_spiking, secondary",
    ),
    (
        ("[time.sanafe]", "[time.sana]"),
        "energy.sana: missing; every set of [time] has its energies\n"
        "  time.sanafe: missing; every set of [energy] has its times",
    ),
    (
        changed("value = 8, low = 8, high = 8", "value = 7, low = 7, high = 7", MESH),
        "limits.cores_per_chip: 128, but mesh_columns x mesh_rows x cores_per_tile are 112",
    ),
]


@pytest.mark.parametrize(("edit", "problem"), [*SHAPES, *VALUES])
def test_the_loader_refuses(tmp_path: Path, edit: tuple[str, str], problem: str) -> None:
    path = written(tmp_path, edit)
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    assert str(error.value) == f"{path}: not a hardware profile:\n  {problem}"


@pytest.mark.parametrize(("edit", "problem"), SHAPES)
def test_the_schema_refuses_it_too(tmp_path: Path, edit: tuple[str, str], problem: str) -> None:
    assert not SCHEMA.is_valid(toml.read(written(tmp_path, edit))), problem


@pytest.mark.parametrize(("edit", "problem"), [(e, p) for e, p in VALUES if "finite" not in p])
def test_the_schema_cannot_say_it(tmp_path: Path, edit: tuple[str, str], problem: str) -> None:
    assert SCHEMA.is_valid(toml.read(written(tmp_path, edit))), problem


@pytest.mark.parametrize(
    ("table", "instead", "problem"),
    [
        ("limits", "", "limits: missing"),
        ("energy.sanafe", "", "energy.sanafe: missing; every set of [time] has its energies"),
        ("host", "", "host: missing"),
        ("sources", "", "sources: missing"),
        ("limits", "limits = 3", "limits: expected a table, got 3"),
        ("energy", "energy = {}", "energy: expected at least one entry, got {}"),
        ("energy", "energy.davies2018 = 3", "energy.davies2018: expected a table, got 3"),
        ("sources", 'sources = "x"', "sources: expected a table, got 'x'"),
    ],
)
def test_a_table_that_is_missing_or_none(
    tmp_path: Path, table: str, instead: str, problem: str
) -> None:
    blocks = TEXT.split("\n[")
    kept = [block for block in blocks if not block.startswith((f"{table}]", f"{table}."))]
    assert len(kept) < len(blocks)
    path = tmp_path / "bad.toml"
    path.write_text(f"{instead}\n" + "\n[".join(kept), "utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    assert problem in str(error.value).split("\n  ")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    line = (
        "neurons_per_core = { value = -3, low = 7, high = 1.5, "
        'unit = "KB", source = "nobody", basis = "guessed", note = 3, by = "me" }'
    )
    text = TEXT.replace(NEURONS, line).replace(HOP, "").replace("title = ", "titel = ")
    path.write_text(text, "utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    assert [problem.split(": ")[0] for problem in str(error.value).split("\n  ")[1:]] == [
        "energy.sanafe.hop_north_south",
        KEY,
        f"{KEY}.basis",
        f"{KEY}.by",
        f"{KEY}.high",
        f"{KEY}.note",
        f"{KEY}.source",
        f"{KEY}.unit",
        f"{KEY}.value",
        "titel",
        "title",
    ]


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("", "utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    assert str(error.value) == (
        f"{path}: not a hardware profile:\n  energy: missing\n  host: missing\n  limits: missing\n"
        "  name: missing\n  neurons: missing\n  sources: missing\n  static: missing\n"
        "  synapses: missing\n  time: missing\n  title: missing"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"name = \xff", "not UTF-8 from byte 7 on (invalid start byte); save it as UTF-8"),
        (TEXT.encode("utf-16"), "not UTF-8 from byte 0 on"),
        (b"name = ", "not TOML: Invalid value"),
        (b'name = "a"\nname = "b"', "not TOML: Cannot overwrite a value"),
        (b"a = " + b"[" * 100_000, "not TOML that can be read: nested too deeply"),
        (b"a = " + b"1" * 5000, "not TOML: Exceeds the limit"),
        (b"name = 0x" + b"f" * 9999, "name: expected a text, got a huge number"),
        (b"\x00" * 100, "not TOML"),
    ],
)
def test_what_is_no_toml(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    assert str(error.value).startswith(f"{path}: ")
    assert problem in str(error.value)


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(ProfileError, match=r"none\.toml: cannot be read \(No such file"):
        load_profile(str(path))
    path.mkdir()
    with pytest.raises(ProfileError, match=r"none\.toml: a folder, needed a file"):
        load_profile(str(path))


def test_a_long_wrong_value_is_cut_short(tmp_path: Path) -> None:
    path = written(tmp_path, changed("value = 1024", f'value = "{"x" * 5000}"'))
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    assert len(str(error.value)) < len(str(path)) + 200


ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 10**400, -(10**400), 0.5, float("nan"), float("inf"), 1e308),
    *(
        "",
        "x",
        "loihi2",
        "known",
        "unknown",
        "energy.sanafe",
        "\x00",
        [],
        [1],
        ["x"],
        [[]],
        {},
        {"x": {}},
    ),
    *({"unknown": True}, {"unknown": 3}, {"value": 1, "low": 1, "high": 1}, {"unknown": {}}),
]


@pytest.mark.parametrize("seed", range(300))
def test_no_content_gets_past_as_a_crash(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any few entries changed to anything: a profile, or a ProfileError."""
    rng = random.Random(seed)
    tree = toml.read(toml.folder() / "loihi1.toml")
    for _ in range(rng.randint(1, 4)):
        at = tree
        while True:
            key = rng.choice([*at, "known", "unknown", "base", "without"])
            if not isinstance(at.get(key), dict) or not at[key] or rng.random() < 0.2:
                break
            at = at[key]
        odd = rng.choice(ODD)
        if odd is None:
            at.pop(key, None)
        else:
            at[key] = odd
    read = toml.read
    monkeypatch.setattr(
        "neurograph.chip.profiles.read", lambda path: tree if path.name == "x.toml" else read(path)
    )
    with suppress(ProfileError):
        load_profile("x.toml")
