"""DBLP: who wrote a paper with whom in 27 years, and the field that an author works in.

The hashes of the edge lists were computed from an independently checked copy of the same edges in
the same order, not from a download, and its line ends are not known: so line ends are read as LF
before hashing. The hash of the label file is that of the published bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.assemble import assemble
from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.label_file import labels_of_table
from neurograph.graphs.io.names import NodeNames
from neurograph.graphs.sets.data_set import DataSet, Progress
from neurograph.graphs.sets.download import download
from neurograph.graphs.tables import read_table

COMMIT = "232bcd8243943d0599dde65d2315d2b09b7802e7"
EDGES_SHA256 = (  # of each year
    "ad427c67937c39bb0ec6844491426deed558f3feb8455e4e2f085fc418a4b2ff",
    "54428d08bc9ba9e77dcf1d402e0e14f0221187916b7222eb63499eac9fd4a282",
    "40a7a96adca1fb59e6250a7f49b7bda21b28f3ea34d70162a75cab3674cd305a",
    "40810920d4edffa76211edc07d2037183e39e2f7c50e7c5114630d35f54b7820",
    "da23f50316ce42514e379130c23bba79db445bbe9c1a30a625d19e3a13283125",
    "5758b92f19cc83dfe65d711e532c99ffde45c55e75cadb52c7222dfacd0316c5",
    "7d53749dd37fee7cf6cf29492fc28261edc88ea6a11be48c113f7cead6b6aec2",
    "78c91cac2c6697e60f40669ec4fdc274642759d1c2d134efdd3cdf570808f162",
    "717091c5b205b448fd05fe65481c553d0e2bd851f44b8336c18db8b6ced6d780",
    "bb956e862702d04626c5839cf1b1aefeb7356eaabfe3714e2d581bb1b1cee014",
    "e97bd3f0d81bf5923d4a7865f2729d9bd9655124f3475ba4b31ff742d748fb95",
    "63567c9745ed39ab8a0260e25cd1e4de75da8b1022ae9aa43f6e7472d6a5d48c",
    "c449472d09fd6164677eeee8dfb59d598220c9ab8434f2bcd1bacc89421817b5",
    "db250ad0c1c3049e8a5f1bdd12d902d74499779b22f31f142588a4e78a6045c8",
    "b77323726264cb12a76cc8e7cd2a4a3665ceb72de1308d82155f85f469256de7",
    "f151ea48fd0d47452723067b67f02e20adb41d268bca35a5dc382f6363b3cf23",
    "352cc6d1acadd7f4dc0aff6fa3f96451fd95c47a601b043baeb70c11bbfe3f2d",
    "b5b61121ee57278eb2e702089700bb34c2d7c2bd2208353f790bbc3cb96d66d3",
    "5f83855dead41cb75315930ca6dbfd4a7cfbd7fc8166aacadf668accc68e05a3",
    "a778b6025e148091342291c6da00d8e8e07ab27564e1325e91e05c3e2a167289",
    "dfa67eed85fd04bd394bcd8c98d77353d30829ba14d0845a4e3edd0758b988a4",
    "cf778d1c6d258900bbd0af7b78a9a0318c3cf3f8f43242a9c0309af4e9b3a9ff",
    "57e990b949c4145d6f73fddac988f86aa4f17985cbcd0efb1befa2c7f436088a",
    "9648f6c0269b72b05fba0054f53863be511ff58e93bd65330a51faef1adbc08c",
    "4a06fd795332330882b6e3f99e68491c3ccbb64b0e506287d1d0ee1c5aec6dee",
    "389682244e65916cc617edfa30e0fedf910ecedcf53f3f21a88155d2feeabbf2",
    "f761c8f295f5403a027c4f01d215c022ef67a565f7ad93011658512cfa271cf3",
)
EDGES = {f"convert/dblp/{year}.txt": sha256 for year, sha256 in enumerate(EDGES_SHA256)}
LABELS = "data/dblp/node2label.txt"
LABELS_SHA256 = "9aa07d90f77d7568616081dd5c25ed1e91d474edca752415f2c095d942125adc"


class Dblp(DataSet):
    """One file of edges per snapshot, and one of labels.

    Attributes:
        nodes: in the graph.
        edges: path of the edge list of each snapshot -> SHA-256, line ends as LF. Its first line
            is a header: numbers of nodes and of edges.
        labels: path of ``node label`` lines -> SHA-256, as above.
    """

    name = "dblp"
    title = "co-authors of computer science papers, 27 years, 10 fields"
    source = (
        f"github xieluodi/STDNE, commit {COMMIT}; cite Zuo et al., KDD 2018 (HTNE) and Lu et al., "
        "CIKM 2019 (M2DNE)"
    )
    licence = "the repository names none; the underlying dblp metadata is CC0 1.0"
    url = f"https://raw.githubusercontent.com/xieluodi/STDNE/{COMMIT}"
    graph_sha256 = "b7c106ae811111dedc4fbf89c43cf04fc933e320318da19f61b357256dc45091"
    nodes = 28085
    edges: Mapping[str, str] = EDGES
    labels: Mapping[str, str] = {LABELS: LABELS_SHA256}

    def make(self, folder: Path, *, url: str, progress: Progress | None = None) -> TemporalGraph:
        files = {**self.edges, **self.labels}
        download(files, url, folder, progress)
        tables = [read_table(folder / path, header=False).columns for path in self.edges]
        u, v = (np.concatenate([table[name][1:] for table in tables]) for name in ("0", "1"))
        lengths = [len(table["0"]) - 1 for table in tables]
        (file,) = self.labels
        listed = labels_of_table(read_table(folder / file, header=False), doubts=Doubts(yes=True))
        labels = listed.on(NodeNames(np.arange(self.nodes)))
        return assemble(
            u,
            v,
            np.repeat(np.arange(len(tables)), lengths),
            num_nodes=self.nodes,
            num_steps=len(tables),
            labels=labels.values,
            label_names=labels.names,
            meta={
                "name": self.name,
                "source": self.source,
                "licence": self.licence,
                "generated": False,
                "files": [{"name": path, "sha256": sha256} for path, sha256 in files.items()],
                "time_rule": {"rule": "one file is one step", "kind": "files"},
                "counts": {"rows": len(u)},
            },
        )
