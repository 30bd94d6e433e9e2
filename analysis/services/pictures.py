"""The pictures of a figure: slices of the display stacks that readers saw, after unblinding only."""

from collections.abc import Sequence

from analysis.core.figures.layout import Layout, Row
from analysis.core.figures.render import DrawnRow, Picture
from analysis.core.figures.windows import Window, window_of
from analysis.core.wording import minutes
from readerstudy.core import display, stack_file
from readerstudy.core.blinding import StackGeometry
from readerstudy.core.errors import BadFigure
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import ImageSet, Series, Study
from readerstudy.queries import scored_image_sets
from readerstudy.services import files


def drawn_rows(study: Study, layout: Layout) -> list[DrawnRow]:
    """
    The pictures of a layout: one slice of each arm's display stack.

    Raises WrongState before unblinding, BadFigure where the study lacks what the layout names.
    """
    require(study.status, Act.JOIN_ARMS)
    return [_drawn_row(study, row, layout.arms) for row in layout.rows]


def _drawn_row(study: Study, row: Row, arms: Sequence[str]) -> DrawnRow:
    image_set = scored_image_sets(study).filter(code=row.image_set).first()
    if image_set is None:
        raise BadFigure(f"The study has no image set '{row.image_set}'.")
    series = {
        one.arm.code: one
        for one in image_set.series.filter(removed_at=None, arm__code__in=arms, display__isnull=False).select_related(
            "arm", "display", "derived_from"
        )
        if one.arm and one.is_usable
    }
    if missing := [arm for arm in arms if arm not in series]:
        raise BadFigure(f"{image_set.code} has no image of {missing[0]} that was shown to readers.")
    geometry = StackGeometry.from_json(image_set.geometry)
    pictures = tuple(_picture(series[arm], row.slice, geometry.extent_mm) for arm in arms)
    return DrawnRow(
        row=row,
        pictures=pictures,
        window=window_of(row, [one.pixels for one in pictures], as_read=_as_read(image_set, arms)),
        extent_mm=geometry.extent_mm,
        has_geometry=geometry.calibrated,
    )


def _picture(series: Series, rung: int, extent_mm: tuple[float, float]) -> Picture:
    """The slice that lies nearest to a rung, and where it lies in the frame."""
    if series.display is None:
        raise BadFigure("The series has no display stack.")
    with files.open_stored(series.display) as stream:
        index = stack_file.StackIndex.read(stream)
        if rung >= index.rungs:
            raise BadFigure(f"Slice {rung + 1} is asked for, and the image set has {index.rungs}.")
        stored = index.slice_at(stream, rung)
    place, (tall, wide) = stored.place, extent_mm
    pixels = display.decode_slice(stored.blob, index.rows, index.columns)[: place.rows, : place.columns]
    right, bottom = place.left_mm + place.columns * place.column_mm, place.top_mm + place.rows * place.row_mm
    share = (place.left_mm / wide, place.top_mm / tall, right / wide, bottom / tall)
    return Picture(pixels, _time(series), share)


def _time(series: Series) -> str:
    """How long the acquisition took: a denoised series took as long as what it was made from."""
    acquired = series.derived_from or series
    seconds = acquired.parameters.get("scan_time_s")
    return f"{minutes(seconds)} min" if seconds else ""


def _as_read(image_set: ImageSet, arms: Sequence[str]) -> Window | None:
    """What readers began with, for all pairs of these arms together."""
    pairs = image_set.pairs.filter(comparison__arm_a__code__in=arms, comparison__arm_b__code__in=arms)
    edges = [(one.window_center - one.window_width / 2, one.window_center + one.window_width / 2) for one in pairs]
    return Window(min(low for low, _ in edges), max(high for _, high in edges)) if edges else None
