// Plays recordings and prompts in place.

import { download } from "./api.js";
import { h } from "./dom.js";
import { t } from "./strings.js";

const URLS = ["call_back_record_URL_A", "call_back_record_URL_B"];

/** The recordings of a call's info. Only the path of a URL is used: the page's host has them. */
export function recordings(info) {
  if (!info || typeof info !== "object") return null;
  return URLS.map((name) => {
    const url = info[name]?.downloadURL;
    if (typeof url !== "string") return null;
    const path = /^https?:\/\/[^/]+(\/.*)$/.exec(url)?.[1];
    return path ? player(() => new URL(`..${path}`, location.href.split(/[?#]/)[0]).href, `${t("play_recording")} ${name.at(-1)}`) : null;
  });
}

/** A button that plays an uploaded prompt. */
export const prompt = (customer, name) => player(
  async () => URL.createObjectURL(await download(`prompt?customer=${encodeURIComponent(customer)}&name=${encodeURIComponent(name)}`)),
  t("play_prompt"),
);

function player(source, label) {
  const place = h("span", { class: "player", "data-own": true });
  const button = h("button", { type: "button", class: "small", onclick: async (event) => {
    const audio = h("audio", { controls: true });
    event.currentTarget.replaceWith(audio);
    audio.addEventListener("error", () => audio.replaceWith(h("span", { class: "field-error" }, t("not_played"))), { once: true });
    try {
      audio.src = await source();
      await audio.play();
    } catch (error) {
      if (error.name !== "NotAllowedError" && !audio.error) audio.replaceWith(h("span", { class: "field-error" }, t("not_played")));
    }
  } }, label);
  place.append(button);
  return place;
}
