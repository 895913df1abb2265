// Plays recordings and prompts in place.

import { download } from "./api.js";
import { h } from "./dom.js";
import { t } from "./strings.js";

/** The recordings of a call's info. The control API has them for longer than their URLs are valid. */
export function recordings(entry) {
  const info = entry.answer?.result?.callBackFollowmeCallInfoStruct;
  const call = entry.request?.callBackCall_id;
  if (!info || typeof info !== "object") return null;
  return ["A", "B"].filter((side) => info[`call_back_record_URL_${side}`]).map((side) => player(
    `calls/${encodeURIComponent(call)}/recording?side=${side}`, `${t("play_recording")} ${side}`));
}

/** A button that plays an uploaded prompt. */
export const prompt = (customer, name) => player(
  `prompt-audio?customer=${encodeURIComponent(customer)}&name=${encodeURIComponent(name)}`, t("play_prompt"));

function player(path, label) {
  const place = h("span", { class: "player", "data-own": true });
  const button = h("button", { type: "button", class: "small", onclick: async (event) => {
    const audio = h("audio", { controls: true });
    event.currentTarget.replaceWith(audio);
    audio.addEventListener("error", () => audio.replaceWith(h("span", { class: "field-error" }, t("not_played"))), { once: true });
    try {
      audio.src = URL.createObjectURL(await download(path)); // with the token
      await audio.play();
    } catch (error) {
      if (error.name !== "NotAllowedError" && !audio.error) audio.replaceWith(h("span", { class: "field-error" }, t("not_played")));
    }
  } }, label);
  place.append(button);
  return place;
}
