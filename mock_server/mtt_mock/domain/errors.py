"""The base class of mtt-mock's public errors."""


class MttMockError(Exception):
    """Base class of every public error of mtt_mock; catch it to catch them all.

    Each subclass also inherits from the built-in class that fits it, such as ``ValueError``.
    Standard library only, Python 3.8: ``sitecustomize`` loads this file by itself.
    """
