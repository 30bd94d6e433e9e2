import re

from analysis.core.export import variables
from analysis.core.export.variables import Vocabulary, pref_columns

WORDS = Vocabulary(("SOC_FAST",), ("snr", "resolution"), 7)
ALL = (
    variables.ratings_long_variables(WORDS)
    + variables.scores_variables(WORDS)
    + variables.wide_by_presentation_variables(WORDS)
    + variables.consistency_variables(WORDS)
    + variables.allocation_variables(WORDS)
    + variables.image_metrics_variables(["image_set_id", "patient_id", "ssim_soc_socdl"])
)


class TestNames:
    def test_r_spss_and_sas_take_them(self):
        assert [one.name for one in ALL if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", one.name)] == []

    def test_the_short_ones_fit_xport_and_differ_within_a_table(self):
        short = [one.name8 for one in variables.ratings_long_variables(WORDS)]

        assert len(set(short)) == len(short)
        assert [name for name in short if not re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", name)] == []


class TestScales:
    def test_bounds_and_middle_follow_the_scale(self):
        found = {one.name: one for one in variables.ratings_long_variables(WORDS)}

        assert found["raw_score"].constraints == {"minimum": 1, "maximum": 7}
        assert found["pref_delta"].constraints == {"minimum": -3, "maximum": 3}
        assert "4 none" in found["pref_score"].label


class TestPrefColumns:
    def test_a_safe_code_is_kept(self):
        assert pref_columns(["snr", "cord_csf_contrast"]) == {
            "snr": "pref_snr", "cord_csf_contrast": "pref_cord_csf_contrast",
        }  # fmt: skip

    def test_codes_that_would_fall_together_are_told_apart(self):
        names = pref_columns(["Bone-Marrow", "bone.marrow", "x" * 32, "x" * 31 + "y"])

        assert len(set(names.values())) == 4
        assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name) for name in names.values())
