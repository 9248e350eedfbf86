"""The base of every configuration model."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A frozen model that refuses unknown fields and takes field descriptions from docstrings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
