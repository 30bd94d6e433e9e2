import json

import pytest

from analysis.core.figures.layout import layout_of
from readerstudy.core.errors import BadFigure


@pytest.fixture
def plain(layout):
    return json.loads(json.dumps(layout.to_json()))


class TestLayoutOf:
    def test_it_reads_what_was_written(self, layout, plain):
        assert layout_of(plain) == layout

    def test_what_may_be_left_out_has_a_default(self):
        found = layout_of({"rows": [{"image_set": "S001"}], "arms": ["SOC"]})

        assert (found.width_mm, found.rows[0].preset, found.arrows, found.letters) == (174, "as_read", (), False)

    @pytest.mark.parametrize(
        ("part", "says"),
        [
            ({"rows": []}, "rows must be a list of 1 to 6"),
            ({"rows": [{"image_set": "S001"}] * 7}, "rows must be a list"),
            ({"arms": ["SOC", "SOC"]}, "arms must differ"),
            ({"arms": "SOC"}, "arms must be a list"),
            ({"arrows": [{}] * 41}, "arrows must be a list of 0 to 40"),
            ({"arrows": [{"row": 3, "arm": None, "x": 0.5, "y": 0.5}]}, "row 4"),
            ({"arrows": [{"row": 0, "arm": "PET", "x": 0.5, "y": 0.5}]}, "PET"),
            ({"arrows": [{"row": 0, "arm": None, "x": 1.5, "y": 0.5}]}, "x must be a number from 0 to 1, not '1.5'"),
            ({"arrows": [{"row": 0, "arm": None, "x": 0, "y": 0, "colour": "red"}]}, "colour must be one of"),
            ({"rows": [{"image_set": "S001", "zoom": 1e9}]}, "zoom must be a number from 1 to 8"),
            ({"rows": [{"image_set": "S001", "slice": float("nan")}]}, "slice must be a number"),
            ({"rows": [{"image_set": "S001", "slice": True}]}, "slice must be a number"),
            ({"rows": [{"image_set": "a\0b"}]}, "image_set must be a text"),
            ({"rows": [{"image_set": "S001", "label": "x" * 61}]}, "label must be a text"),
            ({"rows": [{"image_set": "S001", "pixels": 3}]}, "'pixels', which is not known"),
            ({"width_mm": 10_000}, "width_mm must be a number from 60 to 240"),
            ({"times": "yes"}, "times must be one of True, False"),
            ({"scale_bar_mm": 7}, "scale_bar_mm must be one of"),
        ],
    )
    def test_it_refuses_what_it_does_not_know_and_says_what(self, plain, part, says):
        with pytest.raises(BadFigure, match=says):
            layout_of({**plain, **part})

    @pytest.mark.parametrize("data", [None, [], "layout", 3])
    def test_it_refuses_what_is_no_object(self, data):
        with pytest.raises(BadFigure, match="must be an object"):
            layout_of(data)
