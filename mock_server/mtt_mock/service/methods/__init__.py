"""MTT's methods, one module for each part of the API: validated params → domain → result."""

from mtt_mock.service.methods.followme import wire_followme
from mtt_mock.service.methods.registry import mtt_methods

__all__ = ["mtt_methods", "wire_followme"]
