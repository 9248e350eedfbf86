"""Where trajectories come from: one reader a format, the format told from content."""

from data.sources.options import SourceError, SourceOptions
from data.sources.partition import Partition
from data.sources.planning import plan
from data.sources.reading import read

__all__ = ["Partition", "SourceError", "SourceOptions", "plan", "read"]
