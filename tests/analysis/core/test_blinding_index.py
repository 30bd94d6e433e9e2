"""Both indices against published numbers and a calculation in R.

R 4, with x as (guess, assignment) and `w` James' weights:

    james <- function(x) { N <- sum(x); P <- x/N; d <- sum(P[3,]); w <- matrix(c(0,.5,.5,0),2)
      g <- rowSums(P)[1:2]; t <- colSums(P[1:2,]); e <- sum(w*outer(g,t))
      o <- sum(w*P[1:2,])/(1-d); k <- (o - e/(1-d)^2)/(e/(1-d)^2)
      s <- 0; for (i in 1:2) for (j in 1:2) s <- s + P[i,j]*(1-d)^2*((1-d)*w[i,j]-(1+k)*(sum(w[,j]*g)+sum(w[i,]*t)))^2
      v <- s/(4*e^2) + d*(1-d) - (1-d)*(1+k)*(d+(1-d)*(1+k)/4)
      c((1+d+(1-d)*k)/2, sqrt(v/N)) }
"""

import numpy as np
import pandas as pd
import pytest

from analysis.core.blinding_index import bang_index, blinding_index, james_index

# The example of the R package BI (Mercaldo, Schwartz), printed there to three decimals.
PUBLISHED = np.array([[48, 22], [4, 30], [330, 319]])
MANY_RIGHT = np.array([[40, 12], [15, 38], [9, 6]])


class TestJamesIndex:
    def test_the_published_example(self):
        found = james_index(PUBLISHED)

        rounded = [round(found[name], 3) for name in ("index", "se", "ci_low", "ci_high")]
        assert rounded == [0.896, 0.011, 0.875, 0.918]

    @pytest.mark.parametrize(
        ("counts", "index", "se"),
        [
            (PUBLISHED, 0.896414342629482, 0.010917577006526),
            (MANY_RIGHT, 0.3498980054397099, 0.0434788518047767),
            (np.array([[82, 27], [25, 29], [170, 83]]), 0.7479275374516074, 0.0217373981300472),
        ],
    )
    def test_r(self, counts, index, se):
        found = james_index(counts)

        assert (found["index"], found["se"]) == (pytest.approx(index, rel=1e-12), pytest.approx(se, rel=1e-12))

    def test_its_ends(self):
        assert james_index(np.array([[0, 0], [0, 0], [7, 5]]))["index"] == 1
        assert james_index(np.array([[10, 0], [0, 10], [0, 0]]))["index"] == 0
        assert james_index(np.array([[5, 5], [5, 5], [0, 0]]))["index"] == 0.5

    def test_it_is_none_where_it_is_not_defined(self):
        assert james_index(np.zeros((3, 2), int)) is None
        assert james_index(np.array([[9, 0], [0, 0], [1, 0]])) is None


class TestBangIndex:
    def test_the_published_example(self):
        treatment, placebo = bang_index(48, 4, 330), bang_index(30, 22, 319)

        names = ("index", "se", "ci_low", "ci_high")
        assert [round(treatment[name], 3) for name in names] == [0.115, 0.018, 0.08, 0.15]
        assert [round(placebo[name], 3) for name in names] == [0.022, 0.019, -0.016, 0.06]

    @pytest.mark.parametrize(
        ("counts", "index", "se"),
        [((40, 15, 9), 0.390625, 0.105088289471208), ((38, 12, 6), 0.464285714285714, 0.109975315279591)],
    )
    def test_r(self, counts, index, se):
        found = bang_index(*counts)

        assert (found["index"], found["se"]) == (pytest.approx(index, rel=1e-12), pytest.approx(se, rel=1e-12))

    def test_its_ends(self):
        assert bang_index(4, 0, 0)["index"] == 1
        assert bang_index(0, 4, 0)["index"] == -1
        assert bang_index(0, 0, 4)["index"] == 0
        assert bang_index(0, 0, 0) is None


def frame(*rows):
    columns = ["reader_id", "comparison_id", "replicate", "enhanced_side", "guess"]
    return pd.DataFrame(rows, columns=columns)


class TestBlindingIndex:
    def test_it_counts_first_readings_with_a_guess_by_side_reader_and_comparison(self):
        guesses = frame(
            ("R1", "FASTDL_SOC", 1, "left", "left"),
            ("R1", "FASTDL_SOC", 1, "right", "left"),
            ("R2", "FASTDL_FAST", 1, "right", "right"),
            ("R2", "FASTDL_FAST", 1, "left", "unsure"),
            ("R2", "FASTDL_FAST", 1, "left", ""),
            ("R2", "FASTDL_FAST", 2, "left", "right"),
            ("R2", "SOC_FAST", 1, "", "right"),
        )

        found = blinding_index(guesses)

        left, right = (found["all"]["bang"][side] for side in ("left", "right"))
        assert (left["correct"], left["wrong"], left["unsure"]) == (1, 0, 1)
        assert (right["correct"], right["wrong"], right["unsure"]) == (1, 1, 0)
        assert found["all"]["james"]["n"] == 4
        assert set(found["by_reader"]) == {"R1", "R2"}
        assert found["by_comparison"]["FASTDL_SOC"]["bang"]["right"]["index"] == -1
        assert found["neither_enhanced"] == {"left": 0, "right": 1, "unsure": 0}
        assert found["n_without_guess"] == 1

    def test_of_no_guess_it_is_none(self):
        found = blinding_index(frame())

        assert found["all"] == {"james": None, "bang": {"left": None, "right": None}}
