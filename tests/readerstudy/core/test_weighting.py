"""Weighting from timing, with the protocols of the reference study (Table 1 of Bash et al. 2021) as examples."""

import pytest

from readerstudy.core.weighting import weighting


class TestWeighting:
    @pytest.mark.parametrize(
        ("tr_ms", "te_ms", "ti_ms", "sequence", "words", "expected"),
        [
            (3500, 100, None, ("SE",), (), "T2"),
            (600, 12, None, ("SE",), (), "T1"),
            (2800, 30, None, ("SE",), (), "PD"),
            (4000, 45, 150, ("SE", "IR"), (), "STIR"),
            (4000, 45, 220, ("IR",), (), "STIR"),
            (4000, 60, None, ("SE",), ("STIR",), "STIR"),
            (9000, 120, 2500, ("IR",), (), "FLAIR"),
            (2000, 9, 860, ("SE", "IR"), (), "T1"),
            (500, 15, None, ("GR",), (), "T2*"),
            (300, 2.5, None, ("GR",), (), "T1"),
            (None, None, None, ("SE",), ("T2", "SAG"), "T2"),
            (None, None, None, (), (), "unknown"),
            (3000, 55, None, ("SE",), ("PD",), "PD"),
            (3000, 55, None, ("SE",), (), "unknown"),
        ],
    )
    def test_it_names_the_protocols(self, tr_ms, te_ms, ti_ms, sequence, words, expected):
        got = weighting(tr_ms=tr_ms, te_ms=te_ms, ti_ms=ti_ms, scanning_sequence=sequence, words=words)
        assert got == expected
