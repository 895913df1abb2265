"""Lets ``pytest --pyargs mtt_mock.conformance`` do without ``-p``."""

from mtt_mock.conformance.pytest_suite import mtt_session

__all__ = ["mtt_session"]
