from analysis.core.report.document import Figure, Table, table, to_json


class TestTable:
    def test_columns_of_numbers_intervals_and_p_are_told_from_words(self):
        rows = (("SNR", "0.41 (−0.29 to 0.52)", "<0.0001", "–", "no difference detected (not evidence)"),)

        assert Table("T", "", ("a", "b", "c", "d", "e"), rows).kinds == ("text", "number", "number", "number", "words")

    def test_a_name_of_digits_and_letters_is_no_number(self):
        assert Table("T", "", ("a",), (("R1",),)).kinds == ("text",)

    def test_rows_of_values_become_text_in_the_order_of_their_names(self):
        made = table("T", "", [{"n": 3, "what": "x"}, {"n": 4, "what": "y"}])

        assert (made.columns, made.rows) == (("n", "what"), (("3", "x"), ("4", "y")))

    def test_an_empty_one_keeps_its_headings(self):
        assert table("T", "", [], columns=("a", "b")).columns == ("a", "b")


class TestToJson:
    def test_each_block_says_what_it_is(self, report_of, results):
        figure = Figure("win_tie_loss", "preferences", "t", "c", "<svg/>")
        document = report_of(results, [figure])
        kinds = {block["block"] for section in to_json(document)["sections"] for block in section["blocks"]}

        assert kinds == {"paragraph", "bullets", "facts", "table", "figure"}
