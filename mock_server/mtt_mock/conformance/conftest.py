"""Gives ``pytest --pyargs mtt_mock.conformance`` its fixture without ``-p``."""

from mtt_mock.conformance.pytest_suite import mtt_session

__all__ = ["mtt_session"]
