"""The client against the fake: both were written apart, on the same contract."""

import httpx2
import pytest

from mtt_client import (
    AuthenticationError,
    File,
    FollowmeNotFoundError,
    Linear,
    Ringall,
    RpcError,
    SideNotClearError,
    Text,
)
from mtt_mock import create_app

SALES = Ringall("79000000001", order=1, timeout=25, name="sales")
GREETING = Text("Добрый день", side="B")


@pytest.fixture
def fake(kit):
    """Makes clients of one fake; the async ones reach it by the same WSGI transport."""

    def build(options=None, **settings):
        wsgi = httpx2.WSGITransport(app=create_app(**settings))

        def handler(request):
            answer = wsgi.handle_request(request)
            return httpx2.Response(answer.status_code, content=answer.read())

        return kit.client(handler, **options or {})

    return build


@pytest.mark.parametrize("status", [200, 500])
def test_nothing_is_set_at_first(fake, status):
    with pytest.raises(FollowmeNotFoundError):
        fake(error_status=status).get_callback_followme()


def test_what_is_set_comes_back_until_it_is_deleted(fake):
    client = fake()
    elements = [SALES, Linear("79000000002", type="linal"), GREETING, File("for_all_sales")]
    client.set_callback_followme(elements, caller_id="74951001010", default_b_number="79511234567")
    followme = client.get_callback_followme()
    assert list(followme.elements) == elements
    assert followme.caller_id == "74951001010"
    assert followme.default_b_number == "79511234567"
    client.delete_callback_followme()
    client.delete_callback_followme()
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@pytest.mark.parametrize(("element", "side"), [(SALES, "A"), (GREETING, "B")])
def test_a_second_set_names_the_side_that_is_not_clear(fake, element, side):
    client = fake()
    client.set_callback_followme([element])
    with pytest.raises(SideNotClearError) as caught:
        client.set_callback_followme([element])
    assert caught.value.side == side


def test_replace_works_on_something_and_on_nothing(fake):
    client = fake()
    client.replace_callback_followme([SALES], caller_id="74951001010")
    client.replace_callback_followme([GREETING])
    followme = client.get_callback_followme()
    assert followme.elements == (GREETING,)
    assert followme.caller_id is None


def test_a_replace_that_the_server_rejects_leaves_the_former_structure(fake):
    client = fake({"validate": False})
    client.set_callback_followme([SALES, GREETING], caller_id="74951001010")
    with pytest.raises(RpcError):
        client.replace_callback_followme([Ringall("no number")])
    followme = client.get_callback_followme()
    assert followme.elements == (SALES, GREETING)
    assert followme.caller_id == "74951001010"


def test_the_service_map_lists_the_methods(fake):
    assert "setCallBackFollowme" in fake().service_map()["services"]


def test_wrong_credentials_are_an_authentication_error(fake):
    with pytest.raises(AuthenticationError):
        fake(accounts=["other:secret"]).get_callback_followme()


def test_credentials_outside_ascii_are_understood(fake):
    fake(accounts=["кот:pass-кот-2"]).delete_callback_followme()
