"""A small study with one reader, made beside a running product: what its rules of reading ask is the caller's.

manage.py shell -c "from tests.browser.flow_study import make; make(image_sets=2)"
"""

from readerstudy.models import Role, Study
from readerstudy.services import accounts, allocate, rules, studies
from tests.cast import add_image_set, person
from tests.conftest import REASON, SEED, complete_answers, read_pair


def make(*, title: str, image_sets: int = 2, read: int = 0, sealed: bool = True, **asked: int | str) -> None:
    """The first `read` pairs are finished; `asked` are rules of reading.

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
    if not sealed:
        return
    allocate.seal_and_start(study, actor=coordinator, reason=REASON, seed=SEED)
    study = Study.objects.get(pk=study.pk)
    for allocation in reader.allocations.order_by("position")[:read]:
        read_pair(allocation, complete_answers(study))
