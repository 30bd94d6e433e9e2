"""The report as one HTML file that needs no other: style and figures are inside, nothing is loaded, nothing runs."""

import base64
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from analysis.core.report.document import Document, Figure, to_json

TEMPLATE = Path(__file__).with_name("report.html.jinja")


def to_html(document: Document) -> str:
    """The same document gives the same text. Every value is escaped by the template engine."""
    engine = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = engine.from_string(TEMPLATE.read_text(encoding="utf-8"))
    figures = {figure.name: data_url(figure) for section in document.sections for figure in _figures(section.blocks)}
    return template.render(document=to_json(document), images=figures, running_css=css_text(document.running)) + "\n"


def css_text(text: str) -> Markup:
    """The text as a string of a style sheet: every sign but plain letters and digits as its number."""
    return Markup('"' + "".join(one if one.isalnum() else f"\\{ord(one):06x}" for one in text) + '"')  # noqa: S704


def _figures(blocks: tuple[object, ...]) -> list[Figure]:
    return [block for block in blocks if isinstance(block, Figure)]


def data_url(figure: Figure) -> str:
    """As an image: a browser runs no script of an SVG that it shows as one, and ids of two drawings never meet."""
    return f"data:image/svg+xml;base64,{base64.b64encode(figure.svg.encode()).decode()}"
