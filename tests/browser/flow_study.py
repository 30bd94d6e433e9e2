"""A small study with one reader, made beside a running product: what its rules of reading ask is the caller's.

manage.py shell -c "from tests.browser.flow_study import make; make(image_sets=2)"
"""

from datetime import timedelta

from django.db.models import F

from readerstudy.models import AskGuess, Reading, Role, ScoreSave, Study, User
from readerstudy.services import accounts, allocate, conditions, protocol, rules, studies, training
from readerstudy.standard_words import REASONS
from tests.cast import add_image_set, person
from tests.conftest import REASON, SEED, complete_answers, read_pair
from tests.tampering import without_triggers


def make(
    *,
    title: str,
    image_sets: int = 2,
    training_sets: int = 0,
    read: int = 0,
    sealed: bool = True,
    everything: bool = False,
    **asked: int | str,
) -> None:
    """The first `read` pairs are finished; `asked` are rules of reading; image sets for training come on top.

    everything : all that may be on the station.

    The coordinator's and the reader's names are the title with `-coordinator` and `-reader`.
    """
    coordinator = person(f"{title.lower()}-coordinator")
    study = studies.create_study(actor=coordinator, title=title)
    reader = accounts.add_member(
        study, person(f"{title.lower()}-reader", first_name="Ada", last_name="Example"), Role.READER, actor=coordinator
    )
    for number in range(1, image_sets + 1):
        add_image_set(study, number)
    for number in range(image_sets + 1, image_sets + training_sets + 1):
        training.mark(add_image_set(study, number), actor=coordinator, training=True)
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


def begin_earlier(title: str, *, minutes: int) -> None:
    """The reader's first pair was opened so much earlier; everything after it stays."""
    first = Reading.objects.filter(allocation__study__title=title).order_by("opened_at")[:1].get()
    Reading.objects.filter(pk=first.pk).update(opened_at=first.opened_at - timedelta(minutes=minutes))


def let_pass(title: str, **time: int) -> None:
    """So much time has passed since all that the reader did."""
    gone = timedelta(**time)
    readings = Reading.objects.filter(allocation__study__title=title)
    readings.update(opened_at=F("opened_at") - gone, finished_at=F("finished_at") - gone)
    without_triggers("scoresave", "SELECT 1")
    saves = ScoreSave.objects.filter(reading__in=readings)
    saves.update(saved_at=F("saved_at") - gone, given_at=F("given_at") - gone)
