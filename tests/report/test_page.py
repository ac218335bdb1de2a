"""report.html: one small, self-contained, accessible page that says what report.json says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from neurograph.chip.placement import Slice
from neurograph.core.plain import plain
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.ir.rounding import round_readout
from neurograph.report import ReportInput, build, render, write
from neurograph.report.units import GAP, count, duration, percent, quantity, span
from neurograph.tasks.yardsticks.arithmetic import Arithmetic
from neurograph.verify import compare
from tests.hostile import HOSTILE, OBEYED

TWO_MB = 2_000_000
SCHEMA = json.loads(files("neurograph.report").joinpath("schema.json").read_text("utf-8"))


class Page(HTMLParser):
    """Text, ids, tags and addresses of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.ids, self.tags = "", [], []
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.addresses += [v for n, v in attrs if n in ("src", "href", "srcset", "data", "action")]

    def handle_data(self, data) -> None:
        self.text += data


def page_of(run: ReportInput) -> str:
    return render(run, build(run))


@pytest.fixture(scope="module")
def run(make_run) -> ReportInput:
    return make_run()


@pytest.fixture(scope="module")
def html(run) -> str:
    return page_of(run)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_it_shows_the_numbers_of_the_json(run, page) -> None:
    report = build(run)
    for result in ("float", "reference", "loihi-sim"):
        assert percent(report["scores"][result]["micro_f1"]) in page.text
        assert percent(report["scores"][result]["macro_f1"]) in page.text
        assert duration(run.seconds[result]) in page.text
    assert percent(report["agreement"]["float->reference"]["predictions"]) in page.text
    for part in ("dynamic_j", "static_j", "host_j", "total_j"):
        assert quantity(report["energy"][part]["typical"], "J") in page.text
        assert span(report["energy"][part], "J") in page.text
    assert "identical" in page.text
    assert run.deployment.quantized.sha256 in page.text
    assert "stratified, 40 % training" in page.text
    assert f"6.90{GAP}%" in page.text  # 212 of 3072 weights rounded to zero


def test_a_price_that_the_profile_does_not_know_is_said_beside_the_break_even(run, twin) -> None:
    profile = run.deployment.profile
    unknown = replace(profile.host["ac_int8"], value=None, low=None, high=None)
    other = replace(profile, host={**profile.host, "ac_int8": unknown})
    deployment = replace(run.deployment, profile=other)
    beside = Page(page_of(replace(run, deployment=deployment, baselines=[twin])))
    assert "INT8: the profile does not know" in beside.text


def test_operations_stand_side_by_side_without_a_ratio(run, twin, page) -> None:
    assert "No model without spikes was given" in page.text
    beside = Page(page_of(replace(run, baselines=[twin])))
    for text in ("Effective_MACs", "ConnectionSparsity", "Footprint, bytes", "sage", "Break-even"):
        assert text in beside.text
    assert f"83.3{GAP}%" in beside.text  # 50,000 of the twin's 60,000 products of the first layer
    assert "would skip as many if they were rounded in the same way" in beside.text
    assert "times better" not in beside.text
    assert "No model without spikes was given" not in beside.text


def test_the_placement_is_drawn_tile_by_tile(html, page) -> None:
    assert html.count('class="tile"') >= 64  # 8 x 8 tiles of the made-up chip
    assert html.count('class="core s') >= 4
    assert html.count('class="flow"') == 2
    assert "lines join tiles that exchange spikes" in page.text
    assert "replica 2" in page.text


def test_a_chip_of_unknown_mesh_has_no_map(run) -> None:
    profile = run.deployment.profile
    limits = {n: c for n, c in profile.limits.items() if n != "mesh_rows"}
    deployment = replace(run.deployment, profile=replace(profile, limits=limits))
    assert "core-map-title" not in page_of(replace(run, deployment=deployment))


def test_every_constant_set_has_a_column_and_assumed_terms_a_mark(run, page) -> None:
    by_set = build(run)["energy"]["by_set"]
    for of in by_set.values():
        for name, unit in (("dynamic_j", "J"), ("seconds", "s"), ("energy_delay_js", "Js")):
            assert quantity(of[name]["typical"], unit) in page.text
    assert "davies2018, sanafe; assumed*" in page.text
    assert "Terms with assumed constants are marked *." in page.text


def test_parts_of_a_projection_are_one_term(run) -> None:
    term = next(r for r in run.energy.rows if r.kind == "synaptic operation")
    parts = tuple(replace(term, where=f"conv1[{n},0]", events=1_000.0 + n) for n in range(3))
    told = replace(run, energy=replace(run.energy, rows=(*run.energy.rows, *parts)))
    report, page = build(told), Page(page_of(told))
    assert sum(row["where"].startswith("conv1[") for row in report["energy"]["rows"]) == 3
    assert "conv1[" not in page.text
    row = page.text[page.text.index("conv1, 3 parts") :]
    assert row.index(count(3_003)) < row.index(span(vars(term.joules_each), "J"))


def test_a_profile_that_was_never_held_says_so(run, page) -> None:
    held = build(run)["validation"]
    assert held["holds"] is None
    assert held["sentence"] in page.text
    assert "was not held against anything" in held["sentence"]


def test_packing_is_drawn_where_a_chip_takes_several_replicas(run, html) -> None:
    assert 'id="packing-title"' in html
    alone = replace(run.energy, packing=())
    assert 'id="packing-title"' not in page_of(replace(run, energy=alone))


def test_the_label_is_beside_every_total_and_under_it_what_is_not_counted(html) -> None:
    label = "Loihi 2 estimate with Loihi 1 constants."
    tile = html[html.index("Energy per inference, estimated") :]
    assert 0 < tile.index(label) < tile.index('<a href="#not-counted">') < tile.index("<nav")
    total = html[html.index("all together") :]
    ends = [total.index(what) for what in (label, "Not counted:", "off-chip links", "Every term")]
    assert ends == sorted(ends)


def test_what_lost_nothing_is_told_apart_from_what_lost(page) -> None:
    assert "Looked at and without loss: h1, bias rounding." in page.text


def test_it_loads_nothing(html, page) -> None:
    assert {a for a in page.addresses if not a.startswith("#")} == {"data:,"}
    assert not {"script", "img", "iframe", "object", "embed", "form"} & set(page.tags)
    assert "@import" not in html
    assert "url(" not in html
    assert "default-src 'none'" in html


def test_a_report_of_2048_targets_stays_small(make_run, tmp_path) -> None:
    run = make_run(targets=2048, steps=27, hidden=128)
    html, data = write(run, tmp_path)
    assert html.stat().st_size < TWO_MB
    assert data.stat().st_size < TWO_MB


def test_a_wide_and_busy_raster_is_cut_and_says_so(make_run) -> None:
    run = make_run(targets=2, steps=27, latency=8, hidden=600)
    checkers = np.indices(run.reference.spikes["h1"].shape).sum(axis=0) % 2 == 0  # the worst case
    busy = replace(run.reference, spikes={**run.reference.spikes, "h1": checkers})
    html = page_of(replace(run, records={"reference": busy}))
    assert len(html.encode()) < TWO_MB
    assert "Drawn: the first 1 slots, the first 277 channels." in html


def test_text_is_escaped(make_run) -> None:
    html = page_of(make_run(name="<script>alert(1)</script>"))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_hostile_names_are_text(make_run) -> None:
    html = page_of(make_run(name=" | ".join(HOSTILE)))
    assert not OBEYED.search(html)
    assert not re.search(r"<(script|img|iframe|svg onload)", html)
    text = " ".join(Page(html).text.split())
    for name in HOSTILE:
        assert " ".join(plain(name).split()) in text, ascii(name)


def test_text_in_drawings_is_escaped(run) -> None:
    report = build(run)
    report["spike_rate"] = {f"{n}<b>&": rates for n, rates in report["spike_rate"].items()}
    report["spike_rate_by_result"]["float"] = None
    html = render(run, report)
    assert "<b>" not in html
    assert "h1&lt;b&gt;&amp; from" in html  # in the description of the chart


def test_a_generated_graph_is_marked_and_a_real_one_is_not(html, make_run) -> None:
    assert 'class="badge">Generated graph' in html
    assert "Generated graph" not in page_of(make_run(generated=False, name="dblp"))


def test_without_a_backend_it_says_not_run(make_run) -> None:
    page = Page(page_of(make_run(backends=())))
    assert "No backend was run for this report. Run: neurograph run --backend" in page.text
    assert "identical" not in page.text


def test_a_backend_that_was_not_compared(run) -> None:
    text = Page(page_of(replace(run, agreements={}))).text
    assert "loihi-sim was run and not compared." in text
    assert "identical" not in text


def test_a_backend_that_differs(run) -> None:
    first = "h2: update 3, node 5, row 0, channel 1: reference fires, loihi-sim is silent"
    wrong = {
        **run.agreements["reference->loihi-sim"],
        "spikes": 0.9999999,
        "identical": False,
        "state_identical": False,
        "first_difference": first,
    }
    text = Page(
        page_of(replace(run, agreements={**run.agreements, "reference->loihi-sim": wrong}))
    ).text
    assert f"loihi-sim differs from the reference. First difference: {first}." in text
    assert f">{GAP}99.99{GAP}%" in text
    assert "identical" not in text


def test_two_backends_stand_side_by_side_each_with_its_verdict(make_run) -> None:
    run = make_run(backends=("loihi-sim", "plain"))
    wrong = {
        **run.agreements["reference->plain"],
        "identical": False,
        "first_difference": "h2: plain is silent",
    }
    text = Page(
        page_of(replace(run, agreements={**run.agreements, "reference->plain": wrong}))
    ).text
    said = " ".join(text.split())
    assert "loihi-sim (simulator of a chip), plain ran the same integers." in said
    assert "loihi-sim and the reference give the same spike in every neuron update" in said
    assert "plain differs from the reference. First difference: h2: plain is silent." in said
    for name in ("loihi-sim", "plain"):
        assert f"{name} with integer" in said


def test_equal_spikes_with_another_state_are_not_identical(run) -> None:
    wrong = {**run.agreements["reference->loihi-sim"], "state_identical": False}
    text = Page(
        page_of(replace(run, agreements={**run.agreements, "reference->loihi-sim": wrong}))
    ).text
    assert "loihi-sim differs from the reference." in text


def test_agreement_has_its_interval_and_what_touches_a_prediction(run, page) -> None:
    agreed = build(run)["agreement"]["float->reference"]
    low, high = agreed["predictions_interval"]
    assert f"{percent(low, 1)} to {percent(high, 1)}" in page.text
    assert agreed["first_difference"] in page.text
    rows = {
        "Nodes whose prediction changed": agreed["labels"]["changed"],
        "… from right to wrong": agreed["labels"]["flips"]["right_to_wrong"],
        "Differing spikes": agreed["differing_spikes"],
    }
    for name, number in rows.items():
        assert f"{name}{count(number)}" in page.text.replace("\n", "")
        assert number, "a row of nothing proves nothing"


def test_growth_is_drawn_of_the_pair_that_differs_and_of_no_other(run, html) -> None:
    layers = build(run)["agreement"]["float->reference"]["layers"]
    described = re.search(r'<desc id="growth-float-reference-desc">([^<]*)</desc>', html)[1]
    for name, layer in layers.items():
        ends = [f"{100 * layer['growth'][at]:.3g}{GAP}%" for at in (0, -1)]
        assert f"{name} from {ends[0]} to {ends[1]}" in described
    assert "growth-reference-loihi-sim" not in html
    assert "Alarm." not in html


def test_channels_that_fail_in_integers_alone_raise_an_alarm(run) -> None:
    spikes = {n: s.copy() for n, s in run.reference.spikes.items()}
    spikes["h1"][..., 3] = False
    integers = replace(run.reference, spikes=spikes)
    records = {**run.records, "reference": integers}
    agreed = compare(records["float"], integers).to_dict()
    changed = replace(run, records=records, agreements={"float->reference": agreed})
    report, text = build(changed), Page(page_of(changed)).text
    assert list(Draft202012Validator(SCHEMA).iter_errors(report)) == []
    said = "h1: 1 of 16 channels never fires on reference and not on float: 3."
    assert f"Alarm. {said}" in text
    assert "0 → 1" in text


def test_the_raster_is_of_the_first_correct_target(run, page) -> None:
    right = np.flatnonzero(run.reference.predictions == run.truth)
    assert run.reference.predictions[0] != run.truth[0], "the first node must not be correct"
    node = run.reference.nodes[right[0]]
    label = int(run.truth[right[0]])
    said = "the first node that the integer network classifies correctly"
    assert f"Node {node}, {said} (class {label} 'class {label}')." in page.text


def test_the_raster_draws_each_spike(run, html) -> None:
    at = np.flatnonzero(run.reference.predictions == run.truth)[0]
    for number, name in enumerate(("h1", "h2")):
        spikes = run.reference.spikes[name][at]
        assert spikes.any(), "a silent raster proves nothing"
        for row in range(spikes.shape[1]):
            pattern = rf'id="raster-{number}-{row}-title".*?<path class="spikes s\d" d="([^"]*)"'
            path = re.search(pattern, html)
            drawn = np.zeros(spikes[:, row].shape, bool)
            for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1H\1z", path[1]):
                drawn[int(x) : int(x) + int(width), int(y)] = True
            np.testing.assert_array_equal(drawn, spikes[:, row])


def test_no_correct_target(run) -> None:
    wrong = np.where(run.truth >= 0, (run.reference.predictions + 1) % 4, -1)
    text = Page(page_of(replace(run, truth=wrong))).text
    assert "no node of known class is classified correctly" in text


@pytest.mark.parametrize("change", [{"training": ()}, {"agreements": {}}])
def test_optional_parts_may_be_missing(run, change) -> None:
    assert "</html>" in page_of(replace(run, **change))


@pytest.mark.parametrize("settings", [{"steps": 1}, {"targets": 1}, {"latency": 4}])
def test_small_and_odd_runs(make_run, settings) -> None:
    assert not re.search(r"\b(nan|inf|None)\b", page_of(make_run(**settings)))


class TestAccessibility:
    def test_ids_are_unique_and_links_lead_somewhere(self, page) -> None:
        assert len(set(page.ids)) == len(page.ids)
        assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)

    def test_every_drawing_has_a_title_or_is_hidden(self, html) -> None:
        drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
        assert len(drawings) > 10
        for drawing in drawings:
            assert "<title" in drawing or 'aria-hidden="true"' in drawing

    def test_every_table_has_headers_with_a_scope(self, html) -> None:
        for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
            assert '<th scope="' in table
        assert "<th>" not in html

    @pytest.mark.parametrize("scheme", ["light", "dark", "print"])
    def test_contrast_is_at_least_that_of_wcag_aa(self, scheme) -> None:
        css = files("neurograph.report").joinpath("style.css").read_text("utf-8")
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css.split("@media")[0]))
        if scheme != "light":
            start = css.index({"dark": "color-scheme: dark", "print": "@media print"}[scheme])
            colours |= re.findall(r"--([\w-]+): (#\w{3,6});", css[start : start + 900])
        grounds = {"paper": ("ink", "soft", "accent"), "sheet": ("ink", "soft", "good", "bad")}
        grounds |= {"warn-back": ("warn",), "good-back": ("ink",), "faint": ("ink",)}
        for ground, inks in grounds.items():
            for ink in inks:
                assert contrast(colours[ground], colours[ink]) >= 4.5, (ground, ink)
        for line in range(6):  # graphics need 3
            assert contrast(colours["paper"], colours[f"s{line}"]) >= 3.0


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, WCAG 2.2."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_failure_leaves_the_earlier_report_alone(run, tmp_path, monkeypatch) -> None:
    before = [path.read_bytes() for path in write(run, tmp_path)]
    monkeypatch.setattr("neurograph.report.svg.raster", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(replace(run, truth=run.truth * 0), tmp_path)
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before


def test_the_same_run_gives_the_same_files(run, tmp_path) -> None:
    first, second = write(run, tmp_path / "a"), write(run, tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_an_on_chip_readout_has_its_layers_on_the_page(run) -> None:
    host = run.deployment.quantized
    rounded = round_readout(host.readout, host.steps, host.latency)
    chip = readout_on_chip(replace(host, readout=rounded))
    targets = len(run.truth)
    added = {
        p.name: np.zeros((targets, chip.updates, p.rows, p.channels), bool)
        for p in chip.populations[len(host.populations) :]
    }
    records = {
        name: record
        if name == "float"
        else replace(record, spikes={**record.spikes, **added}, network_sha256=chip.sha256)
        for name, record in run.records.items()
    }
    parts = {**run.deployment.runs_where, "readout": "on-chip"}
    placed = run.deployment.placement
    more = tuple(
        Slice(population=p.name, start=0, stop=p.rows * p.channels, core=1, replica=copy)
        for p in chip.populations[len(host.populations) :]
        for copy in range(placed.replicas)
    )
    moved = replace(
        run,
        deployment=replace(
            run.deployment,
            quantized=chip,
            runs_where=parts,
            placement=replace(placed, slices=(*placed.slices, *more)),
        ),
        records=records,
        counts=replace(
            run.counts,
            network_sha256=chip.sha256,
            synaptic_ops={j.name: 60 for j in chip.projections},
            sent={
                **run.counts.sent,
                **{s.name: np.zeros((chip.updates, s.rows, s.channels)) for s in chip.streams[1:]},
                **{name: spikes[0] for name, spikes in added.items()},
            },
        ),
        agreements={
            "float->reference": compare(records["float"], records["reference"]).to_dict(),
            "reference->loihi-sim": compare(records["reference"], records["loihi-sim"]).to_dict(),
        },
    )
    report, page = build(moved), Page(page_of(moved))
    assert list(Draft202012Validator(SCHEMA).iter_errors(report)) == []
    assert report["parts"]["readout"] == "on-chip"
    assert list(report["spike_rate"]) == ["h1", "h2", "clock", "gates", "logits"]
    assert list(report["spike_rate_by_result"]["float"]) == ["h1", "h2"]
    for name in ("clock", "gates", "logits"):
        assert f"of {name}" in page.text  # a column of the agreement


def first_screen(run) -> str:
    """Above the tiles, in one line."""
    html = page_of(run)
    return re.sub(r"[ \n]+", " ", Page(html[: html.index('<div class="tiles"')]).text)


def with_joules(yardsticks, *joules: float):
    """So many additions that these take as many joules."""
    measured = [
        replace(one, arithmetic=Arithmetic(acs=j / 1e-12), hears_labels=True)
        for one, j in zip(yardsticks.measured, joules, strict=True)
    ]
    return replace(yardsticks, measured=tuple(measured))


def test_the_first_screen_says_where_a_simple_method_is_better(run, make_yardsticks) -> None:
    below = replace(run, yardsticks=make_yardsticks(run, right=(0.1, 1.0, 0.95)))
    html, report, head = page_of(below), build(below), first_screen(below)
    own = percent(report["scores"]["reference"]["micro_f1"])
    said = f"On micro-F1 the network loses, {own} against the 100{GAP}% of method 1 of a long name"
    assert said in head
    assert '<a href="#yardsticks">' in html
    text = Page(html).text
    assert "2 of 3 have a higher micro-F1" in text
    assert "alpha 0.9, 30 iterations" in text
    assert "operations not counted; run: neurograph baseline RUN" in text
    assert "<people>" not in html


def test_the_first_screen_says_where_the_network_wins(run, make_yardsticks) -> None:
    best = replace(run, yardsticks=make_yardsticks(run, right=(0.1, 0.2)))
    head, report = first_screen(best), build(best)
    own = percent(report["scores"]["reference"]["micro_f1"])
    assert f"On micro-F1 the network wins, {own} against the " in head
    assert "loses" not in head.split(";")[0]
    assert "None of the 2 has a higher micro-F1 than the network in integers." in (
        Page(page_of(best)).text.replace("\n", " ")
    )


def test_energy_is_won_against_what_is_as_good(run, make_yardsticks) -> None:
    """The second method is better and takes little; the first is worse and takes less."""
    whole = build(run)["leaderboard"]["rows"][0]["energy_j"]["typical"]
    yardsticks = make_yardsticks(run, right=(0.1, 1.0))
    cheap = replace(run, yardsticks=with_joules(yardsticks, whole / 8, whole / 2))
    head, board = first_screen(cheap), build(cheap)["leaderboard"]
    against = f"{quantity(whole, 'J')} per node against the {quantity(whole / 2, 'J')} of method 1"
    assert f"on energy it loses, {against}" in head
    assert "which is as good or better" in head
    assert "With less micro-F1, 1 method takes less energy." in head
    assert board["above"] == ["method-1"]
    assert board["cheaper"] == ["method-1", "floats"]
    assert (board["frugal"], board["worse_cheaper"]) == ("method-1", ["method-0"])
    assert [row["times"] for row in board["rows"][-2:]] == pytest.approx([1 / 8, 1 / 2])


def dear_floats(run):
    """A run whose host multiplies at so many joules that the chip takes less."""
    profile = run.deployment.profile
    mac = replace(profile.host["mac_fp32"], value=1e-6, low=1e-6, high=1e-6)
    host = {**profile.host, "mac_fp32": mac, "mac_int8": mac}
    return replace(run, deployment=replace(run.deployment, profile=replace(profile, host=host)))


def test_energy_is_won_where_nothing_as_good_takes_less(run, make_yardsticks) -> None:
    whole = build(run)["leaderboard"]["rows"][0]["energy_j"]["typical"]
    yardsticks = with_joules(make_yardsticks(run, right=(0.1, 1.0)), whole * 3, whole * 2)
    dear = replace(dear_floats(run), yardsticks=yardsticks)
    head, board = first_screen(dear), build(dear)["leaderboard"]
    assert f"on energy it wins, {quantity(whole, 'J')} per node against the" in head
    assert "takes less energy" not in head
    assert (board["frugal"], board["cheaper"]) == ("method-1", [])
    worse = replace(dear, yardsticks=with_joules(make_yardsticks(run, right=(0.1,)), whole / 2))
    assert "of its own floats on the host" in first_screen(worse)


def test_the_networks_own_floats_compete_on_energy_alone(run) -> None:
    board = build(run)["leaderboard"]
    network, floats = board["rows"]
    assert (network["kind"], floats["kind"]) == ("network", "floats")
    assert board["next"] is None
    assert board["frugal"] == "floats"
    assert "On micro-F1 the network stands alone" in first_screen(run)
    assert network["parts_j"]["dynamic_j"] == build(run)["energy"]["dynamic_j"]
    assert floats["scores"] == build(run)["scores"]["float"]


def test_a_twin_stands_on_the_first_screen(run, twin) -> None:
    beside = replace(run, baselines=[twin])
    row = build(beside)["leaderboard"]["rows"][2]
    assert (row["title"], row["kind"], row["hears_labels"]) == (
        "sage without spikes",
        "twin",
        False,
    )
    assert row["scores"] == {"micro_f1": 0.625, "macro_f1": 0.5}
    assert row["operations"]["macs"] == 50_100
    assert f"62.50{GAP}%" in first_screen(beside)


def test_without_yardsticks_it_says_how_to_measure_them(page) -> None:
    assert "Run: neurograph baseline RUN" in page.text
    assert "Simple methods were not measured (neurograph baseline RUN)" in page.text


def test_nodes_that_were_trained_on_are_said_beside_the_scores(run, html) -> None:
    told = "and the network was trained on 7 of them, which flatters it"
    assert told in page_of(replace(run, learned=7))
    assert "which flatters it" not in html
