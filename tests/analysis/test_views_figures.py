"""The figure pages and the listing: for the staff of the study, after unblinding."""

import base64
import io
import json

import pytest
from django.urls import reverse
from PIL import Image

from analysis.services import figures, measure
from tests.readerstudy.services.sending import silent


@pytest.fixture
def plate(unblinded, cast):
    return figures.make_plate(unblinded, actor=cast.statistician, title="Fig. <1>")


def post_json(client, address, body):
    return client.post(address, json.dumps(body), content_type="application/json", HTTP_ACCEPT="application/json")


class TestFigures:
    def test_readers_and_outsiders_stay_outside_and_a_blinded_study_shows_nothing(self, sealed, cast, sign_in):
        addresses = [reverse(name, args=(sealed.slug,)) for name in ("figures", "image_metrics")]
        for address in addresses:
            assert sign_in(cast.outsider).get(address).status_code == 404
            assert sign_in(cast.reader_one.user).get(address).status_code == 403
            assert b"Still blinded" in sign_in(cast.statistician).get(address).content
        client = sign_in(cast.statistician)
        assert client.get(reverse("image_metrics_csv", args=(sealed.slug,))).status_code == 409
        assert client.post(reverse("new_figure", args=(sealed.slug,)), {"title": "x"}).status_code == 409
        for name in ("figure", "preview_figure", "save_figure", "export_figure", "remove_figure"):
            address = reverse(name, args=(sealed.slug, 1))
            answer = client.get(address) if name == "figure" else post_json(client, address, {"layout": {}})
            assert answer.status_code == 409

    def test_a_figure_is_begun_listed_and_removed(self, unblinded, cast, sign_in):
        client = sign_in(cast.statistician)

        page = client.post(reverse("new_figure", args=(unblinded.slug,)), {"title": "Fig. 2 <b>"}, follow=True)
        assert page.resolver_match.url_name == "figure"
        assert b"Fig. 2 &lt;b&gt;" in client.get(reverse("figures", args=(unblinded.slug,))).content

        plate = unblinded.figure_plates.get()
        client.post(reverse("remove_figure", args=(unblinded.slug, plate.pk)))
        assert not unblinded.figure_plates.exists()
        assert unblinded.audit_events.last().action == "figure removed"


class TestPreviewAndSave:
    def test_the_preview_is_a_picture_with_its_panels_and_changes_nothing(self, plate, unblinded, cast, sign_in):
        events = unblinded.audit_events.count()
        client = sign_in(cast.statistician)

        answer = post_json(client, reverse("preview_figure", args=(unblinded.slug, plate.pk)), {"layout": plate.layout})

        told = answer.json()
        image = Image.open(io.BytesIO(base64.b64decode(told["image"].split(",")[1])))
        assert image.format == "PNG"
        assert [panel["arm"] for panel in told["panels"]] == ["SOC", "FAST", "FAST-DL"]
        assert "no-store" in answer["Cache-Control"]
        assert unblinded.audit_events.count() == events

    @pytest.mark.parametrize("body", ["{", "[]", '{"layout": 3}', '{"layout": {"rows": []}}'])
    def test_what_cannot_be_drawn_is_refused_in_words(self, plate, unblinded, cast, sign_in, body):
        client = sign_in(cast.statistician)
        address = reverse("preview_figure", args=(unblinded.slug, plate.pk))

        answer = client.post(address, body, content_type="application/json")

        assert answer.status_code == 400
        assert answer.json()["message"]

    def test_it_is_saved_once_and_opened_again_as_it_was(self, plate, unblinded, cast, sign_in):
        client = sign_in(cast.statistician)
        arrow = {"row": 0, "arm": "FAST", "x": 0.25, "y": 0.5, "angle_deg": 90, "colour": "yellow"}
        body = {"title": "Figure one", "version": 1, "layout": {**plate.layout, "arrows": [arrow]}}
        address = reverse("save_figure", args=(unblinded.slug, plate.pk))

        assert post_json(client, address, body).json() == {"version": 2, "title": "Figure one"}
        assert post_json(client, address, body).status_code == 409

        config = client.get(reverse("figure", args=(unblinded.slug, plate.pk))).context["config"]
        assert config["layout"]["arrows"] == [arrow]


class TestExportFigure:
    @pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("tiff", b"II*"), ("svg", b"<?xml")])
    def test_it_downloads_and_is_recorded(self, plate, unblinded, cast, sign_in, kind, start):
        address = reverse("export_figure", args=(unblinded.slug, plate.pk))

        answer = sign_in(cast.coordinator).post(address, {"format": kind})

        assert answer.content.startswith(start)
        assert answer["Content-Disposition"].endswith(f'-figure-{plate.pk}.{kind}"')
        assert unblinded.audit_events.last().detail["format"] == kind

    def test_an_unknown_format_is_told_on_the_page(self, plate, unblinded, cast, sign_in):
        address = reverse("export_figure", args=(unblinded.slug, plate.pk))

        page = sign_in(cast.statistician).post(address, {"format": "exe"}, follow=True)

        assert b"not as" in page.content


class TestImageMetrics:
    def test_every_series_and_contrast_is_listed_and_downloads(
        self, unblinded, cast, sign_in, django_assert_max_num_queries
    ):
        measure.measure_images(unblinded, silent)
        client = sign_in(cast.statistician)

        with django_assert_max_num_queries(15):
            page = client.get(reverse("image_metrics", args=(unblinded.slug,)))
        titles = [table.title for table in page.context["tables"]]
        assert set(titles) == {
            "SOC vs FAST", "SOC vs FAST-DL", "FAST vs FAST-DL", "SOC vs SOC-DL", "SOC", "FAST", "FAST-DL", "SOC-DL",
        }  # fmt: skip
        listing = client.get(reverse("image_metrics_csv", args=(unblinded.slug,))).content.decode().splitlines()
        assert listing[0] == "image_set_id,patient_id,metric,reference_arm,other_arm,value,data_range,note"
        assert sum(",ssim_soc_socdl,SOC,SOC-DL," in line for line in listing) == 3

    def test_before_they_are_measured_the_page_says_so(self, unblinded, cast, sign_in):
        assert (
            b"Not measured yet"
            in sign_in(cast.statistician).get(reverse("image_metrics", args=(unblinded.slug,))).content
        )
