"""Stubs: answers that a test or a file gives instead of the fake's own."""

from mtt_mock.service.stubs.shared import SharedStubRegistry
from mtt_mock.service.stubs.stub import HttpReply, Stub, StubbedError, StubError
from mtt_mock.service.stubs.stub_file import StubFile, load_stubs, read_stubs
from mtt_mock.service.stubs.stub_registry import ActiveStub, StubHandle, StubRegistry

__all__ = [
    "ActiveStub",
    "HttpReply",
    "SharedStubRegistry",
    "Stub",
    "StubError",
    "StubFile",
    "StubHandle",
    "StubRegistry",
    "StubbedError",
    "load_stubs",
    "read_stubs",
]
