import math

import numpy as np

from enhancement.core.evaluation_card import EvaluationRun, Picture, draw_pictures, write_evaluation
from enhancement.core.evaluation_repeats import RepeatsScore
from enhancement.core.evaluation_table import Row
from enhancement.core.lesion_bench import LesionResult, Retention
from enhancement.core.observer import Detectability


def run(**changes):
    measures = {name: 0.5 for name in Row.__dataclass_fields__ if name not in ("group", "method", "cases")}
    rows = [Row("all", "network", 3, **measures | {"gain_db": 2.25, "ssim_soc": math.nan})]
    lesions = [LesionResult("all", 50, Detectability(2.0, 0.9), Detectability(2.1, 0.92), 1.05, 0.99, 1.1, 0.8)]
    repeats = [RepeatsScore("network", "set.nii.gz", False, 6.0, 1.5, 0.9, 1.0, 0.0)]
    told = {"weights_sha256": "abc", "strength": 1.0, "volumes": 3, "seeds": (7, 11), "rows": rows}
    told |= {"repeats": repeats, "lesions": lesions, "noise_free": Retention(0.998, 0.02)}
    return EvaluationRun(**told | changes)


class TestWriteEvaluation:
    def test_it_says_of_which_weights_and_how(self):
        page = write_evaluation(run(), pictures=("one.png",))

        assert "`abc`, strength 1." in page
        assert "3 volumes, seeds 7, 11" in page
        assert "![one.png](one.png)" in page

    def test_every_table_has_as_many_cells_as_heads(self):
        tables = [part.splitlines() for part in write_evaluation(run(), pictures=()).split("\n\n") if part[0] == "|"]

        assert len(tables) == 3
        assert all(len({line.count("|") for line in table}) == 1 for table in tables)

    def test_figures_stand_in_their_groups_and_undefined_ones_are_a_dash(self):
        page = write_evaluation(run(), pictures=())

        assert "## all (3 cases)" in page
        assert "| network | 2.250 |" in page
        assert "| – |" in page
        assert "1.050 | 0.990 | 1.100 | 0.800" in page
        assert "99.8% of the contrast" in page

    def test_what_was_not_asked_for_is_left_out(self):
        page = write_evaluation(run(repeats=(), lesions=(), noise_free=None), pictures=())

        assert "repeated" not in page
        assert "lesions\n" not in page.lower().replace("small lesions", "")


class TestDrawPictures:
    def test_a_row_a_slice_as_png(self):
        image = np.random.default_rng(1).uniform(1, 2, (40, 40))

        assert draw_pictures([Picture("one", image, image, image)] * 2).startswith(b"\x89PNG")
