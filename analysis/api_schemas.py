"""What the JSON answers of the API hold, as the OpenAPI document tells it."""

from datetime import datetime
from typing import Any

from ninja import Schema

Value = str | int | float | None


class Refusal(Schema):
    error: str
    message: str


class Reader(Schema):
    code: str
    pairs: int
    finished: int


class Summary(Schema):
    slug: str
    title: str
    status: str
    participants: int
    image_sets: int
    readers: list[Reader]
    sealed_at: datetime | None
    locked_at: datetime | None
    unblinded_at: datetime | None
    allocation_sha256: str
    scores_sha256: str
    plan_sha256: str


class PlanVersion(Schema):
    version: int
    post_hoc: bool
    sha256: str
    made_by: str
    made_at: datetime | None
    reason: str
    plan: dict[str, Any]


class Durations(Schema):
    n: int
    q1: float | None
    median: float | None
    q3: float | None
    too_fast: int
    outliers: int
    much_faster_than_others: bool


class Sides(Schema):
    left: int
    none: int
    right: int
    p_binom: float | None


class Alike(Schema):
    n: int
    identical: int
    identical_share: float | None
    identical_not_middle: int
    identical_not_middle_share: float | None


class ReaderConduct(Schema):
    displays: int
    opened: int
    finished: int
    scores: int
    missing: dict[str, int]
    duration_s: Durations
    sides: Sides
    straight_lining: Alike


class Repeats(Schema):
    n: int
    exact: float | None
    within_one: float | None
    reversals: float | None


class BlindedAgreement(Schema):
    pairs: int
    fewest_pairs: int
    n: int | None
    kappa: float | None
    ac2: float | None


class Spread(Schema):
    n: int | None
    tie_share: float | None
    mean_square: float | None


class Conduct(Schema):
    """`consistency_flags`, how many boxes are ticked in all, only for coordinators."""

    readers: dict[str, ReaderConduct]
    repeats: Repeats
    agreement: BlindedAgreement
    spread: Spread
    consistency_flags: int | None = None


class DataPackage(Schema):
    """A Frictionless tabular data package."""

    profile: str
    name: str
    title: str
    created: datetime
    csv_guard: str
    resources: list[dict[str, Any]]


class Band(Schema):
    title: str
    span: int


class Group(Schema):
    title: str
    rows: list[list[str]]


class Table(Schema):
    """A table as it is printed: every cell as text, rows in groups, headings that share a band of columns."""

    name: str
    title: str
    caption: str
    heading: str
    columns: list[str]
    bands: list[Band]
    groups: list[Group]
    notes: list[str]


class FigureFiles(Schema):
    """A figure, and where its files are, from the address of the study; `rows` is the same as `csv`, as JSON."""

    name: str
    section: str
    title: str
    caption: str
    svg: str
    png: str
    csv: str
    rows: str


class SectionAnswer(Schema):
    """`needs` is the key of results.json that the section prints; empty tables: it does not apply to this study."""

    code: str
    title: str
    lead: str
    needs: str
    comparison: str
    tables: list[Table]
    figures: list[FigureFiles]


class SectionLine(Schema):
    code: str
    title: str
    lead: str
    tables: list[str]
    figures: list[str]


class Provenance(Schema):
    """From what the results were made: hashes, plan, seed, versions of everything that made a number or a page."""

    plan_version: int
    post_hoc: bool
    plan_line: str
    computed_at: datetime
    seed: int
    plan_sha256: str
    sealed_plan_sha256: str
    data_sha256: str
    allocation_sha256: str
    allocation_seal_sha256: str
    locked_scores_sha256: str
    versions: dict[str, str]
    images_measured_with: list[str]
    printed_with: dict[str, str]
    files: dict[str, str]


class Results(Schema):
    """results.json: the keys that every study has, null where a section does not apply."""

    meta: dict[str, Any]
    cells: dict[str, dict[str, dict[str, Any]]]
    multiplicity: dict[str, Any]
    agreement: dict[str, Any] | None
    intra_reader: dict[str, Any] | None
    position_bias: dict[str, Any]
    allocation_balance: dict[str, Any]
    drift: dict[str, Any]
    straight_lining: dict[str, Any]
    time: dict[str, Any]
    consistency: dict[str, Any] | None
    subgroups: dict[str, Any]
    models: dict[str, Any]
    bootstrap: dict[str, Any] | None
    image_metrics: dict[str, Any] | None
    subgroup_interactions: dict[str, Any] | None = None
    metric_preference: dict[str, Any] | None = None
    course: dict[str, Any] | None = None
    blinding_index: dict[str, Any] | None = None
