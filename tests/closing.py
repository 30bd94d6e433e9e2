"""Two coordinators who close a study together."""

from readerstudy.core.closing import Closing
from readerstudy.models import ClosingRequest, Role, Study, User
from readerstudy.services import accounts, close, closing, closing_rules
from tests.cast import PASSWORD, Cast, person

REASON = "all pairs are read"


def ask_two(cast: Cast, **rules: int) -> User:
    """Let the draft ask for two signatures to lock and to unblind (or `rules`); returns the second coordinator."""
    rules = rules or {"lock_signatures": 2, "unblind_signatures": 2}
    closing_rules.save_closing_rules(cast.study, actor=cast.coordinator, values=rules)
    second = person("second", first_name="Berta", last_name="Beispiel")
    accounts.add_member(cast.study, second, Role.COORDINATOR, actor=cast.coordinator)
    return second


def request(study: Study, act: Closing, signer: User, **changes: str) -> ClosingRequest:
    study.refresh_from_db()
    given = {"reason": REASON, "printed_name": "Ada Example", "password": PASSWORD, "reviewed_sha256": shown(study)}
    return closing.request_closing(study, act, signer=signer, **{**given, **changes})


def sign(asked: ClosingRequest, signer: User, **changes: str) -> ClosingRequest:
    asked.study.refresh_from_db()
    given = {"printed_name": "Berta Beispiel", "password": PASSWORD, "reviewed_sha256": shown(asked.study)}
    return closing.sign_closing(asked, signer=signer, **{**given, **changes})


def shown(study: Study) -> str:
    """The checksum of the scores, as the page has it."""
    return study.scores_sha256 or close.scores_sha256(study)
