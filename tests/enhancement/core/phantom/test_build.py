import numpy as np
import pytest

from enhancement.core.phantom import SpinePhantom, Tissue, draw_patient, make_spine_phantom
from enhancement.core.phantom.build import seen_lesions
from enhancement.core.phantom.geometry import place_slices
from readerstudy.core.errors import BadVolume

ALL = [(region, plane) for region in ("cervical", "thoracic", "lumbar") for plane in ("sagittal", "axial")]


def phantom(region: str = "lumbar", plane: str = "sagittal", *, seed: int = 3, **options: object) -> SpinePhantom:
    options = {"matrix": (96, 96), "slices": 5} | options
    return make_spine_phantom(region=region, plane=plane, rng=np.random.default_rng(seed), **options)


class TestMakeSpinePhantom:
    @pytest.mark.parametrize(("region", "plane"), ALL)
    def test_every_region_and_plane_shows_the_parts_of_a_spine(self, region: str, plane: str):
        found = set(np.unique(phantom(region, plane).label))

        wanted = {Tissue.AIR, Tissue.FAT, Tissue.MUSCLE, Tissue.CORTEX, Tissue.MARROW, Tissue.ANNULUS, Tissue.CSF}
        assert wanted <= found
        assert (Tissue.NERVE if (region, plane) == ("lumbar", "axial") else Tissue.CORD) in found

    def test_the_same_seed_gives_the_same_phantom_and_another_seed_another(self):
        first, again, other = phantom(seed=4), phantom(seed=4), phantom(seed=5)

        assert np.array_equal(first.label, again.label)
        assert np.array_equal(first.texture, again.texture)
        assert not np.array_equal(first.label, other.label)

    def test_edges_carry_both_tissues_and_their_shares(self):
        made = phantom()

        mixed = made.coverage < 1
        assert 0.02 < mixed.mean() < 0.6
        assert (made.coverage >= 0.4).all()
        assert (made.label[mixed] != made.under[mixed]).mean() > 0.5

    def test_the_cord_lies_within_the_csf_in_the_middle_slice(self):
        made = phantom("cervical", slices=5)
        row = made.label.shape[1] // 2
        line = made.label[2, row]

        cord = np.flatnonzero(line == Tissue.CORD)
        csf = np.flatnonzero(line == Tissue.CSF)
        assert csf.min() < cord.min() <= cord.max() < csf.max()

    def test_the_picture_is_front_to_the_left_and_head_up(self):
        made = phantom("cervical", slices=5)

        middle = made.label[2, 50:90]
        disc_columns, cord_columns = (np.nonzero(middle == tissue)[1] for tissue in (Tissue.ANNULUS, Tissue.CORD))
        assert disc_columns.max() < cord_columns.min()
        csf_by_row = (made.label[2] == Tissue.CSF).sum(axis=1)
        assert csf_by_row[:12].sum() > csf_by_row[-12:].sum()  # the cisterns of the skull base

    @pytest.mark.parametrize(
        "options", [{"region": "knee"}, {"plane": "coronal"}, {"matrix": (97, 96)}, {"matrix": (16, 16)}, {"slices": 0}]
    )
    def test_what_cannot_be_drawn_is_refused(self, options: dict[str, object]):
        with pytest.raises(BadVolume):
            phantom(**options)


class TestSeenLesions:
    def test_a_haemangioma_is_where_the_truth_list_says(self):
        for seed in range(40):
            patient = draw_patient("lumbar", np.random.default_rng(seed))
            made = phantom(seed=seed, patient=patient, slices=15, matrix=(192, 192))
            inside = [lesion for lesion in made.lesions if lesion.kind == "haemangioma"]
            if inside:
                break
        z, y, x = inside[0].centre_zyx
        reach = 5.0

        found = np.argwhere(made.label == Tissue.HAEMANGIOMA) * (1, 0.8, 0.8)
        away_mm = np.linalg.norm((found.mean(axis=0) - (z, y, x)) * made.spacing_mm)
        assert away_mm < reach

    def test_lesions_outside_the_stack_are_not_listed(self):
        patient = draw_patient("lumbar", np.random.default_rng(3))
        view = {"plane": "sagittal", "matrix": (64, 64), "slices": 16}
        whole, tiny = (place_slices(patient.frame, **view, spacing_mm=mm) for mm in (None, (0.01, 0.01, 0.01)))

        assert len(seen_lesions(patient, whole)) == len(patient.lesions)
        assert seen_lesions(patient, tiny) == ()
