"""The scripts beside the data, run by R itself where there is one."""

import shutil
import subprocess

import pandas as pd
import pytest

from analysis.core.csv_text import to_csv
from analysis.core.export import scripts
from tests.analysis.core.export.conftest import WORDS, long_table

RSCRIPT = shutil.which("Rscript")
needs_r = pytest.mark.skipif(RSCRIPT is None, reason="Rscript is not installed (Debian: r-base-core)")


def r(folder, *words):
    return subprocess.run([RSCRIPT, *words], cwd=folder, capture_output=True, text=True, timeout=300)


def has_packages(*names):
    tried = " && ".join(f"requireNamespace('{name}', quietly = TRUE)" for name in names)
    return "TRUE" in r(".", "-e", f"cat({tried})").stdout


def write(folder, long):
    (folder / "ratings_long.csv").write_bytes(to_csv(long).encode())
    for name, text in scripts.script_files(WORDS).items():
        (folder / name).write_text(text, encoding="utf-8")


class TestReaders:
    @pytest.mark.parametrize("name", ["read_ratings.R", "read_ratings.sps", "read_ratings.sas"])
    def test_it_is_the_example_byte_for_byte(self, examples, name):
        assert scripts.script_files(WORDS)[name] == (examples / name).read_text("utf-8")

    def test_a_word_with_an_apostrophe_or_a_line_break_stays_one_word_of_sas(self):
        text = scripts.read_sas({1: "reader's\nleft", 2: "same", 3: "right"})

        assert "1='Reader''s left' 2='Same' 3='Right';" in text


@needs_r
class TestReadRatingsR:
    def test_it_reads_the_text_back_and_proves_the_orientation(self, tiny, tmp_path):
        write(tmp_path, tiny)

        done = r(
            tmp_path, "-e", 'source("read_ratings.R"); cat(nrow(d), sum(d$raw_score, na.rm = TRUE), d$comment[1:3])'
        )

        assert done.stdout == f'144 {tiny["raw_score"].sum()} =HYPERLINK("http://x","y") -2 slices shifted \'quoted'

    def test_a_wrong_side_is_found(self, tiny, tmp_path):
        table = tiny.copy()
        table.loc[0, "a_on_left"] = 1 - table.loc[0, "a_on_left"]
        write(tmp_path, table)

        assert "not TRUE" in r(tmp_path, "read_ratings.R").stderr

    def test_a_scale_of_seven_is_mirrored_about_four(self, tmp_path):
        (tmp_path / "ratings_long.csv").write_text("raw_score,pref_score,a_on_left\r\n2,6,1\r\n7,7,0\r\n", "utf-8")
        (tmp_path / "read_ratings.R").write_text(scripts.read_r(7), encoding="utf-8")

        assert r(tmp_path, "read_ratings.R").returncode == 0


@needs_r
class TestMixedModelsR:
    def test_r_can_parse_it(self, tmp_path):
        (tmp_path / "mixed_models.R").write_text(scripts.MIXED_MODELS_R, encoding="utf-8")

        assert r(tmp_path, "-e", 'invisible(parse("mixed_models.R"))').returncode == 0

    def test_it_fits_a_cell_and_says_why_another_has_no_model(self, reference_folder, tmp_path):
        if not has_packages("ordinal", "lme4"):
            pytest.skip("the R packages ordinal and lme4 are not installed (Debian: r-cran-ordinal r-cran-lme4)")
        long = long_table(reference_folder, "hard")
        cells = long["comparison_id"] + "/" + long["feature_id"]
        write(tmp_path, long[cells.isin(["SOC_FAST/artifacts", "FASTDL_FAST/bone_lesions"])])

        done = r(tmp_path, "mixed_models.R")

        assert done.returncode == 0, done.stderr
        fitted = pd.read_csv(tmp_path / "mixed_models.csv").set_index("feature_id")
        # ordinal 2022.11-16 on R 4.2.2: beta .20819, standard error .44389.
        assert fitted.loc["artifacts", "beta"] == pytest.approx(0.20819, abs=2e-3)
        assert fitted.loc["artifacts", "se"] == pytest.approx(0.44389, abs=2e-3)
        assert fitted.loc["bone_lesions", "note"] == "fewer than 3 categories used"
        parts = pd.read_csv(tmp_path / "mixed_variances.csv").set_index("feature_id")
        assert parts.loc["artifacts", ["patient", "image_set", "reader", "residual"]].gt(0).all()
