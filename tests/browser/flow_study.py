"""A small study with one reader, made beside a running product: what its rules of reading ask is the caller's.

manage.py shell -c "from tests.browser.flow_study import make; make(image_sets=2)"
"""

from readerstudy.models import AskGuess, Role, Study, User
from readerstudy.services import accounts, allocate, conditions, protocol, rules, studies
from readerstudy.standard_words import REASONS
from tests.cast import add_image_set, person
from tests.conftest import REASON, SEED, complete_answers, read_pair


def make(
    *, title: str, image_sets: int = 2, read: int = 0, sealed: bool = True, everything: bool = False, **asked: int | str
) -> None:
    """The first `read` pairs are finished; `asked` are rules of reading; `everything`: all that may be on the station.

    The coordinator's and the reader's names are the title with `-coordinator` and `-reader`.
    """
    coordinator = person(f"{title.lower()}-coordinator")
    study = studies.create_study(actor=coordinator, title=title)
    reader = accounts.add_member(
        study, person(f"{title.lower()}-reader", first_name="Ada", last_name="Example"), Role.READER, actor=coordinator
    )
    for number in range(1, image_sets + 1):
        add_image_set(study, number)
    if asked:
        rules.save_rules(study, actor=coordinator, changes=asked)
    if everything:
        allow_everything(study, coordinator)
    if not sealed:
        return
    allocate.seal_and_start(study, actor=coordinator, reason=REASON, seed=SEED)
    study = Study.objects.get(pk=study.pk)
    for allocation in reader.allocations.order_by("position")[:read]:
        read_pair(allocation, complete_answers(study))


def allow_everything(study: Study, coordinator: User) -> None:
    """Reasons, one act for the rest, blink, and the question of each pair which side was enhanced."""
    studies.update_details(study, coordinator, {"rest_no_difference": True, "blink_comparison": True})
    rows = [{"id": None, "code": code, "label": label, "position": 0} for code, label in REASONS.items()]
    protocol.save_part(study, actor=coordinator, part="reasons", rows=rows)
    conditions.save_conditions(study, actor=coordinator, values={"guess": AskGuess.PAIR})
