from analysis.templatetags.sections import sections


class TestSections:
    def test_groups_of_columns_stand_below_each_other_and_repeat_the_key(self):
        table = {
            "columns": ["Feature", "SOC vs FAST: Mean", "SOC vs FAST: P", "FASTDL vs SOC: Mean", "FASTDL vs SOC: P"],
            "rows": [["SNR", "3.1", "0.32", "3.6", "0.03"]],
        }

        first, second = sections(table)

        assert (first.title, first.columns, first.rows) == (
            "SOC vs FAST",
            ("Feature", "Mean", "P"),
            (("SNR", "3.1", "0.32"),),
        )
        assert (second.title, second.rows) == ("FASTDL vs SOC", (("SNR", "3.6", "0.03"),))

    def test_a_table_without_groups_is_one_piece(self):
        (only,) = sections({"columns": ["Sequence", "TR"], "rows": [["T1", "550"]]})

        assert (only.title, only.columns, only.rows) == ("", ("Sequence", "TR"), (("T1", "550"),))

    def test_only_the_heading_of_the_own_group_is_taken_off(self):
        (only,) = sections({"columns": ["Key", "A: B: C"], "rows": [["k", "c"]]})

        assert only.columns == ("Key", "B: C")
