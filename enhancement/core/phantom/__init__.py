"""Spine phantoms: a painted patient, cut into slices and seen by a spin echo."""

from enhancement.core.phantom.build import Patient, SpinePhantom, draw_patient, make_spine_phantom
from enhancement.core.phantom.render import default_sequence, render
from enhancement.core.phantom.tissues import Sequence, Tissue

__all__ = (
    "Patient",
    "Sequence",
    "SpinePhantom",
    "Tissue",
    "default_sequence",
    "draw_patient",
    "make_spine_phantom",
    "render",
)
