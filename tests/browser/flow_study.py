"""A small study with one reader, made beside a running product: what its rules of reading ask is the caller's.

manage.py shell -c "from tests.browser.flow_study import make; make(image_sets=2)"
"""

from readerstudy.models import Role, Study
from readerstudy.services import accounts, allocate, studies
from tests.cast import add_image_set, person
from tests.conftest import REASON, SEED, complete_answers, read_pair


def make(*, image_sets: int = 2, title: str = "Flow", read: int = 0) -> None:
    """A sealed study; the first `read` pairs are finished. The reader's name is that of the study, and `-reader`."""
    coordinator = person(f"{title.lower()}-coordinator")
    study = studies.create_study(actor=coordinator, title=title)
    reader = accounts.add_member(
        study, person(f"{title.lower()}-reader", first_name="Ada", last_name="Example"), Role.READER, actor=coordinator
    )
    for number in range(1, image_sets + 1):
        add_image_set(study, number)
    allocate.seal_and_start(study, actor=coordinator, reason=REASON, seed=SEED)
    study = Study.objects.get(pk=study.pk)
    for allocation in reader.allocations.order_by("position")[:read]:
        read_pair(allocation, complete_answers(study))
