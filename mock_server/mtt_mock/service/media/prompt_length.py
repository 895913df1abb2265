"""Sets the length of an uploaded prompt, in place of the measured one."""

from __future__ import annotations

from msgspec.structs import replace

from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.store import Store
from mtt_mock.service.media.audio import MAX_AUDIO_SECONDS, detect_audio


def set_prompt_length(
    store: Store, customer_name: str, name: str, seconds: float | None
) -> Prompt | None:
    """Set how long a prompt lasts in calls that start from now on; ``None`` measures it again.

    Returns the prompt; ``None`` if the customer has none of this name. Raises ``ValueError`` for
    ``seconds`` that are not from 0 to a day.
    """
    if seconds is not None and (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= MAX_AUDIO_SECONDS
    ):
        raise ValueError(f"seconds must be a number from 0 to {MAX_AUDIO_SECONDS}, got {seconds!r}")
    prompt = next((item for item in store.prompts(customer_name) if item.name == name), None)
    if prompt is None:
        return None
    milliseconds = (
        detect_audio(prompt.content, name).milliseconds
        if seconds is None
        else round(seconds * 1000)
    )
    prompt = replace(prompt, milliseconds=milliseconds)
    store.put_prompt(customer_name, prompt)
    return prompt
