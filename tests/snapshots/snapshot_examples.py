"""Snapshots as literals: written by hand and exported by a fake."""

from __future__ import annotations

import copy

HEAD = {"mtt_mock": "state", "version": 1}
RING = {"type": "Ringall", "redirect_number": "79000000001"}
HELLO = {"file_name": "hello.wav", "content": "aGVsbG8="}
TEAM = HEAD | {
    "customers": [
        {
            "customer_name": "883140500000000",
            "callBackFollowmeStruct": [RING, {"type": "text", "value": "Wait", "side": "B"}],
            "caller_id": "74951001010",
            "balance": "950.00",
            "prompts": [HELLO],
        }
    ],
    "subscribers": [{"number": "7900*", "does": "busy", "after": 2}],
    "faults": ["event-lost@3"],
}
START = 1767225600  # where a manual clock starts
CALL = {
    "callBackCall_id": "1000007",
    "customer_name": "883140500000000",
    "started": START,
    "order": {
        "simpleCallBackFollowmeStruct": [RING],
        "b_number": "79000000002",
        "caller_id": "74951001010",
        "direction": 0,
        "duration": 0,
        "recordEnable": 1,
        "callBackURL": "http://127.0.0.1:1/",
    },
    "plan": {
        "timeline": [
            {"at": 0, "kind": "rings", "side": "A", "detail": "79000000001"},
            {"at": 3, "kind": "answers", "side": "A", "detail": "79000000001"},
            {"at": 3, "kind": "rings", "side": "B", "detail": "79000000002"},
            {"at": 6, "kind": "answers", "side": "B", "detail": "79000000002"},
            {"at": 6, "kind": "joined"},
            {"at": 36.5, "kind": "hangs_up", "side": "A", "detail": "79000000001"},
            {"at": 36.5, "kind": "released", "side": "B", "detail": "79000000002"},
        ],
        "legs": {
            "A": {"number": "79000000001", "rung": 0, "answered": 3, "ended": 36.5},
            "B": {"number": "79000000002", "rung": 3, "answered": 6, "ended": 36.5},
        },
        "ended": 36.5,
        "joined": 6,
    },
    "pending_steps": [
        0,
        1,
        2,
        3,
        4,
    ],  # start_side_A, start_side_B, settling, end_side_A, end_side_B
}
FULL = TEAM | {"calls": [CALL], "calls_made": 9, "clock": {"speed": "manual", "now": START}}


def call(**changed):
    return copy.deepcopy(CALL) | changed


def snapshot(**parts):
    return HEAD | parts
