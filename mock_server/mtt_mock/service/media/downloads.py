"""Where recordings come from: the download URL and what is answered there.

Known: a URL is good for 60 seconds. That it asks for no credentials is an assumption.
"""

from __future__ import annotations

from typing import cast

from mtt_mock.domain.followme import Side
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.context import ServiceContext
from mtt_mock.service.media.recordings import synthesize_recording
from mtt_mock.service.media.signed_urls import BadSignatureError, SignatureExpiredError, UrlSigner

PATH = "/record/"
_KIND = "record"


class NoRecordError(Exception):
    """There is nothing to download; ``status`` is the HTTP status, the message says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def record_url(signer: UrlSigner, origin: str, call_id: str, side: Side, expires: int) -> str:
    """Return the URL of what ``side`` said in a call, good until ``expires`` (ms)."""
    return f"{origin}{PATH}{signer.issue(_KIND, [call_id, side], expires)}.wav"


def record(service: ServiceContext, ticket: str) -> bytes:
    """Return the WAV that ``ticket`` stands for. Raises ``NoRecordError``."""
    try:
        call_id, side = service.signer.read(_KIND, ticket, service.clock.now())
        call = service.store.call(call_id)
    except SignatureExpiredError:
        raise NoRecordError(
            service.profile["info.record.download"],
            f"the recording's URL was good for {service.profile['info.record.60s']} s; "
            "ask for the call info again",
        ) from None
    except BadSignatureError:
        raise NoRecordError(404, "no such recording") from None
    except StoreUnavailableError as error:
        raise NoRecordError(503, str(error)) from None
    if call is None or call.plan.joined is None:
        raise NoRecordError(404, "the call is no longer kept")
    return synthesize_recording(call.plan.ended - call.plan.joined, cast("Side", side))
