"""Consistency and diagnostic quality as they are printed."""

from analysis.core.integrity_tables import consistency_table, diagnostic_table


def share(x, n):
    return {"x": x, "n": n, "p": x / n, "cp": [0.0, 0.0587], "upper95_one_sided": 0.0479}


class TestConsistencyTable:
    def test_patients_come_first_and_zero_events_have_an_upper_limit(self):
        # SPEC, section 9: 0 of 61 patients gives 4.8 % one-sided and 5.9 % two-sided.
        results = {
            "patients_any": share(0, 61),
            "presentations_any": share(0, 999),
            "by_arm": {"FASTDL": share(0, 666)},
            "by_item": {"loss_anatomy": share(0, 999)},
        }

        table = consistency_table(results, {"loss_anatomy": "Loss of anatomy", "not_asked": "Not asked"})

        assert list(table.iloc[0]) == ["Patients, any finding", 0, 61, "0.0", "0.0 to 5.9 %", "4.8 %"]
        assert list(table[""])[1:] == ["Readings, any finding", "Displays of FASTDL", "Loss of anatomy"]

    def test_a_study_without_finished_readings_has_rows_without_numbers(self):
        results = {"patients_any": None, "presentations_any": None, "by_arm": {}, "by_item": {}}

        assert list(consistency_table(results, {})["%"]) == ["–", "–"]


class TestDiagnosticTable:
    def test_it_counts_displays_by_arm(self):
        table = diagnostic_table([{"arm": "SOC", "diagnostic": 30, "judged": 40}])

        assert list(table.iloc[0])[:4] == ["SOC", 30, 40, "75.0"]
