import numpy as np
import pytest
from pydicom.dataset import Dataset

from enhancement.core.case_mix import Case
from enhancement.core.simulated_case import Size, draw_phantom, draw_visit, simulate_case

CASE = Case(1, 1, "lumbar", "sagittal", "T2")
SMALL = Size(matrix=96, slices=3)
AIR = (slice(None), slice(None), slice(-6, None))  # behind the back


def volume(datasets: list[Dataset]) -> np.ndarray:
    ordered = sorted(datasets, key=lambda dataset: dataset.InstanceNumber)
    return np.stack([dataset.pixel_array for dataset in ordered]).astype(float)


@pytest.fixture(scope="module")
def arms() -> dict[str, list[Dataset]]:
    return simulate_case(CASE, seed=5, size=SMALL)


class TestSimulateCase:
    def test_the_accelerated_scan_is_noisier(self, arms: dict[str, list[Dataset]]):
        soc, fast = (volume(arms[arm])[AIR].mean() for arm in ("SOC", "FAST"))

        assert fast / soc == pytest.approx(np.sqrt(2), rel=0.15)  # half the averages

    def test_both_scans_show_the_same_anatomy_with_noise_of_their_own(self, arms: dict[str, list[Dataset]]):
        soc, fast = volume(arms["SOC"]), volume(arms["FAST"])

        assert 0.9 < np.corrcoef(soc.ravel(), fast.ravel())[0, 1] < 0.9999
        assert abs(np.corrcoef(soc[AIR].ravel(), fast[AIR].ravel())[0, 1]) < 0.2

    def test_both_scans_lie_in_one_frame_of_reference_and_study(self, arms: dict[str, list[Dataset]]):
        every = [*arms["SOC"], *arms["FAST"]]

        assert len({dataset.FrameOfReferenceUID for dataset in every}) == 1
        assert len({dataset.StudyInstanceUID for dataset in every}) == 1
        assert len({dataset.SeriesInstanceUID for dataset in every}) == 2

    def test_it_can_be_repeated(self, arms: dict[str, list[Dataset]]):
        again = simulate_case(CASE, seed=5, size=SMALL)

        assert [d.SOPInstanceUID for d in again["FAST"]] == [d.SOPInstanceUID for d in arms["FAST"]]
        assert np.array_equal(volume(again["FAST"]), volume(arms["FAST"]))

    def test_a_given_phantom_is_scanned_with_noise_of_the_case_itself(self, arms: dict[str, list[Dataset]]):
        phantom = draw_phantom(CASE, seed=5, size=SMALL)
        other = Case(2, 2, "lumbar", "sagittal", "T2")

        again = simulate_case(other, seed=5, size=SMALL, phantom=phantom)

        first, second = volume(arms["SOC"]), volume(again["SOC"])
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.9
        assert abs(np.corrcoef(first[AIR].ravel(), second[AIR].ravel())[0, 1]) < 0.2


class TestDrawPhantom:
    def test_it_is_the_anatomy_that_simulate_case_would_scan(self, arms: dict[str, list[Dataset]]):
        again = simulate_case(CASE, seed=5, size=SMALL, phantom=draw_phantom(CASE, seed=5, size=SMALL))

        first, second = volume(arms["SOC"]), volume(again["SOC"])
        assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.98


class TestDrawVisit:
    def test_the_image_sets_of_a_participant_share_person_and_scanner(self):
        first = draw_visit(Case(1, 4, "lumbar", "sagittal", "T2"), seed=5)
        second = draw_visit(Case(9, 4, "lumbar", "axial", "T1"), seed=5)
        other = draw_visit(Case(2, 5, "lumbar", "axial", "T1"), seed=5)

        assert (first.person, first.scanner, first.study_uid) == (second.person, second.scanner, second.study_uid)
        assert first.person.patient_id != other.person.patient_id
