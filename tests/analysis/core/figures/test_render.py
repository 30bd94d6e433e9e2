import io
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from analysis.core.figures.layout import Arrow, Layout, Row
from analysis.core.figures.render import MM, DrawnRow, Picture, crop_of, page_of, render
from analysis.core.figures.windows import Window
from readerstudy.core.errors import BadFigure


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def inside(image: np.ndarray, panel) -> np.ndarray:
    """The middle of a panel, away from its words and its border."""
    height, width = image.shape[:2]
    rows = slice(*(round(height * (panel.top + share * panel.height)) for share in (0.2, 0.8)))
    columns = slice(*(round(width * (panel.left + share * panel.width)) for share in (0.2, 0.8)))
    return image[rows, columns]


class TestCropOf:
    def test_it_is_moved_inwards_at_an_edge_and_keeps_its_size(self):
        assert crop_of(Row("S", 0, zoom=2, x=0.0, y=0.9)) == (0.0, 0.5, 0.5, 1.0)


class TestPageOf:
    def test_panels_have_the_shape_of_what_they_show_in_millimetres(self, layout, drawn):
        page = page_of(layout, drawn)

        for panel in page.panels:
            assert panel.height * page.height / (panel.width * page.width) == pytest.approx(80 / 60)

    def test_a_row_of_the_page_holds_every_arm_at_one_height(self, layout, drawn):
        panels = page_of(layout, drawn).panels

        assert [panel.arm for panel in panels] == [*layout.arms, *layout.arms]
        assert len({panel.top for panel in panels[:3]}) == 1
        assert panels[-1].left + panels[-1].width == pytest.approx(1)
        assert panels[-1].top + panels[-1].height == pytest.approx(1)

    def test_a_figure_taller_than_a_metre_is_refused(self, layout, drawn):
        thin = [replace(one, extent_mm=(3200.0, 60.0)) for one in drawn]
        with pytest.raises(BadFigure, match="mm tall"):
            page_of(layout, thin)


class TestRender:
    @pytest.mark.parametrize(("kind", "form"), [("png", "PNG"), ("tiff", "TIFF")])
    def test_it_prints_at_300_dpi_in_its_true_width(self, layout, drawn, kind, form):
        image = Image.open(io.BytesIO(render(layout, drawn, kind=kind)))

        assert image.format == form
        assert image.info["dpi"] == (pytest.approx(300, abs=0.1), pytest.approx(300, abs=0.1))
        assert image.width == pytest.approx(174 / MM * 300, abs=1)

    def test_the_svg_is_well_formed_has_its_size_and_no_text_that_needs_a_font(self, layout, drawn):
        root = ElementTree.fromstring(render(layout, drawn, kind="svg"))

        assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(174 / MM * 72, abs=0.1)
        tags = [element.tag.split("}")[1] for element in root.iter()]
        assert tags.count("image") == 6
        assert "text" not in tags
        assert "script" not in tags

    @pytest.mark.parametrize("kind", ["png", "tiff", "svg"])
    def test_the_same_figure_gives_the_same_bytes(self, layout, drawn, kind):
        assert render(layout, drawn, kind=kind, dpi=60) == render(layout, drawn, kind=kind, dpi=60)

    def test_one_window_for_all_arms_of_a_row(self):
        # 250, 500 and 750 of a window from 0 to 1000 are 64, 128 and 191 of 255 in every arm.
        pictures = tuple(Picture(np.full((40, 40), grey, np.uint16)) for grey in (250, 500, 750))
        layout = Layout(rows=(Row("S", 0),), arms=("A", "B", "C"), times=False, scale_bar_mm=0)
        drawn = [DrawnRow(layout.rows[0], pictures, Window(0, 1000), (40.0, 40.0), True)]

        image = pixels_of(render(layout, drawn, kind="png", dpi=60))

        greys = [int(np.median(inside(image, panel))) for panel in page_of(layout, drawn).panels]
        assert greys == [64, 128, 191]

    def test_an_arrow_of_one_arm_changes_that_panel_alone(self, layout, drawn):
        bare = replace(layout, arrows=())
        pointed = replace(layout, arrows=(Arrow(row=0, arm="FAST", x=0.5, y=0.5),))

        one, two = (pixels_of(render(each, drawn, kind="png", dpi=60)) for each in (bare, pointed))

        changed = [bool(np.any(inside(one, p) != inside(two, p))) for p in page_of(layout, drawn).panels]
        assert changed == [False, True, False, False, False, False]

    def test_the_tip_of_an_arrow_lies_where_it_was_placed(self, drawn):
        black = tuple(Picture(np.zeros((80, 120), np.uint16)) for _ in range(2))
        layout = Layout(
            rows=(Row("S", 0, zoom=2.0, x=0.6, y=0.4),),
            arms=("A", "B"),
            arrows=(Arrow(row=0, arm="B", x=0.55, y=0.45, angle_deg=0.0),),
            times=False,
            scale_bar_mm=0,
        )
        row = [DrawnRow(layout.rows[0], black, Window(0, 1000), (80.0, 60.0), True)]
        image = pixels_of(render(layout, row, kind="png", dpi=300))
        panel = page_of(layout, row).panels[1]
        x0, y0, x1, y1 = panel.crop
        tip_x = (panel.left + panel.width * (0.55 - x0) / (x1 - x0)) * image.shape[1]
        tip_y = (panel.top + panel.height * (0.45 - y0) / (y1 - y0)) * image.shape[0]

        bright = np.argwhere(inside(image, panel).sum(axis=2) > 700)

        top, left = image.shape[0] * (panel.top + 0.2 * panel.height), image.shape[1] * (panel.left + 0.2 * panel.width)
        # Angle 0: it comes from the right, so that its leftmost point is the tip; within 0.5 mm (6 dots).
        leftmost = bright[bright[:, 1].argmin()]
        assert leftmost[1] + left == pytest.approx(tip_x, abs=6)
        assert leftmost[0] + top == pytest.approx(tip_y, abs=6)

    def test_the_scale_bar_has_its_length(self):
        black = (Picture(np.zeros((100, 100), np.uint16)),)
        layout = Layout(rows=(Row("S", 0),), arms=("A",), width_mm=100, scale_bar_mm=50, arm_names=False, times=False)
        row = [DrawnRow(layout.rows[0], black, Window(0, 1), (100.0, 100.0), True)]

        image = pixels_of(render(layout, row, kind="png", dpi=127))  # 5 dots a millimetre, and 1 mm of image a mm

        bright = (image.sum(axis=2) > 600)[-40:].sum(axis=1).max()
        assert bright == pytest.approx(250, abs=3)

    def test_without_geometry_there_is_no_scale_bar(self):
        black = (Picture(np.zeros((100, 100), np.uint16)),)
        layout = Layout(rows=(Row("S", 0),), arms=("A",), arm_names=False, times=False)
        row = [DrawnRow(layout.rows[0], black, Window(0, 1), (100.0, 100.0), False)]

        assert not pixels_of(render(layout, row, kind="png", dpi=60)).any()

    def test_an_arm_that_covers_less_lies_where_it_lies_in_the_frame(self):
        """Half as wide as the frame, at its right: the left half is black and the right half white."""
        white = (Picture(np.full((50, 50), 1000, np.uint16), place=(0.5, 0.0, 1.0, 1.0)),)
        layout = Layout(rows=(Row("S", 0),), arms=("A",), scale_bar_mm=0, arm_names=False, times=False)
        row = [DrawnRow(layout.rows[0], white, Window(0, 1000), (100.0, 100.0), True)]

        image = pixels_of(render(layout, row, kind="png", dpi=60))

        middle = image[image.shape[0] // 2, :, 0]
        assert not middle[: int(0.48 * middle.size)].any()
        assert (middle[int(0.52 * middle.size) : -2] == 255).all()

    def test_dollar_signs_are_no_mathematics(self, drawn, layout):
        odd = [replace(one, row=replace(one.row, label="$\\frac{1")) for one in drawn]
        assert render(layout, odd, kind="png", dpi=60)

    def test_another_format_is_refused(self, layout, drawn):
        with pytest.raises(BadFigure, match="png, tiff, svg, not as 'exe'"):
            render(layout, drawn, kind="exe")
