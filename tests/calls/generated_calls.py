"""Strategies for calls, subscribers and structures, and a client for the fake in process."""

from __future__ import annotations

import io
import json
import wave

from call_model import Phone
from hypothesis import strategies as st

from mtt_mock import Fake, Settings
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Rejects, Unavailable

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
ORIGIN = "http://mtt.test:8080"
EPOCH = 1767225600000  # where a manual clock starts: 2026-01-01T00:00:00Z
CUSTOMERS = ["883140500000000", "имя"]
URL = "http://127.0.0.1:1/tracking"
NUMBERS = [
    "79000000001",
    "79000000002",
    "+79000000003",
    "79000000013",
    "79000009000",
    "79000009001",
    "79000009002",
    "79000009003",
    "+79000009004",
    "79000009005",
    "79000010001",
    "79000010102",
    "79000010500",
]

short = st.integers(0, 6)
phones = st.one_of(
    st.builds(
        Phone,
        after=short | st.integers(0, 35),
        talks_for=st.none() | short | st.just(30) | st.sampled_from([3599, 3600, 3700]),
        waits_for=st.none() | st.integers(0, 12),
    ),
    st.builds(Phone, st.sampled_from(["busy", "rejects", "unavailable"]), short),
    st.just(Phone("never", None)),
)
numbers = st.sampled_from(NUMBERS)
patterns = numbers | st.sampled_from(["7900000*", "790000000?3", "*", "*1", "+7900000000?"])
customers = st.sampled_from(CUSTOMERS)
orders = st.fixed_dictionaries({}, optional={"order": st.sampled_from([1, 1, 1, 2, 3, 1.5, -1])})
rings = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Ringall", "ringall", "Linear", "LINAL", "lineral"]),
        "redirect_number": numbers,
    },
    optional={"timeout": st.integers(0, 8) | st.sampled_from([25, 40])},
)
plays = st.sampled_from(["text", "Text"]).flatmap(
    lambda kind: st.fixed_dictionaries(
        {
            "type": st.just(kind),
            "side": st.sampled_from("AB"),
            "value": st.integers(1, 3).map(lambda seconds: "о" * 15 * seconds) | st.just("x"),
        }
    )
) | st.fixed_dictionaries(
    {
        "type": st.sampled_from(["file", "FILE"]),
        "side": st.sampled_from("AB"),
        "value": st.sampled_from(["hello", "hello.wav", "nobody"]),
    }
)
queues = st.tuples(orders, rings).map(lambda pair: pair[0] | pair[1])
prompts = st.tuples(orders, plays).map(lambda pair: pair[0] | pair[1])
structures = st.lists(queues, min_size=1, max_size=4).flatmap(
    lambda rung: st.lists(prompts, max_size=2).flatmap(
        lambda played: st.permutations(rung + played)
    )
)
optional_numbers = st.sampled_from([None, "", "74951001010"])
call_options = st.fixed_dictionaries(
    {},
    optional={
        "client_caller_id": optional_numbers,
        "callBackURL": st.sampled_from([URL, URL, URL, None, ""]),
        "duration": st.sampled_from([None, 0, "0", "", 1, 5, "7", 30, 3599, 4000]),
        "direction": st.sampled_from([None, 0, "0", 1, "1"]),
        "recordEnable": st.sampled_from([None, 0, "0", 1, "1"]),
        "callDescription": st.sampled_from([None, "", "звонок"]),
    },
)


def subscriber_from_dict(phone):
    """Return the product's word for a phone of the model."""
    if phone.kind == "answers":
        return Answers(phone.after, phone.talks_for, phone.waits_for)
    if phone.kind == "never":
        return NeverAnswers()
    return {"busy": Busy, "rejects": Rejects, "unavailable": Unavailable}[phone.kind](phone.after)


def wav(seconds, rate=8000, channels=1):
    """Return silence as bytes of a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(1)
        out.setframerate(rate)
        out.writeframes(b"\x80" * round(rate * seconds * channels))
    return file.getvalue()


class Telephone:
    """A fake with a JSON client; its events are recorded and not delivered."""

    def __init__(self, state=None, **settings):
        values = {"clock": "manual", "callback_allow": "none", "journal_size": 100_000}
        self.fake = Fake(Settings.of(**values | settings), state)
        self.asked = 0

    def ask(self, method, **params):
        """Return the result, or of an error its ``data``."""
        self.asked += 1
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": self.asked}
        reply = self.fake.answer(AUTH, json.dumps(request).encode(), ORIGIN)
        answer = json.loads(reply.body)
        assert (answer["jsonrpc"], answer["id"]) == ("2.0", self.asked)
        if "result" in answer:
            assert reply.status == 200
            return answer["result"]
        assert reply.status == 500
        assert answer["error"]["code"] == -32603
        assert answer["error"]["message"] == "Internal error"
        return answer["error"]["data"]

    def upload(self, customer, name, content):
        url = self.ask("setCallBackPrompt", customer_name=customer, file_name=name)["uploadURL"]
        start = f"{ORIGIN}/upload/"
        assert url.startswith(start)
        reply = self.fake.upload(AUTH, "POST", url.removeprefix(start), content)
        assert (reply.status, json.loads(reply.body)) == (200, {"success": 1})

    def info(self, customer, call_id):
        """Return the text of the error, or the struct with whether there are recordings."""
        answer = self.ask(
            "getCallBackFollowmeCallInfo", customer_name=customer, callBackCall_id=call_id
        )
        if isinstance(answer, str):
            return answer
        assert list(answer) == ["callBackFollowmeCallInfoStruct"]
        info = answer["callBackFollowmeCallInfoStruct"]
        for side in "AB":
            url = info[f"call_back_record_URL_{side}"]
            if url != "":
                assert list(url) == ["downloadURL"]
                assert url["downloadURL"].startswith(f"{ORIGIN}/record/")
            info[f"call_back_record_URL_{side}"] = url != ""
        return info

    def advance(self, seconds):
        self.fake.service.scheduler.advance(seconds)

    def delivered(self):
        """Return (call id, event, milliseconds since the clock's start), in order."""
        return [
            (each.callback.call_id, each.callback.event, each.callback.due - EPOCH)
            for each in self.fake.journal.deliveries
        ]

    def close(self):
        self.fake.close()


phone_books = st.dictionaries(patterns, phones, max_size=8)
calls = st.tuples(
    customers,
    call_options,
    st.fixed_dictionaries(
        {
            "simpleCallBackFollowmeStruct": structures,
            "b_number": numbers,
            "caller_id": st.just("74951001010"),
        }
    ),
).map(lambda parts: (parts[0], parts[1] | parts[2]))
