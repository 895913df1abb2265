"""Records generated sessions through the recording proxy, one proxy and one fake per session.

``sessions`` generates them; a recorder records one. Requests overlap as the session says: a gate
between the proxy and the fake sets when a request is executed and when its answer is passed on.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from concurrent.futures import Future

import httpx2
from hypothesis import strategies as st

from mtt_mock.conformance.recording.recorder import RecordingProxy
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers
from mtt_mock.server.asgi_app import FakeAsgiApp, LazyWsgi
from mtt_mock.server.live_server import AsgiServer
from mtt_mock.server.tls import Authority, server_context
from mtt_mock.service.fault_registry import FaultRegistry
from mtt_mock.web import endpoint
from mtt_mock.web.app import flask_app
from mtt_mock.web.endpoint import HttpRequest

AUTHORIZATION = "Basic " + base64.b64encode(b"login:password").decode()
CUSTOMERS = ("883140500000000", "883140500000001")
NUMBERS = ("79161234501", "79161234502", "+79161234503", "79161234504")
GATE = "x-gate"  # header: the index of the request
PARAMETERS = {
    "setCallBackFollowme": ("customer_name", "callBackFollowmeStruct", "caller_id", "defaultBNumber"),
    "getCallBackFollowme": ("customer_name",),
    "deleteCallBackFollowme": ("customer_name",),
    "getCustomerBalance": ("customer_name",),
    "setCallBackPrompt": ("customer_name", "file_name"),
    "getCallBackFollowmeCallInfo": ("customer_name", "callBackCall_id"),
    "makeCallBackCallFollowme": (
        "customer_name", "b_number", "caller_id", "callBackURL", "simpleCallBackFollowmeStruct",
        "recordEnable", "duration", "client_caller_id", "direction", "callDescription",
    ),
}  # fmt: skip
LOSSES = (
    "http-500", "http-502", "http-503", "http-504", "http-429", "http-401", "html-error",
    "truncated", "invalid-json", "reset-before", "reset-after", "no-answer",
)  # fmt: skip
PROFILES = {
    "transport.status.error": [200, 400],
    "info.seconds.type": ["text"],
    "get.shape": ["null"],
    "call.id.form": ["uuid"],
    "set.conflict.rule": [{"first": "B", "any": False}, {"first": "A", "any": True}],
    "set.conflict.side_b": [{"error": 2, "error_description": "Delete side B first"}],
    "call.b_number.none": [{"code": -32000, "data": "No B number"}],
    "call.caller_id.none": [{"code": -32602, "data": "caller_id not set"}],
    "info.timeout_a": [{"code": -32000, "data": "Timeout on A"}],
    "info.running.text": [{"code": -32000, "data": "Call in progress"}],
    "ring.ringall.winner": ["last"],
    "ring.mixed": ["all Ringall at once"],
    "talk.hang_up": ["B"],
    "set.join": ["keep"],
    "set.empty": ["refuse"],
    "set.element.cyrillic": ["accept"],
    "call.direction.b": ["number"],
    "call.preset_values": ["ignored"],
    "call.struct.simple": ["refuse"],
    "info.waiting": ["request"],
    "info.destination": ["digits"],
    "info.complete": ["empty left out"],
}  # of a profile that the recorded and the replaying fake share

_numbers = st.sampled_from(NUMBERS)
_queues = st.fixed_dictionaries(
    {"type": st.sampled_from(["Ringall", "linear", "linal"]), "redirect_number": _numbers},
    optional={"timeout": st.integers(0, 40), "order": st.integers(1, 3)},
)
_texts = st.fixed_dictionaries(
    {
        "type": st.just("text"),
        "value": st.just("Привет 8 912 345 67 89"),
        "side": st.sampled_from("ABABВ"),  # the last is Cyrillic
    }
)
_elements = st.one_of(_queues, _queues, _texts)
_structs = st.lists(_elements, min_size=1, max_size=5)
_subscribers = st.dictionaries(
    _numbers,
    st.one_of(
        st.builds(Answers, after=st.integers(0, 30), talks_for=st.integers(0, 60)),
        st.builds(Answers, after=st.integers(0, 30), waits_for=st.integers(0, 10)),
        st.just(Busy()),
        st.just(NeverAnswers()),
    ),
)
_set_params = st.fixed_dictionaries(
    {"callBackFollowmeStruct": _structs},
    optional={"caller_id": _numbers, "defaultBNumber": _numbers},
)
_call_params = {
    "b_number": _numbers,
    "caller_id": _numbers,
    "callBackURL": st.sampled_from(["crm.example/h?token=TOPSECRET1", "a b.example/?t=TOPSECRET2"]),
    "simpleCallBackFollowmeStruct": _structs,
    "duration": st.integers(0, 90),
    "recordEnable": st.sampled_from([0, 1]),
}


def _calls(directions):
    """Generate calls as tuples: "call", method, params, id, whether the params are positional."""
    directed = {"direction": st.sampled_from(directions)} if directions else {}
    by_method = {
        "setCallBackFollowme": _set_params,
        "getCallBackFollowme": st.just({}),
        "deleteCallBackFollowme": st.just({}),
        "makeCallBackCallFollowme": st.fixed_dictionaries({}, optional=_call_params | directed),
        "getCallBackFollowmeCallInfo": st.builds(dict, callBackCall_id=st.integers(0, 3)),
        "getCustomerBalance": st.just({}),
        "setCallBackPrompt": st.just({"file_name": "hello.wav"}),
        "noSuchMethod": st.just({}),
    }
    weights = {
        "setCallBackFollowme": 2,
        "makeCallBackCallFollowme": 2,
        "getCallBackFollowmeCallInfo": 2,
    }
    methods = [name for name in by_method for _ in range(weights.get(name, 1))]
    return st.sampled_from(methods).flatmap(
        lambda method: st.tuples(
            st.just("call"),
            st.just(method),
            st.tuples(st.sampled_from(CUSTOMERS), by_method[method]).map(
                lambda pair: {"customer_name": pair[0], **pair[1]}
            ),
            st.sampled_from([1, 1, "a", None]),
            st.booleans(),
        )
    )


def sessions(*, directions, overlapping, losses=LOSSES):
    """Generate the parameters of ``check_session``.

    Args:
        directions: The values of makeCallBackCallFollowme's direction.
        overlapping: Whether requests are sent while others are not answered yet.
        losses: Faults that lose an answer.
    """
    actions = st.one_of(
        _calls(directions),
        _calls(directions),
        st.lists(_calls(directions), min_size=2, max_size=3),  # a batch
        st.tuples(st.just("fault"), st.sampled_from(losses)),
        st.tuples(st.just("clock"), st.integers(1, 60)),
    )
    delays = st.integers(0, 2) if overlapping else st.just(0)
    return {
        "before": st.lists(st.tuples(st.sampled_from(CUSTOMERS), _structs), max_size=2),
        "subscribers": _subscribers,
        "actions": st.lists(st.tuples(actions, delays, delays), max_size=12),
        "profile": st.fixed_dictionaries(
            {}, optional={name: st.sampled_from(values) for name, values in PROFILES.items()}
        ),
    }


class _Gate:
    """Holds one request until the session lets it be executed, and its answer be passed on."""

    def __init__(self):
        self.arrived, self.execute, self.executed, self.answer = (Future() for _ in range(4))


class GatedTransport(httpx2.AsyncBaseTransport):
    """Sends the proxy's requests through ``inner``; those with a gate wait for it.

    The proxy may run in another event loop than the session.
    """

    def __init__(self, inner):
        self.gates = {}
        self._inner = inner

    async def handle_async_request(self, request):
        gate = self.gates.get(request.headers.get(GATE))
        if gate is None:
            return await self._inner.handle_async_request(request)
        gate.arrived.set_result(None)
        await asyncio.wrap_future(gate.execute)
        try:
            response = await self._inner.handle_async_request(request)
            await response.aread()
        finally:
            gate.executed.set_result(None)
            await asyncio.wrap_future(gate.answer)
        return response

    async def aclose(self):
        await self._inner.aclose()


class FakeTransport(httpx2.AsyncBaseTransport):
    """Sends requests to a fake in this process; a lost answer is an error, as on a socket."""

    def __init__(self, fake):
        self._fake = fake

    async def handle_async_request(self, request):
        response = endpoint.answer(
            self._fake,
            HttpRequest(
                "POST", request.url.path, request.headers.get("Authorization"),
                request.content, "http://mtt.invalid",
            ),
        )  # fmt: skip
        if response.fault is not None and response.fault.name.startswith(("reset", "no-answer")):
            raise httpx2.ReadError("lost")
        response = endpoint.without_socket(response)
        return httpx2.Response(response.status, headers=response.headers, content=response.body)


class InProcessRecorder:
    """Records sessions with the proxy's ASGI application, without sockets."""

    def __init__(self):
        self._runner = asyncio.Runner()
        self.origin = "http://mtt.invalid"

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self._runner.close()

    def record(self, fake, tape, session):
        """Write ``session`` with ``fake`` on ``tape``."""
        transport = GatedTransport(FakeTransport(fake))
        url = f"{self.origin}/index.php"
        proxy = RecordingProxy(url, tape, lambda _line: None, transport=transport)

        async def post(body, headers):
            answers = []

            async def receive():
                return {"type": "http.request", "body": body}

            async def send(message):
                answers.append(message)

            scope = {
                "type": "http", "method": "POST", "path": "/index.php",
                "raw_path": b"/index.php", "query_string": b"", "headers": headers,
            }  # fmt: skip
            await proxy(scope, receive, send)
            return answers[-1]["body"]

        self._runner.run(run_session(fake, transport, post, **session))


class ServerRecorder:
    """Records sessions with real servers: a client, the proxy, and over TLS the fake.

    Servers and connections live as long as the recorder.
    """

    def __init__(self):
        self._runner = asyncio.Runner()
        self._proxy, self._fake = _Replaceable(), _Replaceable()
        self._upstream = AsgiServer(self._fake)
        self._port = self._upstream.listen_tls(server_context(("127.0.0.1",)))
        authority = Authority.of_machine(hosts=("127.0.0.1",)).path
        self._pool = httpx2.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=authority))
        self._server = AsgiServer(self._proxy, on_stop=self._close_pool)
        self._client = httpx2.AsyncClient(timeout=20)

    def __enter__(self):
        self._upstream.start()
        self._server.start()
        return self

    def __exit__(self, *_exception):
        self._runner.run(self._client.aclose())
        self._runner.close()
        self._server.stop()
        self._upstream.stop()

    def _close_pool(self):
        """Close the connections of the last session's proxy, which all of them shared."""
        self._proxy.app.close_from_thread()

    def record(self, fake, tape, session):
        """Write ``session`` with ``fake`` on ``tape``."""
        transport = GatedTransport(self._pool)
        url = f"https://127.0.0.1:{self._port}/index.php"
        self._proxy.app = RecordingProxy(url, tape, lambda _line: None, transport=transport)
        self._fake.app = FakeAsgiApp(fake, LazyWsgi(lambda: flask_app(fake).wsgi_app), lambda: True)

        async def post(body, headers):
            url = f"{self._server.origin}/index.php"
            response = await self._client.post(url, content=body, headers=headers)
            return response.content

        self._runner.run(run_session(fake, transport, post, **session))


class _Replaceable:
    """An ASGI application that each session replaces."""

    app = None

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


async def run_session(fake, transport, post, *, before, subscribers, actions):
    """Send a session's requests with ``post``, each executed and answered when it says.

    Args:
        fake: The fake behind the proxy.
        transport: The proxy's ``GatedTransport``.
        post: Sends a body with headers to the proxy and returns the answer's body.
        before: Customers and structures that are set before the recording.
        subscribers: Behaviours by number.
        actions: Calls, batches, faults and advances of the clock; each with the number of actions
            that pass until it is executed, and until it is answered.
    """
    for number, subscriber in subscribers.items():
        fake.store.set_subscriber(number, subscriber)
    for customer, struct in before:
        params = {"customer_name": customer, "callBackFollowmeStruct": struct}
        envelope = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
        fake.answer(AUTHORIZATION, json.dumps(envelope).encode(), "http://mtt.invalid")
    made, pending = [], []
    for index, (action, before_execution, before_answer) in enumerate([*actions, *_LAST_ACTIONS]):
        if action[0] == "clock":
            fake.service.scheduler.advance(action[1])
        elif action[0] == "fault":
            FaultRegistry(fake.store).add(f"{action[1]}*1")
        elif action != _NOTHING:
            gate = transport.gates[str(index)] = _Gate()
            task = asyncio.create_task(post(_body(action, made), _headers(index)))
            await asyncio.wrap_future(gate.arrived)
            executed = index + before_execution
            pending.append((gate, task, executed, executed + before_answer))
        for gate, _, executed, _ in pending:
            if executed <= index and not gate.execute.done():
                gate.execute.set_result(None)
                await asyncio.wrap_future(gate.executed)
        for row in [row for row in pending if row[3] <= index]:
            pending.remove(row)
            row[0].answer.set_result(None)
            made += _call_ids(await row[1])


_NOTHING = ("nothing",)
_LAST_ACTIONS = [(_NOTHING, 0, 0)] * 4  # the last requests are executed and answered meanwhile


def _headers(index):
    return [
        (b"authorization", AUTHORIZATION.encode()),
        (b"content-type", b"application/json"),
        (GATE.encode(), str(index).encode()),
    ]


def _body(action, made):
    calls = action if isinstance(action, list) else [action]
    envelopes = [_envelope(call, made) for call in calls]
    return json.dumps(envelopes if isinstance(action, list) else envelopes[0]).encode()


def _envelope(action, made):
    _, method, params, call_id, positional = action
    params = dict(params)
    if "callBackCall_id" in params and made:
        params["callBackCall_id"] = made[-1 - params["callBackCall_id"] % len(made)]
    names = PARAMETERS.get(method)
    if positional and names:
        values = [params.get(name) for name in names]
        while values and values[-1] is None:
            values.pop()
        params = values
    envelope = {"jsonrpc": "2.0", "method": method, "params": params}
    return envelope if call_id is None else envelope | {"id": call_id}


def _call_ids(answer):
    """Return the ids of the calls that ``answer`` started."""
    try:
        content = json.loads(answer)
    except ValueError:
        return []
    items = content if isinstance(content, list) else [content]
    results = [item.get("result") for item in items if isinstance(item, dict)]
    return [
        result["callBackCall_id"]
        for result in results
        if isinstance(result, dict) and "callBackCall_id" in result
    ]
