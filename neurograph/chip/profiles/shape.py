"""The shape of a profile file as pydantic models: what a JSON schema can say, and no more.

Which keys and units a table of constants has is in `keys`, what hangs together in `problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic_core import PydanticCustomError, core_schema

from neurograph.chip.profile import Basis, Constant
from neurograph.ir import neuron_kinds
from neurograph.ir.neurons.kinds import BUILT_IN

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(ge=0)]


class _Kind:
    """One of the kinds of neurons that there are when it is asked for, installed ones included."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(_known_kind)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"enum": list(neuron_kinds())}


def _known_kind(given: object) -> object:
    if not isinstance(given, str) or not (given in BUILT_IN or given in neuron_kinds()):
        raise PydanticCustomError(UNKNOWN_KIND, "unknown kind of neuron")
    return given


UNKNOWN_KIND = "neuron_kind"  # pydantic's name of the error
NeuronKind = Annotated[str, _Kind]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Known(Table):
    value: Annotated[Number, Field(description="the typical value")]
    low: Annotated[Number, Field(description="the lowest that is plausible")]
    high: Annotated[Number, Field(description="the highest that is plausible")]
    unit: Text
    source: Annotated[Text, Field(description="a key of [sources]")]
    basis: Annotated[Basis, Field(description="assumed: outputs mark the number")]
    note: Annotated[str, Field(description="a caveat that outputs print")] = ""

    def noun(self) -> Constant:
        return Constant(**self.model_dump())


class Unknown(Table):
    unknown: Literal[True]
    unit: Text
    note: Annotated[Text, Field(description="why nobody knows it")]

    def noun(self) -> Constant:
        return Constant(
            value=None,
            low=None,
            high=None,
            unit=self.unit,
            source="",
            basis="assumed",
            note=self.note,
        )


def _kind(raw: object) -> str:
    return "unknown" if isinstance(raw, Mapping) and "unknown" in raw else "known"


AnyConstant = Annotated[
    Annotated[Known, Tag("known")] | Annotated[Unknown, Tag("unknown")], Discriminator(_kind)
]
Constants = dict[str, AnyConstant]
ConstantSets = Annotated[dict[str, Constants], Field(min_length=1)]


class Source(Table):
    cite: Text
    doi: Text = ""
    url: Text = ""
    where: Annotated[Text, Field(description="table, file or page")] = ""

    def text(self) -> str:
        doi = f"doi:{self.doi}" if self.doi else ""
        return "; ".join(part for part in (self.cite, doi, self.url, self.where) if part)


class File(Table):
    name: Text
    title: Text
    base: Annotated[
        Text,
        Field(description="a known profile, or a .toml file relative to this one: says the rest"),
    ] = ""
    without: Annotated[
        list[Text],
        Field(description='dotted keys that are not taken over from the base: "energy.davies2018"'),
    ] = []
    neurons: Annotated[list[NeuronKind], Field(min_length=1)]
    synapses: Annotated[
        Literal["copied", "shared"],
        Field(description="shared: a core stores a weight once for all rows and replicas on it"),
    ]
    notes: Annotated[list[Text], Field(description="sentences that outputs print")] = []
    limits: Constants
    energy: Annotated[ConstantSets, Field(description="the first set gives the typical values")]
    time: Annotated[ConstantSets, Field(description="the same sets as those of energy")]
    static: Constants
    host: Constants
    reference: Annotated[
        Constants, Field(description="outputs show them; nothing is computed from them")
    ] = {}
    sources: dict[str, Source]


def nouns(table: Constants) -> dict[str, Constant]:
    return {name: constant.noun() for name, constant in table.items()}
