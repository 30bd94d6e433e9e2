"""Studies of odd shapes, drawn anew, against scipy and statsmodels and against formulas written out in full."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests

from analysis.core.csv_text import parse_table
from analysis.core.dataset import parse_allocation, parse_scores
from analysis.core.results import analyse
from tests.analysis.core.odd_studies import ARMS, SHAPES, study

SOME = [shape for shape in SHAPES if shape.name not in ("many features", "one region")]


def both(shape, seed):
    """Our results, and the first readings with d computed here from the text of the file."""
    files = study(shape, seed=seed)
    scores, allocation = parse_scores(files.scores, name="s.csv"), parse_allocation(files.allocation, name="a.csv")
    arms = {name: ARMS[name] for name in shape.comparisons}
    raw = parse_table(files.scores, name="s.csv")
    rows = pd.DataFrame(raw.rows, columns=list(raw.columns))
    rows = rows[(rows["replicate"] == "1") & (rows["raw_score"] != "")]
    first_named = rows["comparison_id"].map(lambda name: arms[name][0])
    rows["raw"] = rows["raw_score"].astype(int)
    rows["x"] = np.where(rows["right_arm"] == first_named, 1, -1)
    rows["d"] = (rows["raw"] - 3) * rows["x"]
    return analyse(scores, allocation, comparisons=arms, seed=1, replicates=0), rows


@pytest.fixture(scope="module", params=SOME, ids=lambda shape: shape.name)
def pair(request):
    return both(request.param, seed=500 + len(request.param.name))


def cells(pair):
    results, rows = pair
    for (comparison, feature), own in rows.groupby(["comparison_id", "feature_id"]):
        yield results["cells"][comparison][feature], own["d"].to_numpy(), own["patient_id"].to_numpy(), own


def flips(sums):
    """The two-sided p of a sum under all changes of sign, one by one."""
    signs = np.array(list(itertools.product((-1, 1), repeat=len(sums))))
    return float(np.mean(np.abs(signs @ sums) >= abs(np.sum(sums)) - 1e-9))


class TestCells:
    def test_signed_rank_and_sign_tests_are_those_of_scipy(self, pair):
        for cell, d, _, _ in cells(pair):
            if not d.any():
                continue
            for zeros, corrected in itertools.product(("wilcox", "pratt", "zsplit"), (False, True)):
                theirs = stats.wilcoxon(d, zero_method=zeros, correction=corrected, method="asymptotic").pvalue
                assert cell["wsr"][zeros]["p_cc" if corrected else "p_nocc"] == pytest.approx(theirs, rel=1e-9)
            win, loss = int((d > 0).sum()), int((d < 0).sum())
            assert cell["sign_test_p"] == pytest.approx(stats.binomtest(win, win + loss, 0.5).pvalue, rel=1e-9)
            theirs = stats.mannwhitneyu(d, -d, use_continuity=False, method="asymptotic").pvalue
            assert cell["ranksum_mirrored"]["p_nocc"] == pytest.approx(theirs, rel=1e-9)

    def test_the_primary_p_is_that_of_all_changes_of_sign(self, pair):
        tried = 0
        for cell, d, patient, _ in cells(pair):
            kept = d != 0
            ranks = np.sign(d[kept]) * stats.rankdata(np.abs(d[kept]))
            sums = pd.Series(ranks).groupby(patient[kept]).sum().to_numpy()
            if 0 < len(sums) <= 14:
                assert cell["clustered"]["p_exact_flip"] == pytest.approx(flips(sums), rel=1e-9)
                tried += 1
        assert tried or max(len(set(patient)) for _, _, patient, _ in cells(pair)) > 14 or not pair[1]["d"].any()

    def test_cluster_robust_errors_are_those_of_whole_matrices(self, pair):
        for cell, d, patient, _ in cells(pair):
            codes = np.unique(patient)
            if len(codes) < 2:
                continue
            N, e = d.size, d - d.mean()
            residual_maker = np.eye(N) - 1 / N
            columns, v = [], 0.0
            for code in codes:
                own = patient == code
                values, vectors = np.linalg.eigh(residual_maker[np.ix_(own, own)])
                root = vectors * np.where(values > 1e-10, values, np.inf) ** -0.5 @ vectors.T
                v += float(np.sum(root @ e[own]) / N) ** 2
                columns.append(residual_maker[:, own] @ root @ np.full(own.sum(), 1 / N))
            omega = np.array(columns) @ np.array(columns).T
            mean = cell["mean_cluster"]
            assert mean["se_cr2"] == pytest.approx(math.sqrt(v), rel=1e-8, abs=1e-12)
            assert mean["df_satt"] == pytest.approx(np.trace(omega) ** 2 / np.sum(omega**2), rel=1e-8)
            if e.any():
                fit = sm.OLS(d, np.ones(N)).fit(
                    cov_type="cluster", cov_kwds={"groups": np.searchsorted(codes, patient), "use_correction": True}
                )
                assert mean["se_cr1"] == pytest.approx(float(fit.bse[0]), rel=1e-8, abs=1e-12)

    def test_gee_is_that_of_statsmodels_at_the_same_correlation(self, pair):
        # The libraries take other moments for the correlation (SPEC, Appendix A 15), so it is given.
        for cell, d, patient, _ in cells(pair):
            ours = cell["gee_exchangeable"]
            if ours is None:
                continue
            codes = np.unique(patient, return_inverse=True)[1]
            order, same = np.argsort(codes, kind="stable"), sm.cov_struct.Exchangeable()
            same.dep_params = ours["alpha"]
            model = sm.GEE(d[order], np.ones(d.size), groups=codes[order], cov_struct=same, update_dep=False)
            theirs = model.fit(maxiter=200, ctol=1e-10)
            # Ours stops where geepack stops, at a change of 1e-4.
            assert ours["est"] == pytest.approx(float(theirs.params[0]), abs=2e-4)
            assert ours["se_robust"] == pytest.approx(float(theirs.bse[0]), rel=1e-3, abs=2e-4)

    def test_corrections_are_those_of_statsmodels(self, pair):
        family = pair[0]["multiplicity"]["cluster_flip_exact"]
        for ours, theirs in (("holm_all", "holm"), ("bh_all", "fdr_bh"), ("by_all", "fdr_by")):
            expected = multipletests(list(family["p"].values()), method=theirs)[1]
            assert list(family[ours].values()) == pytest.approx(expected.tolist(), rel=1e-12)


class TestAgreement:
    def test_pairs_of_readers_are_those_of_scipy_and_statsmodels(self, pair):
        results, rows = pair
        unit = ["comparison_id", "feature_id", "image_set_id"]
        wide = rows.assign(pref=3 + rows["d"]).pivot(index=unit, columns="reader_id", values="pref")
        blocks = results["agreement"]["T3A_pooled"]["pairwise"]
        assert len(blocks) == math.comb(wide.shape[1], 2)
        for a, b in itertools.combinations(wide.columns, 2):
            block, complete = blocks[f"{a}-{b}"], wide[[a, b]].dropna().astype(int)
            assert block["n"] == len(complete)
            if len(complete) >= 4 and complete.nunique().min() > 1:
                theirs = stats.spearmanr(complete[a], complete[b])
                assert block["spearman"]["rho"] == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-12)
                assert block["spearman"]["p_t"] == pytest.approx(theirs.pvalue, rel=1e-8)
                table = np.zeros((5, 5))
                np.add.at(table, (complete[a] - 1, complete[b] - 1), 1)
                for kind in ("linear", "quadratic"):
                    kappa = cohens_kappa(table, wt=kind)
                    assert block[f"kappa_{kind}"] == pytest.approx(kappa.kappa, rel=1e-9, abs=1e-12)

    def test_kendalls_w_is_friedmans_test(self, pair):
        results, rows = pair
        unit = ["comparison_id", "feature_id", "image_set_id"]
        wide = rows.pivot(index=unit, columns="reader_id", values="d").dropna()
        if wide.shape[1] < 3 or len(wide) < 3 or wide.nunique().min() < 2:
            return
        found = results["agreement"]["T3A_pooled"]["kendall_w"]
        theirs = stats.friedmanchisquare(*wide.to_numpy())  # the units are what is ranked by each reader
        assert (found["chisq"], found["p"]) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-8)


class TestModels:
    def test_the_ordinal_model_is_that_of_statsmodels(self):
        results, rows = both(SHAPES[0], seed=11)
        fitted = 0
        for (comparison, feature), own in rows.groupby(["comparison_id", "feature_id"]):
            clm = results["models"][f"{comparison}/{feature}"].get("clm")
            if clm:
                model = OrderedModel(pd.Categorical(own["raw"], ordered=True), own[["x"]].astype(float), distr="logit")
                theirs = model.fit(method="bfgs", gtol=1e-6, disp=False)
                assert clm["beta"] == pytest.approx(float(theirs.params["x"]), abs=1e-4)
                assert clm["logLik"] == pytest.approx(float(theirs.llf), rel=1e-7)
                fitted += 1
        assert fitted
