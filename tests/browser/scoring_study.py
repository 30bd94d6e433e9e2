"""Two small studies for the tests of scoring: the reference protocol, and one that allows everything.

    manage.py shell -c "from tests.browser.scoring_study import make; make()"

prints as its last line the reader's sign-in and the addresses of the pairs, by study. The images are
phantoms of spines.
"""

import json

import numpy as np

from enhancement.core.noise import acquire
from enhancement.core.phantom import default_sequence, make_spine_phantom, render
from readerstudy.models import Participant, Role, Study, User
from readerstudy.services import accounts, allocate, archive, display, protocol, studies
from readerstudy.services.series import NewSeries, store_series
from tests.cast import PASSWORD, instances, person

READER = "scoring-reader"
IMAGE_SETS = 2
SLICES = 8
MATRIX = 160
REASONS = ("Motion", "Not in the field of view", "Metal")


def make() -> None:
    """Sealed studies with one reader."""
    coordinator, reader = person("scoring-coordinator"), person(READER)
    studies_ = {name: _study(name, coordinator, reader) for name in ("reference", "everything")}
    full = studies_["everything"]
    studies.update_details(full, coordinator, {"rest_no_difference": True})
    reasons = [
        {"id": None, "code": label.lower().replace(" ", "_"), "label": label, "position": place}
        for place, label in enumerate(REASONS)
    ]
    protocol.save_part(full, actor=coordinator, part="reasons", rows=reasons)
    for study in studies_.values():
        allocate.seal_and_start(study, actor=coordinator, reason="for this test", seed="5eed5eed5eed5eed")
    pairs = {name: addresses_of(study) for name, study in studies_.items()}
    print(json.dumps({"reader": READER, "password": PASSWORD, "pairs": pairs}))


def addresses_of(study: Study) -> list[str]:
    return [f"/read/{token}/" for token in study.allocations.order_by("position").values_list("token", flat=True)]


def _study(name: str, coordinator: User, reader: User) -> Study:
    study = studies.create_study(actor=coordinator, title=f"Scoring, {name}")
    accounts.add_member(study, reader, Role.READER, actor=coordinator)
    for number in range(IMAGE_SETS):
        who = Participant.objects.create(study=study, code=f"P{number}", pseudonym=f"{number:064x}")
        image_set = study.image_sets.create(
            participant=who, code=f"S{number}", region="lumbar", plane="sagittal", sequence="T2"
        )
        for place, arm in enumerate(study.arms.all()):
            datasets = instances(values_of(number, place))
            volume = archive.volume_of(datasets)
            store_series(study, NewSeries(
                series_uid=str(datasets[0].SeriesInstanceUID), datasets=datasets, volume=volume, parameters={},
                participant=who, image_set=image_set, arm=arm,
            ))  # fmt: skip
        display.build(image_set)
    return study


def values_of(number: int, arm: int) -> np.ndarray:
    """(Z, Y, X) of a phantom, with other noise in every arm."""
    phantom = make_spine_phantom(
        region="lumbar", plane="sagittal", rng=np.random.default_rng(number), matrix=(MATRIX, MATRIX), slices=SLICES
    )
    clean = render(phantom, sequence=default_sequence("T2", field_t=1.5))
    rng = np.random.default_rng([number, arm])
    return np.rint(acquire(clean, rng=rng, snr=15.0 + 5 * arm, averages=1)).clip(0, 4000).astype(np.int32)
