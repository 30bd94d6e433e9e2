"""The long table of the reference study `tiny`, as `export_examples` was made from it."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.core.dataset import infer_comparisons, read_allocation, read_scores
from analysis.core.export.frames import ratings_long

WORDS = {
    1: "left pronouncedly better",
    2: "left mildly better",
    3: "no difference",
    4: "right mildly better",
    5: "right pronouncedly better",
}
# The maker of the examples put these into the first four rows: the data have no comments.
COMMENTS = ['=HYPERLINK("http://x","y")', "-2 slices shifted", "'quoted", 'two\nlines, "quoted"']


def long_table(folder: Path, name: str) -> pd.DataFrame:
    allocation = read_allocation(folder / "data" / f"{name}_allocation.csv")
    return ratings_long(read_scores(folder / "data" / f"{name}.csv"), allocation, infer_comparisons(allocation))


@pytest.fixture(scope="session")
def tiny(reference_folder: Path) -> pd.DataFrame:
    long = long_table(reference_folder, "tiny")
    long.loc[:3, "comment"] = COMMENTS
    return long


@pytest.fixture(scope="session")
def examples(reference_folder: Path) -> Path:
    return reference_folder / "export_examples"
