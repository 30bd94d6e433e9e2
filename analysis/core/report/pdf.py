"""The report as a PDF, typeset by Typst: tagged for assistive technology (PDF/UA-1), no clock, fonts inside."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typst
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

from analysis.core.report.document import Document, to_json
from readerstudy.core.errors import BadData

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = Path(get_data_path()) / "fonts" / "ttf"


class CannotTypeset(BadData):
    """Typst refused the document."""


def to_pdf(document: Document) -> bytes:
    """
    The same document gives the same bytes.

    The text goes to Typst as data, which its template prints and never reads as markup. Fonts are Typst's own and
    DejaVu, so that every machine makes the same file; only where the text has signs that these lack, as Chinese, the
    fonts of the machine are asked too.

    Raises CannotTypeset.
    """
    content = to_json(document)
    compiler = typst.Compiler(
        TEMPLATE.read_bytes(),
        font_paths=_fonts(system=bool(unknown_signs(content))),
        sys_inputs={"document": json.dumps(content, ensure_ascii=False)},
    )
    try:
        pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=0)
    except typst.TypstError as error:
        raise CannotTypeset(f"The report could not be typeset: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise CannotTypeset("The report could not be typeset: no single file came out.")
    return pdf


@cache
def _fonts(*, system: bool) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=system, font_paths=[FONTS])


def unknown_signs(content: Any) -> set[str]:
    """The signs of a document's text that no font which we bring has."""
    known = FT2Font(str(FONTS / "DejaVuSans.ttf")).get_charmap()
    return {sign for text in _texts(content) for sign in set(text) if ord(sign) not in known and sign.isprintable()}


def _texts(content: Any, name: str = "") -> Iterator[str]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, key)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value)
    elif isinstance(content, str) and name != "svg":
        yield content
