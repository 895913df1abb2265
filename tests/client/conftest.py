import pytest
from scripted import AsyncKit, SyncKit


@pytest.fixture(params=[SyncKit, AsyncKit], ids=["sync", "async"])
def kit(request):
    return request.param()
