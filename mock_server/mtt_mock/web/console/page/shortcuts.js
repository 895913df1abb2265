// The keyboard's shortcuts; `?` shows them.

import { $, every } from "./dom.js";
import { local } from "./storage.js";

const KEYS = "mtt-mock single keys";

// The keys of a layout without Latin letters, such as Russian, by their place.
const BY_PLACE = { KeyP: "p", KeyJ: "j", KeyK: "k" };

function nameOf({ key, code, shiftKey }) {
  if (code === "Slash" && (key === "." || key === ",")) return shiftKey ? "?" : "/";
  return /[^ -~]/.test(key) ? (BY_PLACE[code] ?? key) : key;
}

const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");

export function shortcuts({ pause }) {
  const step = (by) => {
    const lines = every(".entry .line");
    const index = lines.indexOf(document.activeElement.closest(".entry")?.querySelector(".line"));
    lines[index < 0 ? 0 : Math.min(Math.max(index + by, 0), lines.length - 1)]?.focus();
  };
  const actions = {
    "?": () => $("keys").showModal(),
    p: pause,
    "/": () => $("filter-text").focus(),
    j: () => step(1),
    k: () => step(-1),
  };
  $("keys-close").addEventListener("click", () => $("keys").close());
  $("keys-open").addEventListener("click", () => $("keys").showModal());
  // Speech input and screen readers send single keys too (WCAG 2.1.4).
  const single = $("keys-single");
  single.checked = local.get(KEYS) !== "off";
  single.addEventListener("change", () => local.set(KEYS, single.checked ? "on" : "off"));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const name = nameOf(event);
    if (isTyping(event.target) || !(name in actions) || !single.checked) return;
    event.preventDefault();
    actions[name]();
  });
}
