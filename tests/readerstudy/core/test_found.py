"""A question to an archive, and its answer as it is shown."""

import json
from datetime import date

import pytest

from readerstudy.core.errors import BadInput
from readerstudy.core.found import (
    MOST_SERIES,
    Found,
    FoundSeries,
    FoundStudy,
    Question,
    SeriesPlace,
    clean,
    is_asked_for,
    parse_place,
    series_from,
    study_from,
    with_series,
)

DAY = date(2026, 1, 31)


class TestQuestion:
    @pytest.mark.parametrize(
        ("asked", "keys"),
        [
            ({"patient_id": "P1"}, {"PatientID": "P1"}),
            ({"description": "LUMBAR SPINE"}, {"StudyDescription": "*LUMBAR*SPINE*"}),
            ({"since": DAY, "until": DAY}, {"StudyDate": "20260131"}),
            ({"since": DAY}, {"StudyDate": "20260131-"}),
            ({"until": DAY}, {"StudyDate": "-20260131"}),
            ({"since": date(2026, 1, 1), "until": DAY}, {"StudyDate": "20260101-20260131"}),
        ],
    )
    def test_its_keys(self, asked, keys):
        assert Question(**asked).keys() == {**keys, "ModalitiesInStudy": "MR"}

    @pytest.mark.parametrize(
        "asked",
        [
            {}, {"modality": "MR"}, {"patient_id": "*"}, {"patient_id": "P?"}, {"accession": "1\\2"},
            {"patient_id": "P1\n"}, {"patient_id": "P" * 65}, {"since": DAY, "until": date(2026, 1, 1)},
        ],
    )  # fmt: skip
    def test_one_for_everything_or_with_tricks_is_refused(self, asked):
        with pytest.raises(BadInput):
            Question(**asked)

    def test_it_goes_through_a_pipe(self):
        question = Question(patient_id="P1", since=DAY)

        assert Question.from_json(json.loads(json.dumps(question.to_json()))) == question


class TestFound:
    def test_it_goes_through_a_pipe(self):
        found = Found((FoundStudy("1.2", "P1", "A B", series=(FoundSeries("1.2.3", 4, "MR", "T2", 20),)),), more=True)

        assert Found.from_json(json.loads(json.dumps(found.to_json()))) == found

    def test_a_row_without_a_usable_uid_is_none(self):
        assert study_from({"StudyInstanceUID": "../../etc"}) is None
        assert series_from({}) is None

    def test_numbers_that_are_none_are_not_told(self):
        found = series_from({"SeriesInstanceUID": "1.2", "SeriesNumber": "x", "NumberOfSeriesRelatedInstances": "-3"})

        assert (found.number, found.images) == (None, None)

    def test_text_is_one_short_line(self):
        assert clean("A\x1b[31m\n\tB" + "x" * 1000) == "A [31m B" + "x" * 56

    def test_another_patients_study_is_not_asked_for(self):
        question = Question(patient_id="p1")

        assert is_asked_for(FoundStudy("1.2", patient_id="P1"), question)
        assert not is_asked_for(FoundStudy("1.2", patient_id="P12"), question)

    def test_series_are_ordered_chosen_and_not_too_many(self):
        series = [FoundSeries(f"1.{n}", n, "MR") for n in range(200, 0, -1)] + [FoundSeries("1.999", 0, "SR")]

        kept = with_series(FoundStudy("1.2"), series, Question(patient_id="p")).series
        assert [one.number for one in kept] == list(range(1, MOST_SERIES + 1))


class TestPlace:
    @pytest.mark.parametrize("text", ["1.2.3/1.2.4", "1.2.3/1.2.4/7"])
    def test_it_is_read_as_it_is_written(self, text):
        assert str(parse_place(text)) == text

    def test_the_number(self):
        assert parse_place("1.2.3/1.2.4/7") == SeriesPlace("1.2.3", "1.2.4", 7)

    @pytest.mark.parametrize(
        "text", ["", "1.2.3", "1.2.3/../x", "1.2.3/1.2?x", "1..2/1.2", "1.2.3/1.2.4/-1", "1.2/1.2\n"]
    )
    def test_anything_else_is_refused(self, text):
        with pytest.raises(BadInput):
            parse_place(text)
