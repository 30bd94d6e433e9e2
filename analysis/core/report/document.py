"""What a report consists of: sections of paragraphs, facts, tables and figures. Text is plain text, never markup."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NUMBERS = re.compile(r"[\s\d.,:<>=≤≥±×%()/−–-]*(?:\bto\b[\s\d.,<>±%()/−–-]*)*")
# A column whose text is longer is set as words: to the left, with as much room as there is.
WORDS_FROM = 24


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
class Table:
    """Rows of text under headings, as many cells in each row as there are columns."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """For each column `number`, `text` or `words` (long text)."""
        return tuple(_kind([row[place] for row in self.rows]) for place in range(len(self.columns)))


def _kind(cells: Sequence[str]) -> str:
    if cells and all(_NUMBERS.fullmatch(cell) for cell in cells):
        return "number"
    return "words" if any(len(cell) > WORDS_FROM for cell in cells) else "text"


@dataclass(frozen=True)
class Figure:
    """An SVG that needs no other file; `name` is the one that its files have elsewhere, `section` where it stands."""

    name: str
    section: str
    title: str
    caption: str
    svg: str


Block = Paragraph | Bullets | Facts | Table | Figure


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


def table(
    title: str, caption: str, rows: Sequence[Mapping[str, Any]], *, note: str = "", columns: Sequence[str] = ()
) -> Table:
    """A table of rows that all have the same names in the same order; `columns` names those of an empty one."""
    names = tuple(rows[0]) if rows else tuple(columns)
    return Table(title, caption, names, tuple(tuple(str(row[name]) for name in names) for row in rows), note)


def to_json(document: Document) -> dict[str, Any]:
    """Plain values, each block with its `kind` of block: what the typesetter reads."""
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
    kinds = {"kinds": list(block.kinds)} if isinstance(block, Table) else {}
    return {"block": type(block).__name__.lower(), **vars(block), **kinds}
