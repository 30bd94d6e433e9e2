"""The HTML file: whole, quiet, and proof against what people type."""

import re
from html.parser import HTMLParser

import pytest

from analysis.core.report.document import Document, Figure, Paragraph, Section
from analysis.core.report.html import css_text, to_html
from tests.analysis.core.report.hostile import EVIL, hostile_report

# What a document of text, tables and pictures is made of; anything else came from outside.
EXPECTED = {
    "html", "head", "meta", "title", "style", "body", "header", "nav", "ol", "li", "a", "main", "section", "h1", "h2",
    "h3", "p", "ul", "dl", "dt", "dd", "code", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure",
    "img", "figcaption", "footer", "strong",
}  # fmt: skip


class Reader(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.text = set(), [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def written(report_of, results, figures):
    return to_html(report_of(results, figures))


class TestToHtml:
    def test_it_needs_no_other_file_and_runs_nothing(self, written):
        reader = Reader(written)
        loaded = [value for name, value in reader.attributes if name in {"src", "href"}]

        assert reader.elements <= EXPECTED
        assert all(value.startswith(("data:image/svg+xml;base64,", "#")) for value in loaded)
        assert not [name for name, _ in reader.attributes if name.startswith("on")]
        assert "@import" not in written
        assert "url(" not in written

    def test_every_link_of_the_contents_leads_to_a_chapter(self, written):
        reader = Reader(written)
        targets = {value for name, value in reader.attributes if name == "id"}

        assert {value for name, value in reader.attributes if name == "href"} == {f"#{target}" for target in targets}

    def test_pictures_have_words_and_tables_have_headings(self, written):
        assert written.count("<img ") == len(re.findall(r'<img src="[^"]+" alt="[^"]+">', written)) > 4
        assert written.count("<table>") == written.count("<thead>") > 8

    def test_what_people_type_stays_text(self, results_of):
        document = hostile_report(results_of)
        reader = Reader(to_html(document))

        assert reader.elements <= EXPECTED
        assert not [name for name, _ in reader.attributes if name.startswith("on")]
        assert "".join(reader.text).count(EVIL) >= 8

    def test_a_script_in_a_drawing_is_out_of_reach(self):
        figure = Figure("f", "s", "T", "C", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        page = to_html(Document("T", "", "", (Section("s", "S", "", (figure, Paragraph("x"))),)))

        assert "alert(1)" not in page  # it is inside an image, where no browser runs it


class TestCssText:
    @pytest.mark.parametrize("text", ['a"; } body { display: none } </style><script>', "\\", "\n", "/* x"])
    def test_no_sign_can_end_the_string(self, text):
        made = css_text(text)

        assert re.fullmatch(r'"(?:[^\W_]|\\[0-9a-f]{6})*"', made)

    def test_it_reads_back(self):
        assert css_text("a·1") == '"a\\0000b71"'
