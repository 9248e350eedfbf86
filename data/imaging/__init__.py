"""Images as people have them: checked before they are decoded, converted only for models."""

from data.imaging.decoding import decoded, rgb
from data.imaging.facts import facts_of, inspect
from data.imaging.fault import Fault
from data.imaging.limits import ImageLimits

__all__ = ["Fault", "ImageLimits", "decoded", "facts_of", "inspect", "rgb"]
