"""What small inputs as people have them should become: a graph, a question, or a refusal.

The inputs are the folders of `cases` beside the real graphs; in each, `try.sh` holds the commands.
A command is known here by the word of it that no other command of its case has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a command should say, on standard output or error.

    Attributes:
        outcome: right (a graph, features), asked, or refused.
        says: a regular expression that must be found.
    """

    outcome: str
    says: str

    def met(self, status: int, said: str) -> bool:
        """Whether this was said, without a word of a fault of ours."""
        fault = "Traceback" in said or "This is a bug" in said
        asked = "to take the guess as it stands: --yes" in said
        outcome = "right" if status == 0 else "asked" if asked else "refused"
        return not fault and outcome == self.outcome and bool(re.search(self.says, said, re.DOTALL))


def graph(nodes: int, steps: int, classes: int = 0, also: str = "") -> Expected:
    """A graph of this size; `also` is said before."""
    size = rf"{nodes} nodes, {steps} steps?, [0-9,]+ pairs, {classes} classes"
    return Expected(outcome="right", says=f"{also}.*{size}" if also else size)


def refused(says: str) -> Expected:
    return Expected(outcome="refused", says=says)


def asked(says: str) -> Expected:
    return Expected(outcome="asked", says=says)


def features(says: str = "given features") -> Expected:
    return Expected(outcome="right", says=says)


HIGH = r"validation micro-F1 (9[0-9]|100)[.][0-9]+ %"
TWO = r"taken as no label.*60 nodes, 8 steps, [0-9,]+ pairs, 2 classes"
CASES: dict[str, dict[str, Expected]] = {
    "bom_crlf": {
        name: graph(60, 8)
        for name in (
            *("bom.csv", "bom.txt", "utf16.csv", "edges.CSV", "edges.tsv", "edges_header.txt"),
            *("spaces.csv", "float_ids.csv", "noheader.csv", "index_col.csv", "quoted.csv"),
            "tabs.txt",
        )
    },
    "elliptic": {"txs_edgelist.csv": graph(60, 1), "merged.csv": graph(60, 7, 2, "no label")},
    "features_given": {
        "labels.txt": graph(60, 8, 3),
        "x_static.npy": features(),
        "x_ntf.npy": features(),
        "x_int.npy": features(),
        "x.csv": features(),
        "x_named.csv": features(),
        "x.npz": features(),
        "x_sparse.npz": features(),
        "x_nan.npy": refused("nan at step 3, node 5, feature 2"),
        "x_constant.npy": features("constant|same value|same features|alike"),
    },
    "feature_scale": {
        "labels.txt": graph(300, 4, 3),
        "x_raw": features(rf"{HIGH}.*{HIGH}"),
    },
    "few_timestamps": {"edges.txt": asked("--steps [0-9]+")},
    "ids_with_gaps": {
        "--edges edges.txt": graph(60, 8, 3),
        "awk": graph(60, 8, 3),
        "--dim 16": features("std of the 60 real rows"),
    },
    "iso_datetimes": {
        name: graph(60, 8)
        for name in (
            *("edges.csv", "edges.parquet", "edges_utc.parquet", "edges_str.parquet"),
            "edges_Int64.parquet",
        )
    },
    "jodie_features": {"demo.csv": graph(80, 8, 0, "f0")},
    "jodie_one_feature": {"demo.csv": graph(50, 8, 0, "two kinds of nodes")},
    "konect_out": {"out.demo": graph(60, 8)},
    "label_columns": {"other_columns.csv": graph(60, 8, 3)},
    "label_files": {
        **{
            name: graph(60, 8, 3)
            for name in (
                *("names_text.txt", "names_tab.tsv", "names.csv", "header.txt"),
                *("one_per_line.txt", "y.npy", "labels_cat.parquet"),
            )
        },
        "rare.txt": graph(60, 8, 4, "one node"),
        "isolated.txt": graph(80, 8, 3, "no edge"),
    },
    "multi_label": {
        "multi_rows.txt": refused("several are not supported"),
        "multi_column.csv": asked("label2"),
        "onehot.csv": refused("one-hot"),
    },
    "networkx_files": {
        "g.graphml": graph(60, 8, 3),
        "g.gexf": graph(60, 8, 3),
        "g.edgelist": graph(60, 8),
        "g.adjlist": refused("no times.*without --steps"),
        "g.json": graph(60, 8, 3),
    },
    "npz_forms": {
        "pyg_like.npz": graph(60, 8, 3),
        "src_dst.npz": graph(60, 8),
        "edges.npy": graph(60, 8),
        "names.npz": graph(60, 8, 3),
        "float_y.npz": graph(60, 8, 3),
        "good.npz": graph(60, 8, 3),
    },
    "object_npz": {"objects.npz": refused("label_names holds Python objects")},
    "one_file_per_snapshot": {"--edges .": graph(40, 5, 0, "2004")},
    "pyg_pt": {
        "temporal_data.pt": graph(60, 8, 3),
        "mkdir": refused("a PyTorch file"),
        "export foreign": refused("a file; needed the folder of a run"),
    },
    "repeated_edges_option": {"a.txt": features("60 nodes, 8 steps.*rows.*400")},
    "signed_directed": {"ratings.csv": graph(60, 6, 0, "RATING.*not taken.*directions")},
    "sociopatterns_semicolon": {"demo_2011.csv": graph(60, 10, 3)},
    "static_graph": {"static.npz": graph(60, 1, 3), "edges.txt": graph(60, 1)},
    "string_ids": {"edges.csv": graph(60, 8, 3)},
    "tgbl_coin": {"edgelist.csv": graph(60, 11)},
    "tgbn_trade": {"edgelist.csv": graph(60, 12, 3)},
    "unknown_class": {
        name: Expected(outcome="right", says=TWO)
        for name in (
            *("unknown.csv", "nan.csv", "floats.csv", "empty_is_none.csv"),
            *("labels_null.parquet", "labels_floatnan.parquet"),
        )
    },
    "weighted_edgelist": {"graph.weighted": asked("a weight")},
}
