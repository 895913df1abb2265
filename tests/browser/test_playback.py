"""Pages play prompts and recordings from their URLs, and seek in them."""

import pytest
from console_page import PATIENCE

from mtt_client import Ringall

CUSTOMER = "883140500000000"
SEEK = """
async ([url, second]) => {
  const audio = document.createElement("audio");
  const event = (name) => new Promise((resolve, reject) => {
    audio.addEventListener(name, resolve, { once: true });
    audio.addEventListener("error", () => reject(audio.error), { once: true });
  });
  audio.src = url;
  document.body.append(audio);
  await event("loadedmetadata");
  const { duration, seekable } = audio;
  audio.currentTime = second;
  await event("seeked");
  return [duration, seekable.length && seekable.end(0), audio.currentTime];
}
"""


@pytest.fixture
def page(chromium):
    """An empty page of another origin."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


@pytest.fixture
def recording(client, fake):
    """The URL of the recording of ten minutes."""
    client.set_callback_followme([Ringall("79000009000")], caller_id="7495")
    call = client.make_callback_call_followme(b_number="79000009000", record=True, duration=600)
    fake.clock.run_until_idle()
    return client.get_callback_followme_call_info(call).record_url_a


def test_a_long_recording_is_sought_in_the_browser(page, recording):
    assert page.evaluate(SEEK, [recording, 400.5]) == [600, 600, 400.5]


def test_a_prompt_is_sought_in_the_browser(page, client, fake):
    client.upload_prompt("hello.ulaw", b"\xff" * 96_000)  # 12 s; played as WAV
    base = fake.url.removesuffix("index.php")
    url = f"{base}_mtt/prompt-audio?customer={CUSTOMER}&name=hello.ulaw"
    page.goto(f"{base}openrpc.json")  # the control API serves pages of its own origin only
    assert page.evaluate(SEEK, [url, 7.25]) == [12, 12, 7.25]
