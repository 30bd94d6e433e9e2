"""The results pages: one a section, with tables, figures and files, and the right words while there is nothing."""

import csv
import io
import re

import pytest
from django.urls import reverse

from analysis.core.sections import SECTIONS
from analysis.models import Analysis, ImageMetric, ResultFile
from analysis.services import plans
from analysis.services.compute import compute
from readerstudy.models import Task
from readerstudy.services import tasks
from tests.readerstudy.services.sending import silent

CODES = [section.code for section in SECTIONS]


def address(study, code=""):
    return f"/studies/{study.slug}/results/{f'{code}/' if code else ''}"


@pytest.fixture
def computed(unblinded):
    """Computed by its task; the figures are not drawn: that takes longer than all tables."""
    tasks.work_off(unblinded, ["analyse"])
    return unblinded


@pytest.fixture
def figure(computed):
    analysis = Analysis.objects.get()
    kinds = {"svg": b"<svg/>", "png": b"\x89PNG", "csv": b"feature,n\r\n"}
    for kind, content in kinds.items():
        ResultFile.objects.create(
            analysis=analysis, name=f"win_tie_loss.{kind}", section="preferences", position=0,
            title="Wins & ties", caption="Share of readings.", sha256="0" * 64, content=content,
        )  # fmt: skip
    Task.objects.filter(kind="draw_results").update(state="done")
    return computed


class TestResults:
    def test_before_unblinding_every_section_says_only_that(self, sealed, cast, sign_in):
        client = sign_in(cast.statistician)

        for code in ("", *CODES):
            text = client.get(address(sealed, code)).content.decode()
            assert "Still blinded" in text
            assert "Sections of the results" not in text
            assert "SOC vs" not in text

    def test_nobody_else_comes_in(self, computed, cast, sign_in):
        assert sign_in(cast.outsider).get(address(computed)).status_code == 404
        assert sign_in(cast.reader_one.user).get(address(computed, "agreement")).status_code == 403

    def test_not_computed_yet_it_offers_to(self, unblinded, cast, sign_in):
        Task.objects.filter(kind="analyse").delete()

        text = sign_in(cast.statistician).get(address(unblinded)).content.decode()

        assert "Not computed yet" in text
        assert reverse("compute_results", args=(unblinded.slug,)) in text

    def test_while_it_is_computed_the_part_is_asked_for_again_and_then_the_page(self, unblinded, cast, sign_in):
        client = sign_in(cast.statistician)
        text = client.get(address(unblinded)).content.decode()
        assert "being computed" in text
        assert 'hx-trigger="every 2s"' in text

        part = client.get(address(unblinded), {"shown": ""}, HTTP_HX_REQUEST="true")
        assert b"being computed" in part.content
        assert b"<html" not in part.content

        tasks.work_off(unblinded, ["analyse"])
        assert client.get(address(unblinded), {"shown": ""}, HTTP_HX_REQUEST="true")["HX-Refresh"] == "true"

    def test_a_failure_is_told_with_a_retry_and_older_results_stay(self, computed, cast, sign_in):
        Task.objects.create(study=computed, kind="analyse", subject=computed.pk, state="failed", error="No room left.")

        text = sign_in(cast.statistician).get(address(computed)).content.decode()

        assert "could not be computed" in text
        assert "No room left." in text
        assert "What stands below is older" in text
        assert "Preferences, feature by feature" in text

    def test_figures_that_are_not_drawn_are_offered_and_a_failure_can_be_tried_again(self, computed, cast, sign_in):
        client = sign_in(cast.statistician)
        assert "The figures are being drawn" in client.get(address(computed)).content.decode()

        Task.objects.filter(kind="draw_results").update(state="failed", error="The disk is full.")
        assert "The disk is full." in client.get(address(computed)).content.decode()

        Task.objects.filter(kind="draw_results").delete()  # as with results of an earlier version of the product
        assert "have no figures yet" in client.get(address(computed)).content.decode()
        client.post(reverse("draw_result_figures", args=(computed.slug,)))
        assert Task.objects.get(kind="draw_results").state == "queued"

    def test_drawing_before_anything_was_computed_is_refused_in_words(self, unblinded, cast, sign_in):
        client = sign_in(cast.statistician)

        page = client.post(reverse("draw_result_figures", args=(unblinded.slug,)), follow=True)

        assert "not computed yet" in page.content.decode()

    def test_results_of_other_image_metrics_or_versions_are_called_out_of_date(self, figure, cast, sign_in):
        client = sign_in(cast.statistician)
        assert "out of date" not in client.get(address(figure)).content.decode()

        ImageMetric.objects.filter(value__isnull=False).first().delete()
        Analysis.objects.update(versions={"scipy": "0.1"})

        text = client.get(address(figure)).content.decode()
        assert "measured again" in text
        assert "scipy 0.1" in text

    def test_a_section_that_the_stored_results_lack_asks_to_compute_again(self, figure, cast, sign_in):
        analysis = Analysis.objects.get()
        del analysis.results["results"]["position_bias"]
        analysis.save()

        text = sign_in(cast.statistician).get(address(figure, "conduct")).content.decode()

        assert "did not have this section" in text


class TestResultsSection:
    def test_every_section_has_tables_and_a_way_to_the_others(
        self, computed, cast, sign_in, django_assert_max_num_queries
    ):
        client = sign_in(cast.statistician)
        for code in CODES:
            with django_assert_max_num_queries(20):
                page = client.get(address(computed, code))
            text = page.content.decode()
            assert page.context["tables"] or "Nothing to show here" in text, code
            assert text.count('aria-current="page"') >= 2  # in the navigation of the study and of the results
            assert not re.search(r">\s*(None|nan|FASTDL)\b", text), code

    def test_the_first_figure_and_table_are_the_wins_and_the_preferences(self, figure, cast, sign_in):
        page = sign_in(cast.statistician).get(address(figure))

        assert page.context["figures"][0].name == "win_tie_loss"
        assert page.context["tables"][0].name == "preferences"
        assert "Wins &amp; ties" in page.content.decode()

    def test_the_levels_of_another_comparison_are_asked_for_by_name(self, computed, cast, sign_in):
        client = sign_in(cast.statistician)

        page = client.get(address(computed, "subgroups"), {"comparison": "SOC_FAST"})

        assert page.context["folded"][-1].name == "subgroup_levels_SOC_FAST"
        assert client.get(address(computed, "subgroups"), {"comparison": "NONE"}).status_code == 404

    @pytest.mark.parametrize("wrong", ["nothing/", "agreement/?plan_version=x", "agreement/?plan_version=7"])
    def test_an_unknown_section_or_version_is_not_found(self, computed, cast, sign_in, wrong):
        assert sign_in(cast.statistician).get(f"{address(computed)}{wrong}").status_code == 404

    def test_a_post_hoc_version_has_the_same_pages_which_say_so(self, computed, cast, sign_in):
        plans.amend_plan(computed, actor=cast.statistician, reason="another level", choices={"alpha": 0.01})
        client = sign_in(cast.statistician)
        place = address(computed, "agreement")
        assert "Not computed yet" in client.get(place, {"plan_version": 2}).content.decode()
        compute(computed, silent, plan_version=2)

        text = client.get(place, {"plan_version": 2}).content.decode()

        assert "Post hoc: by version 2" in text
        assert "agreement_pairs.csv?plan_version=2" in text
        assert "Post hoc, plan version 2: Spearman" in text
        file = client.get(f"{address(computed)}agreement_pairs.csv", {"plan_version": 2})
        assert 'filename="spine-study-post-hoc-plan2-agreement_pairs.csv"' in file["Content-Disposition"]
        assert "Post hoc" not in client.get(place).content.decode()


class TestTableCsv:
    def test_each_table_that_is_shown_downloads(self, computed, cast, sign_in):
        client = sign_in(cast.statistician)
        for code in CODES:
            page = client.get(address(computed, code))
            for table in [*page.context["tables"], *page.context["folded"]]:
                answer = client.get(f"{address(computed)}{table.name}.csv")
                rows = list(csv.reader(io.StringIO(answer.content.decode())))
                assert len(rows) == 1 + sum(len(group.rows) for group in table.groups), table.name
                assert len({len(row) for row in rows}) == 1, table.name

    def test_an_unknown_table_is_not_found(self, computed, cast, sign_in):
        assert sign_in(cast.statistician).get(f"{address(computed)}table9.csv").status_code == 404


class TestResultFigure:
    @pytest.mark.parametrize(
        ("kind", "media"), [("svg", "image/svg+xml"), ("png", "image/png"), ("csv", "text/csv; charset=utf-8")]
    )
    def test_it_comes_in_three_formats(self, figure, cast, sign_in, kind, media):
        answer = sign_in(cast.statistician).get(f"{address(figure)}plots/win_tie_loss.{kind}")

        assert answer["Content-Type"] == media
        assert answer.content == bytes(ResultFile.objects.get(name=f"win_tie_loss.{kind}").content)
        assert "no-store" in answer["Cache-Control"]

    def test_an_unknown_one_is_not_found_and_readers_get_none(self, figure, cast, sign_in):
        assert sign_in(cast.statistician).get(f"{address(figure)}plots/none.svg").status_code == 404
        assert sign_in(cast.reader_one.user).get(f"{address(figure)}plots/win_tie_loss.svg").status_code == 403


class TestBlinding:
    def test_the_page_of_a_study_that_did_not_ask_says_so_and_no_other_page_leads_there(self, computed, cast, sign_in):
        client = sign_in(cast.statistician)

        page = client.get(address(computed, "blinding"))

        assert "Readers were not asked" in page.content.decode()
        assert not page.context["outdated"]
        assert "blinding" not in {section.code for section in client.get(address(computed)).context["sections"]}
