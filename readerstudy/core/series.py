"""From accepted instances to volumes: the names that the rest of the product uses.

`stacks` decides which frames belong together, `volume` puts them in order.
"""

from readerstudy.core.stacks import Instance, SeriesDraft, group_instances
from readerstudy.core.volume import SeriesGeometry, SeriesVolume, build_volume

__all__ = [
    "Instance",
    "SeriesDraft",
    "SeriesGeometry",
    "SeriesVolume",
    "build_volume",
    "group_instances",
]
