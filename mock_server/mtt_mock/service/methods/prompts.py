"""The method setCallBackPrompt, and the check of prompts that elements name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mtt_contracts
from mtt_mock.domain.followme import Element
from mtt_mock.domain.text import shorten
from mtt_mock.service.context import ServiceContext
from mtt_mock.service.media.uploads import upload_url
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.profile import filled

MAX_SHOWN_CHARACTERS = 100


def set_prompt(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the URL for uploading the bytes of a prompt."""
    url = upload_url(service.signer, request.caller, request.customer, request.params["file_name"])
    return filled(service.profile["prompt.url"], {"{url}": url})


def check_prompts(
    service: ServiceContext, request: MethodRequest, elements: Sequence[Element], field: str
) -> None:
    """Note or refuse ``file`` elements without an uploaded prompt (setting missing_prompts)."""
    files = [(index, item) for index, item in enumerate(elements) if item.kind == "file"]
    if not files:
        return
    prompts = service.store.prompt_metadata(request.customer)
    for index, element in files:
        value = element.fields["value"]
        if service.prompt(prompts, value) is None:
            path = f"{field}[{index}].value"
            shown = shorten(value, MAX_SHOWN_CHARACTERS)
            message = f'{path} names a prompt that was not uploaded: "{shown}"'
            if service.settings.missing_prompts == "error":
                raise service.profile.error("prompt.missing", reason=message)
            request.call.notes.append(mtt_contracts.Problem(path, value, "prompt", message))
