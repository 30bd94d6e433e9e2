import numpy as np
import pytest
from pydicom.dataset import Dataset

from enhancement.core.suitability import require_magnitudes, require_usable
from readerstudy.core.errors import Unsuitable

MR, CAPTURE = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.7"


def header(**changes):
    dataset = Dataset()
    values = {
        "SOPClassUID": MR,
        "Modality": "MR",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsStored": 12,
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND"],
    }
    for keyword, value in (values | changes).items():
        setattr(dataset, keyword, value)
    return dataset


def enhanced(component):
    dataset, frame, frame_type = header(ImageType=["ORIGINAL", "PRIMARY", "X", "NONE"]), Dataset(), Dataset()
    frame_type.ComplexImageComponent = component
    frame.MRImageFrameTypeSequence = [frame_type]
    dataset.PerFrameFunctionalGroupsSequence = [frame]
    return dataset


def magnitudes(shape=(3, 64, 64), high=2000):
    return np.random.default_rng(1).integers(0, high, shape).astype(np.float32)


class TestRequireMagnitudes:
    def test_a_magnitude_image_passes(self):
        require_magnitudes([header(), enhanced("MAGNITUDE")])

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"Modality": "CT"}, "CT"),
            ({"SOPClassUID": CAPTURE}, "secondary capture"),
            ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "colour"),
            ({"PhotometricInterpretation": "PALETTE COLOR"}, "colour"),
            ({"BitsStored": 8}, "8 bits"),
            ({"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}, "phase"),
            ({"ImageType": ["ORIGINAL", "PRIMARY", "R"]}, "real part"),
            ({"ImageType": ["DERIVED", "PRIMARY", "ADC"]}, "computed map"),
        ],
    )
    def test_another_kind_is_refused_with_the_reason(self, changes, words):
        with pytest.raises(Unsuitable, match=words):
            require_magnitudes([header(), header(**changes)])

    @pytest.mark.parametrize("component", ["PHASE", "REAL", "IMAGINARY", "MIXED"])
    def test_so_is_a_frame_of_an_enhanced_object(self, component):
        with pytest.raises(Unsuitable, match="no magnitudes"):
            require_magnitudes([enhanced(component)])

    def test_a_later_frame_counts_too(self):
        dataset, phase = enhanced("MAGNITUDE"), enhanced("PHASE")
        dataset.PerFrameFunctionalGroupsSequence += phase.PerFrameFunctionalGroupsSequence
        dataset.NumberOfFrames = 2

        with pytest.raises(Unsuitable, match="phase"):
            require_magnitudes([dataset])


class TestRequireUsable:
    def test_magnitudes_pass_without_a_word(self):
        assert require_usable(magnitudes()) == ()

    def test_a_few_empty_slices_pass_and_are_told(self):
        volume = magnitudes()
        volume[1] = 0

        (observation,) = require_usable(volume)

        assert observation.message.startswith("1 of 3 slices")

    @pytest.mark.parametrize(
        ("volume", "words"),
        [
            (magnitudes((3, 16, 64)), "16 × 64"),
            (np.zeros((3, 64, 64)), "one even grey"),
            (magnitudes() - 1000, "negative"),
            (magnitudes().clip(0, 1500), "saturated"),
            (magnitudes(high=40), "grey levels"),
        ],
    )
    def test_what_cannot_be_denoised_is_refused_with_the_reason(self, volume, words):
        with pytest.raises(Unsuitable, match=words):
            require_usable(volume)

    def test_an_int_volume_is_judged_as_a_float_one(self):
        assert require_usable(magnitudes().astype(np.int16)) == ()
