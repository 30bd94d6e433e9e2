from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from readerstudy.core.lifecycle import Status
from readerstudy.models import Role, Study
from readerstudy.templatetags import office


class TestStepsOf:
    def test_what_is_behind_is_done_and_what_comes_is_ahead(self):
        steps = office.steps_of(Study(status=Status.LOCKED))

        assert [step.state for step in steps] == ["done", "done", "current", "ahead"]

    def test_every_status_has_its_next_step_in_words(self):
        assert set(office.NEXT_STEP) == set(Status)


class TestStudyPages:
    def offered(self, role: str, here: str = "overview") -> list[office.Link]:
        request = SimpleNamespace(
            membership=SimpleNamespace(role=role),
            study=Study(slug="spine"),
            resolver_match=SimpleNamespace(url_name=here),
        )
        return office.study_pages({"request": request})

    def test_a_statistician_is_offered_neither_cases_nor_readers(self):
        labels = {link.label for link in self.offered(Role.STATISTICIAN)}

        assert "Results" in labels
        assert not labels & {"Cases", "Readers"}

    def test_a_reader_is_offered_nothing_that_tells_an_arm(self):
        assert [link.label for link in self.offered(Role.READER)] == ["Overview"]

    def test_a_page_below_another_marks_that_one_as_current(self):
        current = [link.label for link in self.offered(Role.COORDINATOR, here="series") if link.current]

        assert current == ["Cases"]


class TestUtc:
    def test_a_moment_is_told_in_utc_whatever_its_zone(self):
        east = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))

        assert "28 Feb 2026, 23:30 UTC" in office.utc(east)

    def test_the_machine_readable_moment_has_its_zone(self):
        assert 'datetime="2026-03-01T01:30:00+00:00"' in office.utc(datetime(2026, 3, 1, 1, 30, tzinfo=UTC))

    def test_nothing_is_a_dash(self):
        assert office.utc(None) == "–"


class TestParameterValue:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (None, "not in the header"),
            ([], "not in the header"),
            (2584.0, "2584"),
            ([0.5, 0.25], "0.5, 0.25"),
            (True, "yes"),
            (0, "0"),
        ],
    )
    def test_it_says_what_the_header_told(self, value: object, words: str):
        assert office.parameter_value(value) == words


class TestDetailValue:
    def test_nested_details_are_one_line(self):
        detail = {"code": "SOC", "shown": True, "source_id": None, "tags": ["a", 1]}

        assert office.detail_value(detail) == "code: SOC · shown: yes · source id: – · tags: a, 1"
