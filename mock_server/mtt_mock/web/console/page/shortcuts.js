// The keyboard's shortcuts; `?` shows them.

import { $, every } from "./dom.js";

const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");

export function shortcuts({ pause }) {
  const step = (by) => {
    const lines = every(".entry .line");
    const index = lines.indexOf(document.activeElement);
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
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target) || !(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  });
}
