"""Prompts and recordings over the control API: sets lengths, plays audio."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import Any, cast

from flask import Response, request

from mtt_mock.domain.followme import Side
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.text import shorten
from mtt_mock.service.fake import Fake
from mtt_mock.service.media.audio import MAX_AUDIO_SECONDS, detect_audio
from mtt_mock.service.media.decoding import decoder_of
from mtt_mock.service.media.downloads import recording_of
from mtt_mock.service.media.prompt_length import set_prompt_length
from mtt_mock.service.media.recordings import TelephoneWav
from mtt_mock.web.control.http import ApiError, Routes, json_body
from mtt_mock.web.control.schemas import object_schema
from mtt_mock.web.streaming import stream_file

_TEXT = {"type": "string"}
# Formats that browsers play. All others are converted to WAV.
_PLAYABLE = {"mp3": "audio/mpeg", "ogg": "audio/ogg", "flac": "audio/flac", "m4a": "audio/mp4",
             "aac": "audio/aac"}  # fmt: skip
_LENGTH = object_schema(
    customer=_TEXT,
    name=_TEXT,
    seconds={"type": ["number", "null"], "minimum": 0, "maximum": MAX_AUDIO_SECONDS},
)

routes = Routes()


@routes.add(
    "POST", "/prompts", "Set a prompt's length; null measures it again",
    response="PromptLength", body=_LENGTH, errors=(404,),
)  # fmt: skip
def set_length(fake: Fake) -> Any:
    values = json_body()
    customer, name = values.get("customer"), values.get("name")
    is_complete = values.keys() == set(_LENGTH["required"])
    if not is_complete or not isinstance(customer, str) or not isinstance(name, str):
        raise ApiError("send customer, name and seconds")
    prompt = set_prompt_length(fake.store, customer, name, values["seconds"])
    if prompt is None:
        raise ApiError("the customer has no prompt of this name", HTTPStatus.NOT_FOUND)
    return {"name": prompt.name, "milliseconds": prompt.milliseconds}


@routes.add(
    "GET", "/prompt-audio", "A prompt in a format that browsers play, with Range",
    response="Audio", query={"customer": _TEXT, "name": _TEXT}, errors=(404,),
)  # fmt: skip
def audio(fake: Fake) -> Response:
    customer, name = request.args.get("customer", ""), request.args.get("name", "")
    for prompt in fake.store.prompts(customer):
        if prompt.name == name:
            return _play(prompt)
    raise ApiError("the customer has no prompt of this name", HTTPStatus.NOT_FOUND)


@routes.add(
    "GET", "/calls/<call_id>/recording",
    "The audio of one side of a finished call, as WAV, with Range",
    response="Audio", query={"side": {"enum": ["A", "B"]}}, errors=(404,),
)  # fmt: skip
def recording(fake: Fake, call_id: str) -> Response:
    call, side = fake.store.call(call_id), request.args.get("side", "A")
    if side not in ("A", "B"):
        raise ApiError(f"side must be A or B, got {shorten(side, 60)}")
    if call is None or not call.is_over(fake.service.clock.now()):
        raise ApiError("no finished call has this id", HTTPStatus.NOT_FOUND)
    file = recording_of(fake.service, call, cast("Side", side))
    return stream_file(file, file.size, "audio/wav")


def _play(prompt: Prompt) -> Response:
    audio = detect_audio(prompt.content, prompt.name)
    render = None if audio.kind in _PLAYABLE else decoder_of(prompt.content, audio)
    if audio.kind in _PLAYABLE:
        size, kind = len(prompt.content), _PLAYABLE[audio.kind]
        response = stream_file(io.BytesIO(prompt.content), size, kind)
    elif render is not None and audio.milliseconds is not None:
        file = TelephoneWav(audio.milliseconds * 8, render)
        response = stream_file(file, file.size, "audio/wav")
    else:
        raise ApiError(
            f"{audio.kind or 'this file'} cannot be played; pip install 'mtt-mock[audio]' decodes "
            "more formats",
            HTTPStatus.NOT_FOUND,
        )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
