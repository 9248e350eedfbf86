"""Visual question answering sources: rows of an image with its questions, whatever their notation."""

from data.sources.vqa.options import VqaOptions
from data.sources.vqa.partition import VqaPartition
from data.sources.vqa.planning import images_alone, plan_vqa
from data.sources.vqa.reading import read_shown, read_vqa

__all__ = ["VqaOptions", "VqaPartition", "images_alone", "plan_vqa", "read_shown", "read_vqa"]
