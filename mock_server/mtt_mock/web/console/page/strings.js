// Every text of the page, in the reader's language: the table is strings.json.

import { every } from "./dom.js";
import { local } from "./storage.js";

const LANGUAGE = "mtt-mock language";
const table = await (await fetch("console/strings.json")).json();

function preferred() {
  const chosen = local.get(LANGUAGE);
  if (chosen in table) return chosen;
  const known = navigator.languages.map((each) => each.split("-")[0].toLowerCase());
  return known.find((each) => each in table) ?? "en";
}

export let language = preferred();

export function speak(name) {
  language = name;
  local.set(LANGUAGE, name);
}

/** The `lang` of a text that the fake says in English; null on an English page. */
export const english = () => (language === "en" ? null : "en");

// Values take the place of {names}: of "Page {page} of {pages}", say.
export function t(key, values = {}) {
  return table[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// Unknown keys are shown unchanged.
export const known = (key, otherwise) => table[language][key] ?? otherwise;

// Puts the texts into the page's own HTML.
export function translate() {
  document.documentElement.lang = language;
  for (const each of every("[data-t]")) each.textContent = t(each.dataset.t);
  for (const each of every("[data-label]")) {
    each.setAttribute("aria-label", t(each.dataset.label));
  }
}
