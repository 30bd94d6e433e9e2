"""Scripts that travel with the data: readers for R, SPSS and SAS, and the mixed models that R alone computes."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

from analysis.core.export.programs import value_labels

_R_LABELS = '"B pronounced","B mild","none","A mild","A pronounced"'

_READ_R = Template(
    """\
d <- read.csv("ratings_long.csv", na.strings = "", encoding = "UTF-8", stringsAsFactors = FALSE)
txt <- vapply(d, is.character, TRUE); d[txt] <- lapply(d[txt], function(v) sub("^'", "", v))          \
# undo the formula guard
d$$pref <- factor(d$$pref_score, levels = 1:$points, ordered = TRUE$labels)
stopifnot(all(is.na(d$$raw_score) | \
d$$pref_score == ifelse(d$$a_on_left == 1, ${mirror}L - d$$raw_score, d$$raw_score)))
"""
)
_READ_SPS = Template(
    """\
GET FILE='ratings_long.sav'.
SORT CASES BY comparison_id feature_id.
SPLIT FILE LAYERED BY comparison_id feature_id.
COMPUTE mid=$middle.
NPAR TESTS /WILCOXON=pref_score WITH mid (PAIRED).
SPLIT FILE OFF.
"""
)
_READ_SAS = Template(
    """\
libname xp xport 'ratings_long.xpt';
proc format; value pref $pref;
 value raw $raw; run;
data ratings; set xp.ratings; format PREFSCOR pref. RAWSCORE raw.; run;
/* pooled: */ proc univariate data=ratings mu0=0; where REPL=1; class COMPAR FEATURE; var PREFDELT; run; \
/* signed rank S = T+ - mean; zeros dropped; exact p only n<=20 without ties */
"""
)
# SPEC 3.6. CLMM and LMM are left to R: no well-kept Python library fits crossed random effects to ordinal data.
MIXED_MODELS_R = Path(__file__).with_name("mixed_models.R").read_text(encoding="utf-8")


def read_r(points: int) -> str:
    """Reads the long table into `d`, undoes the guard and proves the orientation."""
    labels = f", labels = c({_R_LABELS})" if points == 5 else ""
    return _READ_R.substitute(points=points, labels=labels, mirror=points + 1)


def read_sps(points: int) -> str:
    return _READ_SPS.substitute(middle=(points + 1) // 2)


def read_sas(scale: Mapping[int, str]) -> str:
    labels = value_labels(scale)
    return _READ_SAS.substitute(pref=_sas_format(labels["pref_score"]), raw=_sas_format(labels["raw_score"]))


def _sas_format(labels: Mapping[int | float, str]) -> str:
    """1='First' 2='Second': an apostrophe is doubled, a line break is a blank."""
    words = {value: " ".join(label.split()).replace("'", "''") for value, label in labels.items()}
    return " ".join(f"{value}='{word[:1].upper()}{word[1:]}'" for value, word in words.items())


def script_files(scale: Mapping[int, str]) -> dict[str, str]:
    """Name -> text of every script of the bundle."""
    return {
        "read_ratings.R": read_r(len(scale)),
        "read_ratings.sps": read_sps(len(scale)),
        "read_ratings.sas": read_sas(scale),
        "mixed_models.R": MIXED_MODELS_R,
    }
