"""Reading from the tables of this app. No torch: pages use it."""

from django.db.models import QuerySet

from enhancement.core.strength import DEFAULT_STRENGTH
from enhancement.models import Enhancement, EnhancementSettings, Sending
from readerstudy.models import Series, Study


def strength_of(study: Study) -> float:
    """The study's strength; the default where nobody chose one."""
    row = EnhancementSettings.objects.filter(study=study).first()
    return DEFAULT_STRENGTH if row is None else row.strength


def node_of(study: Study) -> str:
    """The node that enhances for this study; empty where our own denoiser does."""
    row = EnhancementSettings.objects.filter(study=study).first()
    return "" if row is None else row.node


def sendings(study: Study) -> QuerySet[Sending]:
    """What is on its way to the study's node and back, of series that are in the study."""
    return (
        Sending.objects.filter(source__study=study, source__removed_at=None, node=node_of(study))
        .exclude(node="")
        .select_related("source__image_set", "source__arm", "source__study", "arm", "result")
        .order_by("source__image_set__code", "arm__position", "pk")
    )


def enhancements(study: Study) -> QuerySet[Enhancement]:
    """What the denoiser made and what is still in the study, held series first, then by image set."""
    return (
        Enhancement.objects.filter(result__study=study, result__removed_at=None)
        .select_related("result__arm", "result__image_set", "result__participant", "source__arm", "decided_by")
        .order_by("result__image_set__code", "result__arm__position", "pk")
    )


def held(study: Study) -> QuerySet[Enhancement]:
    return enhancements(study).filter(result__review=Series.Review.HELD)
