"""Answers of the control API are not cached, and no browser guesses their type."""

import httpx2
import pytest

SAFE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "state", 200),
        ("GET", "journal.jsonl", 200),
        ("GET", "journal.har", 200),
        ("GET", "health/alive", 200),
        ("GET", "openapi.json", 200),
        ("GET", "journal?limit=x", 400),
        ("POST", "reset", 415),
    ],
)
def test_every_answer_has_the_safe_headers(origin, verb, path, status):
    answer = httpx2.request(verb, f"{origin}/_mtt/{path}")
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE


def test_the_stream_is_not_cached_and_not_guessed(origin):
    with httpx2.stream("GET", f"{origin}/_mtt/stream") as answer:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_answers_for_mtt_have_no_further_headers(origin):
    answer = httpx2.get(f"{origin}/index.php", auth=("a", "b"))
    assert not SAFE.keys() & answer.headers.keys()
