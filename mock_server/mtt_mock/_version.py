"""The version of mtt-mock."""

__version__ = "0.1.0"
