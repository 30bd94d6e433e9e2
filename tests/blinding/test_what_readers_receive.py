"""Nothing that a reader's browser receives depends on the arm, except the pixels (design, invariants 1 to 3).

The proof is an exchange: the same study is served with the arms of one pair exchanged between left and right,
and with every arm renamed. Whatever is not pixels must come out the same, byte for byte.
"""

import json
import re
import uuid

import pytest

from readerstudy import queries_training
from readerstudy.core.stack_file import StackIndex
from readerstudy.models import ReadingConditions, Series
from readerstudy.services import files, score, training
from tests.conftest import without_csrf
from tests.tampering import exchange_sides
from tests.training_study import prepare, seal, train

ARM_WORDS = re.compile(r"SOC|FAST|standard.of.care|accelerated|enhanced|denois|\bDL\b", re.IGNORECASE)


@pytest.fixture
def allocation(sealed):
    return sealed.allocations.select_related("reader__user").first()


@pytest.fixture
def reader(allocation, sign_in):
    return sign_in(allocation.reader.user)


def page_config(response):
    match = re.search(rb'<script[^>]*id="reading-config"[^>]*>(.*?)</script>', response.content, re.DOTALL)
    return json.loads(match.group(1))


def comparable_headers(response):
    return {name: value for name, value in response.headers.items() if name not in ("Expires", "Set-Cookie")}


class TestStationPage:
    def test_it_is_the_same_when_the_arms_are_exchanged(self, reader, allocation):
        address = f"/read/{allocation.token}/"
        before = reader.get(address)
        exchange_sides(allocation)

        after = reader.get(address)

        assert without_csrf(after.content) == without_csrf(before.content)
        assert comparable_headers(after) == comparable_headers(before)

    def test_it_is_the_same_also_with_every_reading_condition(self, reader, sealed, allocation):
        ReadingConditions.objects.create(study=sealed, whole_stacks=True, guess="pair")
        batch = {
            "key": "6b9d2a5e-0000-4000-8000-000000000001",
            "intervals": [],
            "seen": {"left": {"0": 1}, "right": {"2": 1}},
            "looks": [],
        }

        def answers():
            kind = {"content_type": "application/json", "headers": {"Accept": "application/json"}}
            address = f"/read/{allocation.token}/"
            told = [reader.get(address), reader.get(f"{address}state/")]
            told.append(reader.post(f"{address}viewing/", json.dumps(batch), **kind))
            told.append(reader.post(f"{address}finish/", '{"base_version": 0}', **kind))
            return [(one.status_code, without_csrf(one.content), comparable_headers(one)) for one in told]

        reader.post(f"/read/{allocation.token}/opened/")
        answers()
        before = answers()
        exchange_sides(allocation)

        assert answers() == before
        assert '"seen": {"left": [0], "right": [2]}' in before[1][1].decode()

    def test_it_names_no_arm_comparison_participant_or_image_set(self, reader, allocation):
        text = reader.get(f"/read/{allocation.token}/").content.decode()

        assert not ARM_WORDS.findall(text)
        assert not re.search(r"\b[PS]00\d\b", text)

    def test_it_gives_one_geometry_and_one_window_for_both_sides(self, reader, allocation):
        config = page_config(reader.get(f"/read/{allocation.token}/"))

        assert set(config["stacks"]["left"]) == set(config["stacks"]["right"]) == {"token", "slice_url"}
        assert set(config["geometry"]) == {
            "rows",
            "columns",
            "slices",
            "spacing_mm",
            "extent_mm",
            "calibrated",
            "orientation",
            "window",
        }

    def test_it_contains_no_database_id(self, reader, allocation):
        config = page_config(reader.get(f"/read/{allocation.token}/"))

        assert not re.findall(r'"(?:id|pk|series|arm|image_set|participant|comparison|pair)"', json.dumps(config))

    def test_pins_and_comments_come_back_the_same_when_the_arms_are_exchanged(self, reader, allocation):
        said = {"comment:loss_anatomy:left": "nerve root", "pin:loss_anatomy:left": {"slice": 1, "x": 10.0, "y": 12.5}}
        score.save_scores(score.open_reading(allocation), key=uuid.uuid4(), base_version=0, answers=said)
        before = reader.get(f"/read/{allocation.token}/state/").content
        exchange_sides(allocation)

        assert reader.get(f"/read/{allocation.token}/state/").content == before
        assert json.loads(before)["answers"] == said

    def test_state_work_list_and_review_name_no_arm(self, reader, allocation):
        for address in (f"/read/{allocation.token}/state/", "/read/", f"/read/{allocation.study.slug}/review/"):
            assert not ARM_WORDS.findall(reader.get(address).content.decode())


class TestPixels:
    def addresses(self, allocation, z=0):
        return f"/pixels/{allocation.left_token}/{z}", f"/pixels/{allocation.right_token}/{z}"

    def test_both_sides_have_the_same_headers_and_number_of_bytes(self, reader, sealed):
        for allocation in sealed.allocations.filter(reader__user=reader.get("/read/").wsgi_request.user):
            for z in range(3):
                left, right = (reader.get(address) for address in self.addresses(allocation, z))
                assert len(left.content) == len(right.content)
                assert comparable_headers(left) == comparable_headers(right)

    def test_length_does_not_change_when_the_arms_are_exchanged(self, reader, allocation):
        before = [len(reader.get(address).content) for address in self.addresses(allocation)]
        exchange_sides(allocation)

        assert [len(reader.get(address).content) for address in self.addresses(allocation)] == before

    def test_exchanging_the_arms_exchanges_exactly_the_pixels(self, reader, allocation):
        left, right = (reader.get(address).content for address in self.addresses(allocation))
        exchange_sides(allocation)

        assert [reader.get(address).content for address in self.addresses(allocation)] == [right, left]

    def test_nothing_may_be_cached_or_recognised_by_a_validator(self, reader, allocation):
        response = reader.get(self.addresses(allocation)[0])

        assert response["Cache-Control"] == "private, no-store"
        assert not {"ETag", "Last-Modified", "Content-Disposition"} & set(response.headers)

    def test_it_is_no_dicom(self, reader, allocation):
        assert b"DICM" not in reader.get(self.addresses(allocation)[0]).content

    def test_a_wrong_slice_and_a_wrong_token_have_the_same_answer(self, reader, allocation):
        wrong_slice = reader.get(f"/pixels/{allocation.left_token}/99")
        wrong_token = reader.get("/pixels/nobody-has-this-token/0")

        assert wrong_slice.status_code == wrong_token.status_code == 404
        assert without_csrf(wrong_slice.content) == without_csrf(wrong_token.content)

    def test_the_other_reader_gets_nothing(self, sealed, allocation, sign_in):
        other = sealed.memberships.filter(role="reader").exclude(pk=allocation.reader_id).get()

        assert sign_in(other.user).get(self.addresses(allocation)[0]).status_code == 404

    def test_a_coordinator_gets_nothing_by_a_readers_token(self, allocation, cast, sign_in):
        assert sign_in(cast.coordinator).get(self.addresses(allocation)[0]).status_code == 404

    def test_a_pair_with_a_missing_stack_shows_neither_side(self, reader, allocation):
        Series.objects.filter(image_set=allocation.pair.image_set, arm=allocation.left_arm).update(display=None)

        assert [reader.get(address).status_code for address in self.addresses(allocation)] == [404, 404]


class TestStoredStacks:
    def test_all_arms_of_an_image_set_have_one_shape(self, sealed):
        for image_set in sealed.image_sets.all():
            shapes = set()
            for series in image_set.series.exclude(display=None).select_related("display"):
                with files.open_stored(series.display) as stream:
                    index = StackIndex.read(stream)
                shapes.add((index.rungs, index.rows, index.columns))
            assert len(shapes) == 1


class TestTraining:
    """The same station under the same blinding: exchanged arms change pixels only."""

    @pytest.fixture
    def allocation(self, cast):
        prepare(cast)
        seal(cast)
        run = training.begin(cast.reader_one)
        return queries_training.pairs_of(run).select_related("reader__user").first()

    def told(self, reader, allocation):
        kind = {"content_type": "application/json", "headers": {"Accept": "application/json"}}
        address = f"/read/{allocation.token}/"
        answers = [reader.get(address), reader.get(f"{address}state/"), reader.get("/read/")]
        answers.append(reader.get(f"/read/{allocation.study.slug}/training/"))
        answers.append(reader.post(f"{address}handling/", '{"tasks": ["zoom"], "open_at_finish": 1}', **kind))
        return [(one.status_code, without_csrf(one.content), comparable_headers(one)) for one in answers]

    def exchange(self, allocation):
        exchange_sides(allocation)

    def test_nothing_but_pixels_changes_when_the_arms_are_exchanged(self, reader, allocation):
        self.told(reader, allocation)  # opens, and notes what was tried
        before = self.told(reader, allocation)
        pixels = [f"/pixels/{token}/0" for token in (allocation.left_token, allocation.right_token)]
        left, right = (reader.get(address) for address in pixels)
        self.exchange(allocation)

        assert self.told(reader, allocation) == before
        assert [reader.get(address).content for address in pixels] == [right.content, left.content]
        assert len(left.content) == len(right.content)
        assert comparable_headers(left) == comparable_headers(right)

    def test_nothing_names_an_arm_a_participant_or_an_image_set(self, reader, allocation):
        for _, content, _ in self.told(reader, allocation):
            assert not ARM_WORDS.findall(content.decode())
            assert not re.search(r"\b[PS]00\d\b", content.decode())

    def test_the_complete_training_names_none_either(self, reader, allocation, cast):
        train(cast.reader_one)

        text = reader.get(f"/read/{allocation.study.slug}/training/").content.decode()

        assert "Training complete" in text
        assert not ARM_WORDS.findall(text)
        assert not re.search(r"\b[PS]00\d\b", text)
