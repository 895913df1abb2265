// Reports the outcome of an action: at the bottom of the window, or at the invalid field.

import { $, h } from "./dom.js";
import { english, t } from "./strings.js";

const SHOWN = 4000; // milliseconds; errors stay until they are dismissed
let timer = null;

/** Shows `text`, and behind it the fake's own words, which are English. */
export function say(text, { error = false, said = "" } = {}) {
  clearTimeout(timer);
  $("toast-text").replaceChildren(text, said ? h("span", { lang: english() }, said) : "");
  $("toast").classList.toggle("shown", text !== "");
  $("toast").classList.toggle("bad", error);
  $("toast-close").hidden = !error;
  if (text && !error) timer = setTimeout(() => say(""), SHOWN);
}

export const clear = () => {
  if (!$("toast").classList.contains("bad")) say("");
};

/** Shows `text` on a button for two seconds after its action. */
export function done(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => {
    if (button.textContent === text) button.textContent = before;
  }, 2000);
}

/** Marks a field as wrong, with the reason below it, until it is changed. `lang`: of the reason. */
export function fieldError(input, text, lang = null) {
  const id = `${input.id || input.name}-error`;
  clearField(input);
  input.after(h("span", { id, class: "field-error", lang }, text));
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  input.addEventListener("input", () => clearField(input), { once: true });
  input.focus();
}

function clearField(input) {
  if (!input.hasAttribute("aria-invalid")) return;
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-describedby");
  input.parentNode.querySelector(".field-error")?.remove();
}

// `source`: the text, or a promise of it.
export async function copy(source, button = null) {
  let text;
  try {
    text = await source;
  } catch (error) {
    say(error.message, { error: true });
    return;
  }
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context (a fake on another machine over http) the clipboard is missing.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    copied = document.execCommand("copy");
    area.remove();
    button?.focus();
  }
  if (copied && button) done(button, t("copied"));
  say(t(copied ? "copied" : "not_copied"), { error: !copied });
}

$("toast-close").addEventListener("click", () => say(""));
