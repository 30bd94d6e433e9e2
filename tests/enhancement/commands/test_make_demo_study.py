import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from readerstudy.models import AuditEvent, DisplayState, Study, User

SMALL = ("--image-sets", "1", "--matrix", "64", "--slices", "3")


def make(*options: str) -> str:
    out = io.StringIO()
    call_command("make_demo_study", *SMALL, *options, stdout=out)
    return out.getvalue()


def make_json(*options: str) -> dict[str, Any]:
    return json.loads(make("--json", *options))


@pytest.mark.django_db
class TestMakeDemoStudy:
    def test_it_makes_a_study_that_is_open_for_reading(self):
        result = make_json()

        study = Study.objects.get(slug="demo")
        assert (result["status"], result["image_sets"], result["allocations"]) == ("reading", 1, 9)
        assert study.image_sets.get().display_state == DisplayState.READY
        arms = study.series.filter(removed_at=None).values_list("arm__code", flat=True)
        assert set(arms) == {"SOC", "FAST", "FAST-DL", "SOC-DL"}
        assert study.allocation_sha256 == result["allocation_sha256"] != ""

    def test_a_second_call_says_so_and_changes_nothing(self):
        first = make()
        before = (AuditEvent.objects.count(), User.objects.count())
        second = make()

        assert "Sign-ins" in first
        assert "there already" in second
        assert "Sign-ins" not in second
        assert (AuditEvent.objects.count(), User.objects.count()) == before

    def test_it_reads_and_unblinds_where_asked(self):
        result = make_json("--unblind")

        assert (result["status"], result["finished"]) == ("unblinded", 9)


class TestOptions:
    @pytest.mark.parametrize("options", [("--image-sets", "0"), ("--matrix", "65"), ("--slices", "many")])
    def test_a_bad_number_is_refused_in_one_line(self, options: tuple[str, str]):
        with pytest.raises(CommandError, match="needed, not"):
            call_command("make_demo_study", *options)
