"""Downloads of recordings: the download URL, and the recording at that URL.

Observed: a URL is good for 60 seconds. That it needs no credentials is an assumption.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from mtt_mock.domain.calls import Call
from mtt_mock.domain.followme import Side
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.context import ServiceContext
from mtt_mock.service.media.signed_urls import BadSignatureError, SignatureExpiredError, UrlSigner

if TYPE_CHECKING:
    from mtt_mock.service.media.decoding import Render
    from mtt_mock.service.media.recordings import Recording

PATH = "/record/"
_TOKEN_KIND = "record"  # noqa: S105 -- the token's purpose


class NoRecordingError(Exception):
    """The recording cannot be downloaded. ``status`` is the HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def record_url(signer: UrlSigner, origin: str, call_id: str, side: Side, expires: int) -> str:
    """Return the URL of the recording of ``side``, good until ``expires`` (fake's clock, ms)."""
    return f"{origin}{PATH}{signer.issue(_TOKEN_KIND, [call_id, side], expires)}.wav"


def find_recording(service: ServiceContext, token: str) -> Recording:
    """Return the recording of a download URL's token.

    Raises:
        NoRecordingError: The token is unknown or expired, or the call is no longer kept.
    """
    try:
        call_id, side = service.signer.read(_TOKEN_KIND, token, service.clock.now())
        call = service.store.call(call_id)
        if call is not None and call.plan.joined is not None:
            return recording_of(service, call, cast("Side", side))
    except SignatureExpiredError:
        raise NoRecordingError(
            service.profile["info.record.download"],
            f"the recording's URL was good for {service.profile['info.record.60s']} s; "
            "ask for the call info again",
        ) from None
    except BadSignatureError:
        raise NoRecordingError(HTTPStatus.NOT_FOUND, "no such recording") from None
    except StoreUnavailableError as error:
        raise NoRecordingError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
    raise NoRecordingError(HTTPStatus.NOT_FOUND, "the call is no longer kept")


def recording_of(service: ServiceContext, call: Call, side: Side) -> Recording:
    """Return the recording of ``side`` in ``call`` with the current prompts."""
    # Decoders and renderer are loaded when the first recording is asked for, not at the start.
    from mtt_mock.service.media.audio import detect_audio  # noqa: PLC0415
    from mtt_mock.service.media.decoding import decoder_of  # noqa: PLC0415
    from mtt_mock.service.media.recordings import Recording  # noqa: PLC0415

    texts = {item.fields["value"] for item in call.order.elements if item.kind == "text"}
    prompts: list[Prompt] | None = None

    def prompt(value: str) -> Render | None:
        nonlocal prompts
        if value in texts:
            spoken = service.speech.wav(value) if service.settings.speak else None
            return None if spoken is None else decoder_of(spoken, detect_audio(spoken))
        if prompts is None:
            prompts = service.store.prompts(call.order.customer)
        file = service.prompt(prompts, value)
        if file is None:
            return None
        return decoder_of(file.content, detect_audio(file.content, file.name))

    return Recording(call.plan, side, prompt)
