"""A report in which every text that people can type is an attack on both ways of writing it."""

from analysis.core.plan import POST_HOC
from analysis.core.plots.preferences import win_tie_loss
from analysis.core.report.about import About
from analysis.core.report.build import build_report, laid_out_tables
from tests.analysis.core.report.drawn import as_figure

# Markup of HTML, of Typst (a page rule, a file that is read, a reference, mathematics) and of templates, in one line.
EVIL = '<script>alert(1)</script><b onclick="x">&amp; #panic("no") #read("/etc/passwd") @ref *b* $x$ [y] {{ 7*7 }} \\'


def hostile_report(results_of):
    features = [{"id": "snr", "label": EVIL}, {"id": "artifacts", "label": "Artifacts"}]
    label = {"version": 2, "made_by": EVIL, "made_at": EVIL, "reason": EVIL, "sealed_plan_sha256": EVIL}
    results = results_of(features=features, **{POST_HOC: label})
    about = About(
        title=EVIL,
        lock=EVIL,
        facts=((EVIL, EVIL),),
        hashes=((EVIL, EVIL),),
        participants=EVIL,
        randomisation=EVIL,
        plan_fixed=EVIL,
        arm_names={"SOC": "S<O>C", "FAST": "#FAST"},
        deviations=(EVIL,),
        tables=laid_out_tables(results),
        program=EVIL,
        measured_with=(EVIL,),
        printed_with={EVIL: EVIL},
    )
    return build_report(results, about, [as_figure(win_tie_loss(results, {"SOC": EVIL[-8:]}))])
