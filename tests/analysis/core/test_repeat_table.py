"""The table of hidden repeats, from scores to print."""

import pandas as pd

from analysis.core.reader_agreement import intra_reader
from analysis.core.repeat_table import repeat_table
from analysis.core.results_json import canonical

# First and second preference of four pairs: two the same, three within one step, one turned round.
TWICE = [(3, 3), (4, 3), (2, 4), (5, 5)]


def oriented(**twice):
    """Rows as `dataset.orient` gives them; sides are exchanged in every second pair."""
    rows = [
        {
            "reader_id": reader,
            "image_set_id": f"S{number}",
            "comparison_id": "SOC_FAST",
            "feature_id": "snr",
            "pref": float(pref),
            "replicate": replicate,
            "left_arm": "FAST" if replicate == 2 and number % 2 else "SOC",
        }
        for reader, pairs in twice.items()
        for number, pair in enumerate(pairs)
        for replicate, pref in enumerate(pair, start=1)
    ]
    return pd.DataFrame(rows)


class TestRepeatTable:
    def test_readers_come_first_and_all_of_them_last(self):
        table = repeat_table(canonical(intra_reader(oriented(R1=TWICE, R2=TWICE[:1]), points=5)))

        assert list(table["Reader"]) == ["R1", "R2", "All readers"]
        row = dict(table.iloc[0])
        assert (row["Scores given twice"], row["Sides exchanged"]) == (4, 2)
        assert (row["The same, %"], row["Within one step, %"], row["Turned round, %"]) == ("50.0", "75.0", "25.0")
        assert row["Second minus first, mean"] == "0.25"
        # κ = 1 - (1 + 4) / (sum of squared differences of all 16 combinations / 4) = 1 - 5 / (32 / 4) = 0.375
        assert row["Weighted κ, quadratic"] == "0.38"

    def test_one_score_has_no_kappa_and_says_so(self):
        table = repeat_table(canonical(intra_reader(oriented(R1=TWICE[:1]), points=5)))

        assert dict(table.iloc[0])["ICC(2,1)"] == "–"
