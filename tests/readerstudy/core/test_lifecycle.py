"""The life of a study: the table of transitions, and nothing beside it."""

import pytest

from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Act, Status, allows, require, target_of

LIFE = [Status.DRAFT, Status.READING, Status.LOCKED, Status.UNBLINDED]


class TestTargetOf:
    def test_it_leads_through_the_four_statuses_in_order(self):
        status = Status.DRAFT
        for act, expected in zip((Act.ALLOCATE, Act.LOCK, Act.UNBLIND), LIFE[1:], strict=True):
            status = target_of(status, act)
            assert status is expected

    @pytest.mark.parametrize(
        ("status", "act"),
        [
            (Status.DRAFT, Act.LOCK),
            (Status.DRAFT, Act.UNBLIND),
            (Status.READING, Act.ALLOCATE),
            (Status.READING, Act.UNBLIND),
            (Status.LOCKED, Act.LOCK),
            (Status.LOCKED, Act.ALLOCATE),
            (Status.UNBLINDED, Act.LOCK),
            (Status.UNBLINDED, Act.UNBLIND),
        ],
    )
    def test_it_refuses_every_other_way(self, status, act):
        with pytest.raises(WrongState):
            target_of(status, act)

    def test_it_refuses_an_act_that_is_no_transition(self):
        with pytest.raises(WrongState):
            target_of(Status.READING, Act.READ)


class TestRequire:
    @pytest.mark.parametrize("status", [Status.DRAFT, Status.READING, Status.LOCKED])
    def test_arms_may_not_be_joined_before_unblinding(self, status):
        assert not allows(status, Act.JOIN_ARMS)
        with pytest.raises(WrongState, match="UNBLINDED"):
            require(status, Act.JOIN_ARMS)

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.LOCKED, Status.UNBLINDED])
    def test_scores_are_taken_while_reading_only(self, status):
        with pytest.raises(WrongState):
            require(status, Act.READ)

    @pytest.mark.parametrize("status", LIFE[1:])
    def test_protocol_and_cases_are_frozen_after_the_seal(self, status):
        assert not allows(status, Act.EDIT_PROTOCOL)
        assert not allows(status, Act.EDIT_CASES)
