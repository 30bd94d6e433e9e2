"""The command on studies of any shape that the layout allows: whole files, no NaN, and numbers that fit each other.

What the numbers are is held against R and other libraries in `tests/analysis/core`; here it is that nothing breaks on
the way from the files to the files, and that what must add up does.
"""

import csv
import json
import math
import re

import pytest
from django.core.management import call_command

from analysis.core.csv_text import parse_table
from tests.analysis.core.odd_studies import SHAPES, Shape, study

MORE = (
    Shape("seven readers", reads=(1.0,) * 7, sets_of_patients=(1, 2) * 4),
    Shape("one of everything", reads=(1.0,), sets_of_patients=(1,), features=("snr",), comparisons=("SOC_FAST",)),
    Shape("nothing but missing", missing=1.0, sets_of_patients=(1, 2, 1), features=("snr",)),
    Shape("every reader saw one pair", reads=(0.01,) * 4, comparisons=("FASTDL_FAST",)),
    Shape("features of other names", features=("Lesion.edge", "noise_2", "x")),
)
ITEMS = ("loss", "creation")
CONSISTENCY = ["study_id", "reader_id", "presentation_id", "patient_id", "image_set_id", "comparison_id", "left_arm",
               "right_arm", "item", "flag_left", "flag_right"]  # fmt: skip
CHANGED = {
    "as it is": lambda text: text,
    "other arms": lambda text: text.replace("FASTDL", "NEW3").replace("SOC", "STD").replace("FAST", "OLD"),
    "other letters": lambda text: text.replace("lumbar", "腰椎 α").replace("GE,", "Ünïcode & <b>,"),
}


def rows_of(data, name):
    table = parse_table(data, name=name)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def consistency_of(scores):
    """Some boxes ticked, some readings without an answer."""
    shown = {row["presentation_id"]: row for row in rows_of(scores, "s.csv") if row["replicate"] == "1"}
    for number, row in enumerate(shown.values()):
        for place, item in enumerate(ITEMS):
            flags = {f"flag_{side}": int((number + place + at) % 5 == 0) for at, side in enumerate(("left", "right"))}
            yield {**row, "item": item, **(flags if number % 7 else dict.fromkeys(flags, ""))}


def write(folder, shape, change):
    made = study(shape, seed=len(shape.name))
    for name, data in (("scores", made.scores), ("allocation", made.allocation)):
        (folder / f"{name}.csv").write_bytes(change(data.decode()).encode())
    with (folder / "consistency.csv").open("w", encoding="utf-8", newline="") as target:
        table = csv.DictWriter(target, CONSISTENCY, extrasaction="ignore")
        table.writeheader()
        table.writerows(consistency_of((folder / "scores.csv").read_bytes()))


def analysed(folder, *more):
    call_command(
        "analyse", str(folder / "scores.csv"), "--allocation", str(folder / "allocation.csv"), "--consistency",
        str(folder / "consistency.csv"), "--out", str(folder / "out"), "--bootstrap", "60", *more,
    )  # fmt: skip
    return json.loads((folder / "out" / "results.json").read_text("utf-8"), parse_constant=refuse)


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


def walk(value, path=()):
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, (*path, key))
    else:
        yield path, value


def cells_of(results):
    return [(f"{c}/{f}", cell) for c, row in results["cells"].items() for f, cell in row.items()]


def add_up(results, scores):
    """Every score is counted once, in every way of counting."""
    first = [row for row in scores if row["replicate"] == "1"]
    for name, cell in cells_of(results):
        own = [row for row in first if f"{row['comparison_id']}/{row['feature_id']}" == name]
        scored = [row for row in own if row["raw_score"]]
        assert (cell["n_expected"], cell["n_obs"]) == (len(own), len(scored)), name
        assert cell["n_missing"] == len(own) - len(scored) == sum(cell["missing_by_reason"].values()), name
        assert sum(cell["counts"].values()) == cell["n_obs"], name
        assert sum(reader["n"] for reader in cell["by_reader"].values()) == cell["n_obs"], name
        if not scored:
            assert cell["status"] == "no_data"
            assert cell["mean_pref"] is cell["wsr"] is cell["clustered"] is cell["effects"] is None, name
            continue
        shares = [cell["effects"][outcome] for outcome in ("win", "tie", "loss")]
        assert sum(share["x"] for share in shares) == cell["n_obs"], name
        assert sum(share["p"] for share in shares) == pytest.approx(1), name
        wilcox, n = cell["wsr"]["wilcox"], cell["wsr"]["n_nonzero"]
        assert wilcox["T_plus"] + wilcox["T_minus"] == n * (n + 1) / 2, name
        by_hand = [(int(row["raw_score"]) - 3) * (1 if row["right_arm"] == arm_a(results, row) else -1)
                   for row in scored]  # fmt: skip
        assert cell["mean_pref"] == pytest.approx(3 + math.fsum(by_hand) / len(by_hand), abs=1e-12), name
    for name, block in results["subgroups"].items():
        levels = block["levels"].values()
        cell = dict(cells_of(results))[name.rsplit("/", 1)[0]]
        assert sum(level["n"] for level in levels) == cell["n_obs"], name
    assert sum(own["n_presentations"] for own in results["straight_lining"].values()) <= len(
        {row["presentation_id"] for row in scores}
    )


def arm_a(results, row):
    return next(c["arm_a"] for c in results["meta"]["plan"]["comparisons"] if c["id"] == row["comparison_id"])


def lie_within(results):
    """P values and shares from 0 to 1; limits in their order."""
    for path, value in walk(results):
        name = str(path[-1])
        if value is not None and re.fullmatch(r"p|p_[a-z0-9_]+|.*_p", name) and "plan" not in path:
            assert isinstance(value, dict | list) or -1e-12 <= value <= 1 + 1e-12, path
        # The limits of ICC(2,k) are those of ICC(2,1) stepped up by Spearman and Brown, which has a pole at -1/(k - 1).
        if isinstance(value, list) and len(value) == 2 and "ci" in name and None not in value and name != "icc2k_ci":
            assert value[0] <= value[1] or math.isclose(value[0], value[1], rel_tol=1e-9, abs_tol=1e-12), path
    for method in results["multiplicity"].values():
        for rule in ("holm_all", "bh_all", "by_all", "holm_within_comparison"):
            for name, p in method["p"].items():
                assert method[rule][name] >= (1 if p is None else p) - 1e-12, (rule, name)


class TestNumbers:
    @pytest.mark.parametrize("shape", [*SHAPES, *MORE], ids=lambda shape: shape.name)
    def test_they_add_up_and_lie_within_their_bounds(self, tmp_path, shape):
        write(tmp_path, shape, CHANGED["as it is"])

        results = analysed(tmp_path, "--no-report", "--no-figures")

        add_up(results, rows_of((tmp_path / "scores.csv").read_bytes(), "s.csv"))
        lie_within(results)
        assert not [path for path, value in walk(results) if isinstance(value, float) and not math.isfinite(value)]


class TestFiles:
    @pytest.mark.parametrize(
        ("shape", "change"),
        [(MORE[0], "other letters"), (MORE[1], "as it is"), (MORE[2], "other arms"), (SHAPES[9], "other letters")],
        ids=lambda value: value if isinstance(value, str) else value.name,
    )
    def test_report_figures_and_tables_are_whole(self, tmp_path, shape, change):
        write(tmp_path, shape, CHANGED[change])

        results = analysed(tmp_path)

        add_up(results, rows_of((tmp_path / "scores.csv").read_bytes(), "s.csv"))
        out = tmp_path / "out"
        assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
        text = (out / "report.html").read_text("utf-8")
        assert not re.search(r">\s*(None|nan|NaN|inf)\s*<", text)
        assert "<b>" not in text.replace("<b>Note", "")
        for path in out.rglob("*.csv"):
            assert not re.search(r"(?:^|,)(?:nan|NaN|None|inf)(?:,|\r?$)", path.read_text("utf-8"), flags=re.M), path
        drawn = {path.stem for path in (out / "figures").glob("*.svg")}
        assert drawn == {path.stem for path in (out / "figures").glob("*.png")}
        assert drawn >= {"win_tie_loss", "position_bias"} - (set() if results["position_bias"] else {"position_bias"})
