import numpy as np
import pandas as pd

from analysis.core.consistency import consistency

COLUMNS = ["presentation_id", "patient_id", "left_arm", "right_arm", "item", "flag_left", "flag_right"]
COMPARISONS = {"SOC_FAST": ("SOC", "FAST")}


def rows(*values):
    frame = pd.DataFrame(values, columns=COLUMNS)
    codes = {"reader_id": "R1", "image_set_id": "S" + frame["presentation_id"], "comparison_id": "SOC_FAST"}
    return frame.assign(**codes, replicate=1)


class TestConsistency:
    def test_a_tick_counts_for_presentation_patient_item_and_arm(self):
        found = consistency(
            rows(
                ("1", "P1", "SOC", "FAST", "loss", 0, 1),
                ("1", "P1", "SOC", "FAST", "creation", 0, 0),
                ("2", "P1", "FAST", "SOC", "loss", 0, 0),
                ("2", "P1", "FAST", "SOC", "creation", 0, 0),
                ("3", "P2", "FAST", "SOC", "loss", 0, 0),
            ),
            COMPARISONS,
        )

        assert (found["presentations_any"]["x"], found["presentations_any"]["n"]) == (1, 3)
        assert (found["patients_any"]["x"], found["patients_any"]["n"]) == (1, 2)
        assert (found["by_item"]["loss"]["x"], found["by_item"]["creation"]["x"]) == (1, 0)
        assert (found["by_arm"]["FAST"]["x"], found["by_arm"]["SOC"]["x"]) == (1, 0)

    def test_the_exact_test_counts_which_arm_was_flagged_alone(self):
        one = [(str(i), f"P{i}", "FAST", "SOC", "loss", 1, 0) for i in range(4)]
        found = consistency(rows(*one, ("9", "P9", "SOC", "FAST", "loss", 1, 1)), COMPARISONS)

        counts = {name: found["mcnemar"]["SOC_FAST"][name] for name in ("both", "a_only", "b_only", "neither")}
        assert counts == {"both": 1, "a_only": 0, "b_only": 4, "neither": 0}
        assert found["mcnemar"]["SOC_FAST"]["p_exact"] == 2 / 2**4
        assert found["cochran_q"]["totals"] == [5, 1]
        assert found["cochran_q"]["Q"] == 4  # with two arms Q is McNemar's (b - c)^2 / (b + c)

    def test_boxes_without_an_answer_are_left_out(self):
        found = consistency(
            rows(("1", "P1", "A", "B", "loss", np.nan, np.nan), ("2", "P2", "A", "B", "loss", 0, 0)), {}
        )
        assert found["presentations_any"]["n"] == 1

    def test_no_answer_at_all_has_no_share(self):
        found = consistency(rows(("1", "P1", "A", "B", "loss", np.nan, np.nan)), {})
        assert (found["presentations_any"], found["by_arm"]) == (None, {})

    def test_hidden_repeats_are_left_out(self):
        twice = rows(("1", "P1", "A", "B", "loss", 0, 0), ("2", "P1", "B", "A", "loss", 1, 1))
        found = consistency(twice.assign(replicate=[1, 2]), {})
        assert (found["presentations_any"]["x"], found["presentations_any"]["n"]) == (0, 1)
