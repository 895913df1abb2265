"""setCallBackPrompt, and the prompts that structures name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mtt_contracts
from mtt_mock.domain.followme import Element
from mtt_mock.domain.prompts import find
from mtt_mock.jsonrpc.errors import InvalidParams
from mtt_mock.service.context import Service
from mtt_mock.service.media.uploads import upload_url
from mtt_mock.service.methods.method_request import MethodRequest

_LONGEST_NAME = 100


def set_prompt(service: Service, request: MethodRequest) -> dict[str, Any]:
    """Return where the bytes of a prompt are to be posted."""
    url = upload_url(service.signer, request.caller, request.customer, request.params["file_name"])
    return {"uploadURL": url}


def check_prompts(
    service: Service, request: MethodRequest, elements: Sequence[Element], field: str
) -> None:
    """Remark ``file`` elements whose prompt was never uploaded, or refuse them, as is set."""
    files = [(index, each) for index, each in enumerate(elements) if each.kind == "file"]
    if not files:
        return
    prompts = service.store.prompt_metadata(request.customer)
    for index, element in files:
        value = element.fields["value"]
        if find(prompts, value) is None:
            path = f"{field}[{index}].value"
            named = value if len(value) <= _LONGEST_NAME else f"{value[:_LONGEST_NAME]}…"
            message = f'{path} names a prompt that was not uploaded: "{named}"'
            if service.settings.missing_prompts == "error":
                raise InvalidParams(message)
            request.notes.append(mtt_contracts.Problem(path, value, "prompt", message))
