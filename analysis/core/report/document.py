"""What a report consists of: sections of paragraphs, facts, tables and figures. Text is plain text, never markup."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.core.section_tables.table import Band, Group, PrintedTable, group

# More columns than this do not fit on a sheet on its long side, or upright: such a table is told in parts.
MOST_COLUMNS, MOST_UPRIGHT = 15, 9


@dataclass(frozen=True)
class Paragraph:
    """`kind` is text, hint (small print) or warning."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Names and values, one a line; hashes are set in a fixed width."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Figure:
    """An SVG that needs no other file; `name` is the one that its files have elsewhere, `section` where it stands."""

    name: str
    section: str
    title: str
    caption: str
    svg: str


Block = Paragraph | Bullets | Facts | PrintedTable | Figure


@dataclass(frozen=True)
class Section:
    """One chapter. A wide one is printed on sheets that lie on their long side; most begin a new one."""

    code: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    wide: bool = False
    new_page: bool = True


@dataclass(frozen=True)
class Document:
    """`running` stands at the foot of every printed page, before its number."""

    title: str
    subtitle: str
    running: str
    sections: tuple[Section, ...]


def table(name: str, title: str, caption: str, rows: Sequence[Mapping[str, Any]]) -> PrintedTable:
    """A table of rows that all have the same names in the same order."""
    cells = (tuple(map(str, row.values())) for row in rows)
    return PrintedTable(name, title, caption, tuple(rows[0]) if rows else (), (group("", cells),))


def parts(whole: PrintedTable, *, wide: bool) -> Iterator[PrintedTable]:
    """The table as it fits on a sheet: a wider one with bands in several, each with the columns of the first band."""
    most = MOST_COLUMNS if wide else MOST_UPRIGHT
    if len(whole.columns) <= most or len(whole.bands) < 3:
        yield whole
        return
    first, *others = whole.bands
    taken: list[Band] = []
    start = first.span
    for place, band in enumerate(others):
        taken.append(band)
        width = first.span + sum(one.span for one in taken)
        last = place == len(others) - 1
        if last or width + others[place + 1].span > most:
            span = sum(one.span for one in taken)
            yield _part(whole, first, taken, [*range(first.span), *range(start, start + span)])
            start, taken = start + span, []


def _part(whole: PrintedTable, first: Band, bands: Sequence[Band], places: Sequence[int]) -> PrintedTable:
    def narrowed(one: Group) -> Group:
        return Group(one.title, tuple(tuple(row[place] for place in places) for row in one.rows))

    titles = ", ".join(band.title for band in bands)
    return PrintedTable(
        name=f"{whole.name}_{len(places)}_{places[-1]}",
        title=f"{whole.title}: {titles}",
        caption=whole.caption,
        columns=tuple(whole.columns[place] for place in places),
        groups=tuple(map(narrowed, whole.groups)),
        bands=(first, *bands),
        notes=whole.notes,
        heading=whole.heading,
    )


def to_json(document: Document) -> dict[str, Any]:
    """Plain values, each block with its `kind` of block: what the templates read."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "running": document.running,
        "sections": [
            {
                "code": section.code,
                "title": section.title,
                "lead": section.lead,
                "wide": section.wide,
                "new_page": section.new_page,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in document.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, PrintedTable):
        return _table(block)
    return {"block": type(block).__name__.lower(), **vars(block)}


def _table(whole: PrintedTable) -> dict[str, Any]:
    return {
        "block": "table",
        "title": whole.title,
        "caption": whole.caption,
        "columns": list(whole.columns),
        "kinds": list(whole.kinds),
        "bands": [vars(band) for band in whole.bands],
        "groups": [
            {"title": one.title, "rows": [[vars(cell) for cell in row] for row in one.rows]}
            for one in whole.groups
            if one.rows
        ],
        "notes": list(whole.notes),
    }
