"""A study begins as a draft of the reference protocol and says what keeps it from being read."""

import pytest

from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import Role
from readerstudy.services import studies


class TestCreateStudy:
    def test_it_has_the_reference_protocol_and_its_maker_coordinates_it(self, cast):
        made = studies.create_study(actor=cast.outsider, title="Knees")

        assert made.status == Status.DRAFT
        assert made.features.count() == 8
        assert made.comparisons.count() == 3
        assert made.consistency_items.count() == 10
        assert list(made.scale.values_list("value", flat=True)) == [1, 2, 3, 4, 5]
        assert made.memberships.get().role == Role.COORDINATOR
        assert studies.protocol_problems(made) == []

    def test_two_of_one_title_have_two_addresses(self, cast):
        slugs = {studies.create_study(actor=cast.outsider, title="Knees").slug for _ in range(3)}

        assert slugs == {"knees", "knees-2", "knees-3"}

    @pytest.mark.parametrize("title", ["日本", "!!!"])
    def test_a_title_without_latin_letters_has_an_address_too(self, cast, title):
        assert studies.create_study(actor=cast.outsider, title=title).slug.startswith("study")

    def test_it_needs_a_title(self, cast):
        with pytest.raises(BadInput, match="title"):
            studies.create_study(actor=cast.outsider, title="  ")


class TestUpdateDetails:
    def test_it_changes_and_records(self, cast):
        studies.update_details(cast.study, cast.coordinator, {"sponsor": "Nobody", "diagnostic_quality": False})

        cast.study.refresh_from_db()
        assert (cast.study.sponsor, cast.study.diagnostic_quality) == ("Nobody", False)
        assert cast.study.audit_events.last().detail["details"]["sponsor"] == "Nobody"

    @pytest.mark.parametrize("name", ["status", "allocation_seed", "slug"])
    def test_it_refuses_what_is_no_detail(self, cast, name):
        with pytest.raises(BadInput):
            studies.update_details(cast.study, cast.coordinator, {name: "x"})

    def test_it_is_refused_after_the_seal(self, sealed, cast):
        with pytest.raises(WrongState):
            studies.update_details(sealed, cast.coordinator, {"title": "Other"})


class TestProtocolProblems:
    def test_it_misses_comparisons_and_features(self, study):
        study.comparisons.all().delete()
        study.features.all().delete()

        text = " ".join(studies.protocol_problems(study))
        assert "no comparison" in text
        assert "no feature" in text

    def test_it_finds_an_arm_that_readers_must_not_see(self, study):
        study.arms.filter(code="FAST").update(shown=False)

        assert any("SOC_FAST" in problem for problem in studies.protocol_problems(study))

    @pytest.mark.parametrize("keep", [[1, 2, 3, 4], [1], [1, 2, 4], [2, 3, 4], []])
    def test_it_wants_an_odd_scale_without_a_gap(self, study, keep):
        study.scale.exclude(value__in=keep).delete()

        assert any("odd number" in problem for problem in studies.protocol_problems(study))
