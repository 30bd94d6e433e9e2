"""The OpenAPI document is true: every answer of every address is of the type and has the shape that it says."""

import csv
import io
import json
import zipfile

import pytest
from django.core.cache import cache
from jsonschema import Draft202012Validator

from analysis.api import TableName, api
from analysis.api_results import SectionCode
from analysis.core.sections import BY_CODE
from analysis.services.compute import compute
from analysis.services.export import KEYS
from analysis.services.plans import amend_plan
from analysis.services.tokens import make_token
from readerstudy.services import tasks
from tests.readerstudy.services.sending import silent

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema()))
OPERATIONS = {path: methods["get"] for path, methods in DOCUMENT["paths"].items()}
BEFORE = ("{slug}/", "conduct/", "plan/")  # what answers before unblinding
BEGINNINGS = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "image/svg+xml": b"<?xml", "application/zip": b"PK"}


def filled(path, study, name=None):
    names = {"/tables/": "ratings_long", "/figures/": "time_course", "/results/": "drift_by_reader"}
    known = next((value for part, value in names.items() if part in path), "")
    return path.format(slug=study.slug, name=name or known, section="conduct")


def complaints(body, schema):
    """What a validator of JSON Schema says of an answer, and every key that the document does not name."""
    validator = Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    yield from (f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(body))
    yield from unnamed(body, schema)


def unnamed(body, schema):
    schema = resolved(schema)
    if isinstance(body, list) and "items" in schema:
        for one in body:
            yield from unnamed(one, schema["items"])
    if isinstance(body, dict) and "properties" in schema:
        yield from (f"{key} is not in the document" for key in body.keys() - schema["properties"].keys())
        for key in body.keys() & schema["properties"].keys():
            yield from unnamed(body[key], schema["properties"][key])


def resolved(schema):
    return DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def content_of(operation, status):
    return operation["responses"][str(status)]["content"]


@pytest.fixture(autouse=True)
def no_earlier_requests():
    cache.clear()


@pytest.fixture
def ask(client, cast):
    secret = make_token(cast.study, actor=cast.statistician, name="R", days=30, may_read_key=True)[1]

    def get(path, **query):
        return client.get(path, query, headers={"Authorization": f"Bearer {secret}"})

    return get


class TestDocument:
    def test_every_schema_in_it_is_one(self):
        for schema in DOCUMENT["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)

    def test_it_names_every_table_and_every_section(self):
        assert set(TableName.__args__) == set(KEYS)
        assert SectionCode.__args__ == tuple(BY_CODE)

    def test_an_answer_of_another_shape_would_be_found(self):
        schema = content_of(OPERATIONS["/api/v1/studies/{slug}/"], 200)["application/json"]["schema"]

        assert list(complaints({"slug": 1}, schema))
        assert list(unnamed({"more": 1}, schema)) == ["more is not in the document"]


class TestBeforeUnblinding:
    @pytest.mark.parametrize("path", OPERATIONS)
    def test_only_status_conduct_and_plan_answer_and_refusals_are_as_documented(self, sealed, ask, path):
        response = ask(filled(path, sealed))

        expected = 200 if path.endswith(BEFORE) else 409
        schema = content_of(OPERATIONS[path], expected)["application/json"]["schema"]
        assert response.status_code == expected
        assert list(complaints(response.json(), schema)) == []
        assert "no-store" in response["Cache-Control"]


class TestAfterUnblinding:
    def test_every_address_answers_as_documented(self, unblinded, ask):
        analysis = compute(unblinded, silent)
        tasks.work_off(unblinded, ["draw_results"])

        for path, operation in OPERATIONS.items():
            cache.clear()
            response = ask(filled(path, unblinded))
            assert response.status_code == 200, path
            assert "no-store" in response["Cache-Control"], path
            ((media, described),) = content_of(operation, 200).items()
            assert response["Content-Type"].split(";")[0] == media, path
            if media == "application/json":
                assert list(complaints(response.json(), described["schema"])) == [], path
            else:
                assert response.content.startswith(BEGINNINGS.get(media, b"")), path
        self.sections_lead_to_all_there_is(unblinded, analysis, ask)
        self.numbers_of_a_figure_are_those_of_its_csv(unblinded, ask)
        self.provenance_has_the_hashes_of_what_is_served(unblinded, ask)

    @staticmethod
    def sections_lead_to_all_there_is(study, analysis, ask):
        base = f"/api/v1/studies/{study.slug}/"
        lines = ask(f"{base}results/").json()
        assert [line["code"] for line in lines] == list(BY_CODE)
        drawn = {name for line in lines for name in line["figures"]}
        assert drawn == {file.name.removesuffix(".svg") for file in analysis.files.filter(name__endswith=".svg")}
        for line in lines:
            cache.clear()
            section = ask(f"{base}results/{line['code']}/").json()
            assert {table["name"] for table in section["tables"]} <= set(line["tables"])
            for table in section["tables"]:
                rows = list(csv.reader(io.StringIO(ask(f"{base}results/{table['name']}.csv").content.decode())))
                assert len(rows) == 1 + sum(len(group["rows"]) for group in table["groups"]), table["name"]
            for figure in section["figures"]:
                assert ask(base + figure["rows"]).status_code == 200
        assert ask(f"{base}results/conduct/", comparison="NONE").status_code == 404
        assert ask(f"{base}results/nothing/").status_code == 404
        assert ask(f"{base}figures/nothing.svg").status_code == 404

    @staticmethod
    def numbers_of_a_figure_are_those_of_its_csv(study, ask):
        cache.clear()
        base = f"/api/v1/studies/{study.slug}/figures/time_course"
        rows, results = ask(f"{base}.json").json(), ask(f"/api/v1/studies/{study.slug}/results.json").json()
        own = [row["median_s"] for row in rows if row["reader"] == results["meta"]["readers"][0]]
        assert own == results["course"][results["meta"]["readers"][0]]["median_s"]

    @staticmethod
    def provenance_has_the_hashes_of_what_is_served(study, ask):
        base = f"/api/v1/studies/{study.slug}/"
        told = ask(f"{base}provenance/").json()
        with zipfile.ZipFile(io.BytesIO(ask(f"{base}bundle.zip").content)) as bundle:
            sums = dict(reversed(line.split("  ")) for line in bundle.read("SHA256SUMS").decode().splitlines())
        assert told["files"]["report.pdf"] == sums["report.pdf"]
        assert told["files"]["time_course.png"] == sums["figures/time_course.png"]
        assert told["data_sha256"] == sums["scores.csv"]
        assert told["printed_with"].keys() == {"matplotlib", "typst", "Jinja2"}
        assert told["images_measured_with"]

    def test_a_post_hoc_version_is_asked_for_by_its_number(self, unblinded, cast, ask):
        compute(unblinded, silent)
        amend_plan(unblinded, actor=cast.statistician, reason="another level", choices={"alpha": 0.01})
        base = f"/api/v1/studies/{unblinded.slug}/"
        assert ask(f"{base}provenance/", plan_version=2).status_code == 409
        compute(unblinded, silent, plan_version=2)

        told = ask(f"{base}provenance/", plan_version=2).json()

        assert told["post_hoc"]
        assert told["plan_sha256"] != told["sealed_plan_sha256"] == unblinded.plan_sha256
        captions = {table["caption"] for table in ask(f"{base}results/conduct/", plan_version=2).json()["tables"]}
        assert all(caption.startswith("Post hoc, plan version 2: ") for caption in captions)
        assert ask(f"{base}figures/", plan_version=2).json() == []
