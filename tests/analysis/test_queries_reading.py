"""How a study was read, table by table: every column is in the dictionary, no column names an arm."""

import json
import uuid
from datetime import timedelta

import pandas as pd
import pytest
from django.utils import timezone

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.core.export.reading_variables import KEYS, TABLES, reading_codebook
from analysis.queries_reading import reading_tables
from analysis.services.bundle import bundle_files
from analysis.services.compute import compute
from readerstudy.core.display_check import QUESTIONS, screen_of
from readerstudy.core.errors import WrongState
from readerstudy.core.viewing import Viewing
from readerstudy.models import Reading, Score, ScoreSave
from readerstudy.services import close, score, sessions, viewing
from tests.conftest import REASON, complete_answers
from tests.readerstudy.core.test_display_check import MEASURED
from tests.readerstudy.services.sending import silent

START = 1_700_000_000_000
WAITED = timedelta(minutes=40)  # so long the first answer lay in a browser without a connection
LOOKED = Viewing(
    ((START, START + 12_500), (START + 90_000, START + 91_000)),
    {"left": {0: 0, 1: 12_000}, "right": {1: 12_000}},
    ((START, 100, 0, 0, 100, 100), (START + 5000, 140, -20, 1, 250, 250)),
)


@pytest.fixture
def looked_at(sealed, cast):
    """One pair was read after a display check, with telemetry; the rest was not opened."""
    reader = cast.reader_one
    check = sessions.record_check(
        reader, workstation="w", browser="Browser/9", screen=screen_of(MEASURED), answers=dict.fromkeys(QUESTIONS, True)
    )
    reading = score.open_reading(reader.allocations.get(position=1))
    viewing.record_viewing(reading, key=uuid.uuid4(), viewing=LOOKED, session=check.session)
    answers = complete_answers(sealed)
    first, second, *rest = answers
    steps = [{second: 3}, {first: 2}, {second: 4}, {item: answers[item] for item in rest}]
    for version, step in enumerate(steps):
        waited = WAITED if version == 0 else timedelta()
        score.save_scores(
            reading, key=uuid.uuid4(), base_version=version, answers=step, given_at=timezone.now() - waited
        )
    score.finish_reading(reading, base_version=len(steps))
    close.lock_study(sealed, actor=cast.coordinator, reason=REASON)
    return close.unblind_study(sealed, actor=cast.coordinator, reason=REASON)


def add_old_answer(study):
    """As rows are from before the time of giving was kept."""
    reading = Reading.objects.filter(allocation__study=study).first()
    save = ScoreSave.objects.create(
        reading=reading, version=99, key=uuid.uuid4(), saved_by=reading.allocation.reader.user, saved_at=timezone.now()
    )
    Score.objects.create(save_of=save, item="feature:of_old", value=3)


class TestReadingTables:
    def test_they_are_refused_before_unblinding(self, sealed):
        with pytest.raises(WrongState):
            reading_tables(sealed)

    def test_each_has_the_columns_of_its_dictionary_and_its_key_is_one(self, looked_at):
        tables = reading_tables(looked_at)

        assert set(tables) == set(TABLES)
        for name, table in tables.items():
            assert list(table.columns) == [variable.name for variable in TABLES[name]]
            assert not table.duplicated(list(KEYS[name])).any(), name

    def test_no_column_or_cell_names_an_arm(self, looked_at):
        for table in reading_tables(looked_at).values():
            assert not {"SOC", "FAST", "FASTDL"} & set(to_csv(table).replace("\r\n", ",").split(","))

    def test_the_session_tells_screen_browser_and_what_was_seen(self, looked_at):
        row = reading_tables(looked_at)["reading_sessions"].iloc[0]

        assert (row.session, row.browser, row.screen_width_px, row.pixel_pitch_mm) == (1, "Browser/9", 1920, 0.2767)
        assert (row.display_checks, row.saw_dark_patch) == (1, 1)

    def test_the_summary_agrees_with_the_raw_rows(self, looked_at):
        tables = reading_tables(looked_at)
        (row,) = tables["viewing"].itertuples()

        assert row.active_s == tables["viewing_intervals"].seconds.sum() == 13.5
        assert (row.seen_left, row.seen_right, row.slices) == (2, 1, 3)
        assert (row.last_window_width_percent, row.last_inverted, row.last_zoom_left_percent) == (140, 1, 250)
        assert list(tables["viewing_slices"].seconds) == [0.0, 12.0, 12.0]
        assert tables["viewing_intervals"].started_at[0] == "2023-11-14T22:13:20.000Z"
        assert list(tables["viewing_looks"].window_level_percent) == [0, -20]

    def test_the_order_of_answers_is_that_of_the_first_ones(self, looked_at):
        order = reading_tables(looked_at)["answer_order"].set_index("item")
        first, second, *rest = complete_answers(looked_at)

        assert (order.place[second], order.changes[second]) == (1, 1)
        assert (order.place[first], order.changes[first]) == (2, 0)
        assert set(order.place[rest]) == {3}

    def test_an_answer_that_waited_in_a_browser_has_both_times(self, looked_at):
        order = reading_tables(looked_at)["answer_order"].set_index("item")
        given, saved = (pd.to_datetime(order[column]) for column in ("given_at", "answered_at"))
        first, second, *rest = complete_answers(looked_at)

        assert (saved - given)[second].to_pytimedelta() == pytest.approx(WAITED, abs=timedelta(seconds=10))
        assert max((saved - given)[[first, *rest]]) < timedelta(seconds=10)

    def test_without_a_time_of_its_own_the_cell_is_empty(self, unblinded):
        add_old_answer(unblinded)
        order = reading_tables(unblinded)["answer_order"].set_index("item")

        assert order.given_at["feature:of_old"] == ""
        assert order.answered_at["feature:of_old"]

    def test_a_study_without_any_has_none(self, unblinded):
        assert set(reading_tables(unblinded)) == {"answer_order"}


class TestInTheFiles:
    def test_the_bundle_has_every_table_with_its_dictionary(self, looked_at):
        compute(looked_at, silent)

        files = bundle_files(looked_at)

        package = json.loads(files["datapackage.json"])
        described = {resource["path"]: resource for resource in package["resources"]}
        for name, variables in TABLES.items():
            header = files[f"{name}.csv"].decode().splitlines()[0]
            fields = described[f"{name}.csv"]["schema"]["fields"]
            assert header.split(",") == [variable.name for variable in variables] == [one["name"] for one in fields]
            assert all(one["description"] for one in fields)
        assert b"viewing,active_s,number" in files["codebook_reading.csv"]

    def test_the_codebook_has_every_column_once(self):
        book = reading_codebook()

        assert len(book) == sum(len(variables) for variables in TABLES.values())
        assert not book.duplicated(["table", "variable"]).any()
        assert book.label.str.len().min() > 0

    def test_the_scores_carry_the_session(self, looked_at):
        scores = queries.scores_by_arm(looked_at)

        assert set(scores.session) == {1}
        assert pd.api.types.is_integer_dtype(scores.session)
