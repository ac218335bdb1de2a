"""The commands about chips, as a user calls them: what they show, and what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from neurograph.chip.profiles import load_profile, toml
from tests.command import in_a_process, in_this_process
from tests.road.conftest import Command

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "my_chip.toml"
LOIHI1 = (toml.folder() / "loihi1.toml").read_text("utf-8")
WIDTH = 100
MADE = 'base = "loihi2"\nname = "mine"\ntitle = "{title}"\n'


def show(folder: Path, *words: str | Path) -> str:
    """What a command prints on a terminal of 100 columns."""
    done = in_this_process(folder, "profiles", *words, columns=WIDTH)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= WIDTH
    return done.stdout


def row(text: str, start: str) -> list[str]:
    """Cells of the first row of a table that begins so."""
    line = next(x for x in text.splitlines() if x.startswith(f"│ {start} "))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_the_list_says_how_much_is_assumed(tmp_path: Path) -> None:
    text = show(tmp_path, "list")
    assert row(text, "loihi1") == ["loihi1", "Intel Loihi", "128", "1,024", "0 of 63"]
    assert row(text, "loihi2") == ["loihi2", "Intel Loihi 2", "128", "4,095", "33 of 87"]
    assert "* assumed" not in text, "both sizes that are listed are known"
    listed = json.loads(show_json(tmp_path, "list"))
    assert [chip["name"] for chip in listed] == ["loihi1", "loihi2", "loihi2-shared"]
    assert [chip["assumed"] for chip in listed] == [0, 33, 33]


def show_json(folder: Path, *words: str | Path) -> str:
    done = in_this_process(folder, "profiles", *words, "--json")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_show_marks_what_is_assumed_and_explains_the_mark(tmp_path: Path) -> None:
    text = show(tmp_path, "show", "loihi2")
    assert row(text, "neurons_per_core")[1] == "4,095 neuron"
    assert row(text, "neurons_per_core")[-2:] == ["lava_dl", "measured"]
    assert row(text, "cores_per_tile")[1:] == ["4 core*", "-", "davies2018", "assumed"]
    assert row(text, "weight_bits")[1:] == ["8 bit", "-", "lava_nc", "published"]
    assert row(text, "axons_out_per_core")[1:] == ["unknown", "-", "-", "-"]
    assert "* assumed" in text
    assert "* assumed" not in show(tmp_path, "show", "loihi1")


@pytest.mark.parametrize("chip", ["loihi1", "loihi2", "loihi2-shared", EXAMPLE])
def test_show_leaves_nothing_out(tmp_path: Path, chip: str | Path) -> None:
    profile = load_profile(str(chip))
    text = " ".join(show(tmp_path, "show", chip).split())
    for key, constant in profile.constants.items():
        assert key.rsplit(".", 1)[-1] in text
        assert " ".join(constant.note.split()) in text, key
    for said in (*profile.sources.values(), *profile.notes):
        assert " ".join(said.split()) in text


def test_show_as_json_has_the_assumed_keys(tmp_path: Path) -> None:
    tree = json.loads(show_json(tmp_path, "show", "loihi2"))
    assert tuple(tree["assumed"]) == load_profile("loihi2").assumed
    assert tree["limits"]["neurons_per_core"]["value"] == 4095
    assert tree["host"]["mac_fp32"]["unit"] == "J"


def test_diff_of_the_two_chips(tmp_path: Path) -> None:
    text = show(tmp_path, "diff", "loihi1", "loihi2")
    numbers = ["neurons_per_core", "value", "1,024 neuron", "4,095 neuron", "3.999"]
    assert row(text, "neurons_per_core") == numbers
    assert row(text, "synaptic_op") == ["synaptic_op", "basis", "published", "assumed", ""]
    assert row(text, "inference_sddpg") == ["inference_sddpg", "value", "15.53 µJ", "-", ""]
    assert "only b: AdaptiveLIF" in text
    assert "* assumed" in text


def test_diff_of_the_example_and_its_base(tmp_path: Path) -> None:
    text = show(tmp_path, "diff", "loihi2", EXAMPLE)
    assert row(text, "cores_per_chip")[1:] == ["value", "128 core", "64 core*", "0.5"]
    assert "energy.davies2018: only in a" in text
    assert "energy.example: only in b" in text
    done = in_a_process(tmp_path, "profiles", "diff", "loihi2", EXAMPLE, "--json")
    found = json.loads(done.stdout)
    assert (found["a"]["name"], found["b"]["name"]) == ("loihi2", "my_chip")
    ratios = {d["key"]: d["ratio"] for d in found["differences"]}
    assert ratios["limits.cores_per_chip"] == 0.5
    assert ratios["energy.example.message"] is None
    only = next(d for d in found["differences"] if d["key"] == "energy.example.message")
    assert (only["a"], only["b"]["value"]) == (None, 50e-12)


def test_diff_of_the_same_says_so(tmp_path: Path) -> None:
    assert "no difference" in show(tmp_path, "diff", "loihi1", "loihi1")
    (tmp_path / "mine.toml").write_text(MADE.format(title="Mine"), "utf-8")
    assert "no difference" in show(tmp_path, "diff", "loihi2", "mine.toml")
    assert json.loads(show_json(tmp_path, "diff", "loihi2", "mine.toml"))["differences"] == []


def test_the_schema_is_printed_as_it_is_published(tmp_path: Path) -> None:
    printed = subprocess.check_output(
        [sys.executable, "-m", "neurograph", "profiles", "schema"], cwd=tmp_path, text=True
    )
    published = (toml.folder() / "profile.schema.json").read_text("utf-8")
    assert json.loads(printed) == json.loads(published)


def test_a_text_that_looks_like_markup_is_shown_as_it_is(tmp_path: Path) -> None:
    text = MADE.format(title="[/bold] [red]Chip") + 'notes = ["[/x] [b]"]\n'
    source = 'value = 1, low = 1, high = 1, unit = "[/x]", source = "[/y]", basis = "measured"'
    text += f'[reference]\n"[/z]" = {{ {source} }}\n[sources."[/y]"]\ncite = "[/c]"\n'
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    shown = show(tmp_path, "show", "mine.toml")
    assert row(shown, "[/z]")[1:] == ["1 [/x]", "-", "[/y]", "measured"]
    assert "[/y] [/c]" not in shown
    assert "[[/y]] [/c]" in shown
    assert "[/bold] [red]Chip" in show(tmp_path, "diff", "loihi2", "mine.toml")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (', unit = "neuron"', "", "limits.neurons_per_core.unit: missing"),
        ("81e-12", "-81e-12", "energy.davies2018.update_active.value: expected a number >= 0"),
        ("low = 24.0e-12", "low = 40e-12", "expected low <= value <= high"),
        ("weight_bits =", "weight_bit =", "did you mean 'weight_bits'?"),
        ("{ value = 4, low = 4", '{ value = "four", low = 4', "expected a number, got 'four'"),
        ('source = "frady2020"', 'source = "frady"', "no [sources.frady]; did you mean 'frady"),
        ('basis = "measured"', 'basis = "guessed"', "'published', 'measured' or 'assumed'"),
        ("[static]", "[sttic]", "static: missing"),
        ("value = 465e-9", "value = nan", "expected a finite number, got nan"),
        ("value = 465e-9", "value = inf", "expected a finite number, got inf"),
        ("hop_north_south = { value = 4.2", "hop = { value = 4.2", "hop_north_south: missing"),
    ],
)
def test_a_bad_file_is_refused_by_every_command(
    tmp_path: Path, neurograph: Command, old: str, new: str, told: str
) -> None:
    assert old in LOIHI1
    (tmp_path / "bad.toml").write_text(LOIHI1.replace(old, new), "utf-8")
    for words in (("show", "bad.toml"), ("diff", "loihi1", "bad.toml")):
        refused(neurograph(tmp_path, "profiles", *words), "error: bad.toml: ", told)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_a_file_that_is_no_text_no_file_or_empty(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "latin.toml").write_bytes(b'name = "Z\xfcrich"\n')
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "empty.toml").touch()
    for name, told in (
        ("latin.toml", "not UTF-8 from byte 9 on"),
        ("folder.toml", "a folder, needed a file"),
        ("empty.toml", "name: missing"),
        ("gone.toml", "cannot be read (No such file or directory)"),
        ("loihi3", "no profile 'loihi3'; known: loihi1, loihi2, loihi2-shared"),
    ):
        refused(neurograph(tmp_path, "profiles", "show", name), told)


def test_a_circle_of_bases_ends(tmp_path: Path, neurograph: Command) -> None:
    (tmp_path / "a.toml").write_text(MADE.format(title="A").replace("loihi2", "b.toml"))
    (tmp_path / "b.toml").write_text(MADE.format(title="B").replace("loihi2", "a.toml"))
    done = neurograph(tmp_path, "profiles", "show", "a.toml")
    refused(done, "a.toml: base: b.toml: base: a.toml is built on this file")


def refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Exit 2, nothing on standard output, every part in the message, no traceback."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


@pytest.mark.lava
def test_the_example_goes_all_the_way(road: Path, copy: Path, neurograph: Command) -> None:
    """A chip of one's own, one of whose prices nobody knows: placed, run, priced without it."""
    fits = neurograph(road, "check", copy, "--profile", EXAMPLE)
    assert "a report will not count: energy.spike, time.spike" in fits.stdout
    for words in (
        ("export", copy, "--profile", EXAMPLE),
        ("run", copy, "--backend", "reference", "--limit", "20"),
        ("report", copy),
    ):
        done = neurograph(road, *words)
        assert done.returncode == 0, done.stderr
    energy = json.loads((copy / "report.json").read_text())["energy"]
    assert energy["profile"] == "my_chip"
    why = "energy.spike, which no constant set prices: part of the active update"
    assert why in energy["not_counted"]
    assert not any(row["kind"] == "spike" for row in energy["rows"])
