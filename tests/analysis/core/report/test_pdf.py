"""The PDF: tagged, numbered, with headings that repeat; the same bytes each time; text is never markup."""

import io
import re

import pypdf
import pytest

from analysis.core.report.document import Document, Figure, Paragraph, Section, table
from analysis.core.report.pdf import CannotTypeset, to_pdf, unknown_signs
from analysis.core.section_tables.table import Group, PrintedTable, group
from tests.analysis.core.report.hostile import hostile_report


def read(document):
    return pypdf.PdfReader(io.BytesIO(to_pdf(document)))


def text_of(reader):
    """Without the signs at which a long word may break."""
    return "\n".join(page.extract_text() for page in reader.pages).replace("\u200b", "")


def small(*blocks, title="T"):
    return Document(title, "Report", "the running line", (Section("s", "S", "", blocks),))


class TestToPdf:
    def test_it_is_tagged_titled_and_has_an_outline(self, report_of, results):
        reader = read(report_of(results))

        assert reader.metadata.title == "A small study"
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert reader.trailer["/Root"]["/Lang"] == "en"
        chapters = [entry.title for entry in reader.outline if not isinstance(entry, list)]
        assert chapters[:3] == ["Summary", "Methods", "Deviations from the plan"]
        assert chapters[-1] == "Where the numbers come from"

    def test_every_page_has_the_running_line_and_its_number(self, report_of, results, figures):
        pages = read(report_of(results, figures)).pages

        for number, page in enumerate(pages, 1):
            text = " ".join(page.extract_text().split())
            assert f"A small study · data {results['meta']['sha256'][:12]}" in text
            assert f"{number} / {len(pages)}" in text

    def test_the_same_document_gives_the_same_bytes_and_no_date(self, report_of, results):
        one, two = to_pdf(report_of(results)), to_pdf(report_of(results))

        assert one == two
        assert not re.search(rb"/CreationDate|/ModDate|xmp:CreateDate", one)

    def test_headings_of_a_long_table_repeat_on_every_page(self):
        rows = [{"Heading one": f"row {n}", "Heading two": n} for n in range(200)]
        pages = [page.extract_text() for page in read(small(table("long", "Long", "", rows))).pages]

        with_rows = [page for page in pages if "row " in page]
        assert len(with_rows) > 3
        assert all("Heading one Heading two" in page for page in with_rows)

    def test_the_heading_of_a_group_that_goes_on_repeats_too(self):
        rows = tuple(group("", [(f"row {n}", str(n))]).rows[0] for n in range(120))
        whole = PrintedTable("t", "T", "", ("a", "b"), (Group("The first group", rows), Group("The second", rows)))
        pages = [page.extract_text() for page in read(small(whole)).pages]

        assert sum("The first group" in page for page in pages) >= 2
        assert "The first group" not in pages[-1]

    def test_what_people_type_stays_text(self, results_of):
        text = "".join(text_of(read(hostile_report(results_of))).split())

        assert text.count('#panic("no")#read("/etc/passwd")@ref*b*$x$[y]{{7*7}}\\') >= 8
        assert "<script>alert(1)</script>" in text
        assert "root:" not in text

    def test_a_name_without_a_blank_stays_on_the_sheet(self):
        lines = [line for line in text_of(read(small(Paragraph("x"), title="W" * 200))).splitlines() if "WWW" in line]

        assert len(lines) > 2
        assert sum(line.count("W") for line in lines) == 200

    def test_a_drawing_that_is_none_is_refused_in_words(self):
        with pytest.raises(CannotTypeset, match="could not be typeset"):
            to_pdf(small(Figure("f", "s", "T", "C", "<svg")))


class TestUnknownSigns:
    def test_signs_of_the_fonts_that_we_bring_need_no_others(self):
        assert unknown_signs({"title": "κ α ± − ≤ é Ж", "svg": "漢"}) == set()

    def test_others_are_found_wherever_they_stand(self):
        assert unknown_signs({"sections": [{"blocks": [{"rows": [["a", "脊椎"]]}]}]}) == {"脊", "椎"}
