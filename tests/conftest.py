"""Fixtures shared by all tests: the cast, and a sealed study."""

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory

from readerstudy.models import Allocation, Reading, Study, User
from readerstudy.queries import scoring_protocol
from readerstudy.services import allocate, close, score
from readerstudy.views import session_limits
from tests.cast import Cast, add_image_set, make_cast

REASON = "for this test"
SEED = "5eed5eed5eed5eed"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def study(cast: Cast) -> Study:
    return cast.study


@pytest.fixture
def sealed(cast: Cast) -> Study:
    """The study with three image sets of three participants, sealed and open for reading."""
    for number in (1, 2, 3):
        add_image_set(cast.study, number)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    cast.study.refresh_from_db()
    return cast.study


@pytest.fixture
def sign_in(client: Client) -> Callable[[User], Client]:
    return lambda user: signed_in(client, user)


def signed_in(client: Client, user: User) -> Client:
    """Signed in as by the sign-in page: the session is on the person's list before the first page is asked for."""
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    session_limits.begin(request, user)
    request.session.save()
    return client


def without_csrf(content: bytes) -> bytes:
    """A page's bytes but for the token that differs at every request."""
    before = rb'csrf-token" content="|csrfmiddlewaretoken" value="|X-CSRFToken&quot;: &quot;|"csrf_token": "'
    return re.sub(rb"(" + before + rb')[^"&]+', rb"\1", content)


def complete_answers(study: Study, value: int = 3) -> dict[str, int]:
    return {item: 1 if item.startswith("diagnostic") else value for item in scoring_protocol(study).required_items()}


def read_pair(allocation: Allocation, answers: dict[str, int]) -> Reading:
    """Open, score and finish one pair as its reader would."""
    reading = score.open_reading(allocation)
    receipt = score.save_scores(
        reading, key=uuid.uuid4(), base_version=reading.version, answers=answers, active_seconds=20.0
    )
    return score.finish_reading(reading, base_version=receipt.version)


@pytest.fixture
def unblinded(sealed: Study, cast: Cast) -> Study:
    """The sealed study, read by both readers with differing answers, locked and unblinded."""
    for number, allocation in enumerate(sealed.allocations.order_by("pk")):
        read_pair(allocation, {**complete_answers(sealed), "feature:snr": 1 + number % 5})
    close.lock_study(sealed, actor=cast.coordinator, reason=REASON)
    return close.unblind_study(sealed, actor=cast.coordinator, reason=REASON)
