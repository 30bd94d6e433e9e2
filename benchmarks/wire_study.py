"""The study whose wire is judged: arms of other shapes, spacing and noise, so that there would be much to tell.

    manage.py shell -c "from benchmarks.wire_study import make; make(40, ('reader-1', 'reader-2'), 'password')"

`places` prints what only somebody with the allocation key knows: which side shows which arm.
"""

import json
from typing import Any

from readerstudy.models import Allocation, Role, Study
from readerstudy.services import accounts, allocate, studies
from tests.cast import person
from tests.uneven import add_uneven_image_set

SLUG = "wire"


def make(image_sets: int, readers: tuple[str, ...], password: str) -> None:
    coordinator = person("wire-coordinator")
    study = studies.create_study(actor=coordinator, title="Wire", slug=SLUG)
    for name in readers:
        reader = person(name)
        reader.set_password(password)
        reader.save()
        accounts.add_member(study, reader, Role.READER, actor=coordinator)
    for number in range(1, image_sets + 1):
        add_uneven_image_set(study, number)
    allocate.seal_and_start(study, actor=coordinator, reason="to be judged")


def places(slug: str = SLUG) -> list[dict[str, Any]]:
    """Every allocation with its addresses, and whether arm A stands left."""
    rows = Study.objects.get(slug=slug).allocations.select_related(
        "reader__user", "pair__image_set", *Allocation.OF_SIDES
    )
    return [
        {
            "reader": one.reader.user.username,
            "pair": str(one.pair_id),
            "token": one.token,
            "sides": [one.left_token, one.right_token],
            "slices": one.pair.image_set.geometry["slices"],
            "a_is_left": one.left_arm == one.pair.comparison.arm_a,
        }
        for one in rows.order_by("reader", "position")
    ]


def print_places() -> None:
    print(json.dumps(places()))
