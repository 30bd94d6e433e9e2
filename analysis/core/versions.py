"""The versions of what makes numbers, measures images, draws and typesets."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version

NUMBERS = ("numpy", "pandas", "scipy")
IMAGES = ("numpy", "scikit-image", "SimpleITK", "pydicom")
PRINTING = ("matplotlib", "typst", "Jinja2")
FILES = ("pyreadstat",)  # .sav and .xpt


def package_versions(packages: Iterable[str]) -> dict[str, str]:
    """Package -> its version here and now."""
    return {package: version(package) for package in packages}


def in_words(versions: Mapping[str, str]) -> str:
    """'numpy 2.4.6, scikit-image 0.26.0'."""
    return ", ".join(f"{package} {number}" for package, number in versions.items())
