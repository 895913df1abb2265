// What numbers do when they are called.

import { $, h, keyed, nothing, options } from "./dom.js";
import { known, language, t } from "./strings.js";

const SECONDS = {
  answers: ["after", "talks_for", "waits_for"],
  busy: ["after"],
  rejects: ["after"],
  unavailable: ["after"],
  never_answers: [],
};
const ALL = ["after", "talks_for", "waits_for"];

export function subscribersView(act) {
  let told = { set: {}, settings: {} };
  const does = $("subscriber-does");

  const fields = () => {
    for (const name of ALL) {
      document.querySelector(`#subscribers-add [data-for=${name}]`).hidden = !SECONDS[does.value]?.includes(name);
    }
  };
  does.addEventListener("change", fields);
  $("subscribers-add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = { number: $("subscriber-number").value.trim(), does: does.value };
    for (const name of SECONDS[does.value]) {
      const value = $(`subscriber-${name}`).value;
      if (value !== "") send[name] = Number(value);
    }
    if (await act("subscribers", { method: "POST", send })) $("subscriber-number").value = "";
  });

  function draw() {
    options(does, Object.keys(SECONDS).map((kind) => [kind, t(`does_${kind}`)]));
    fields();
    const lines = [
      ...Object.entries(told.set).map(([number, values]) => ({ number, values, own: true })),
      ...Object.entries(told.settings).map(([number, values]) => ({ number, values, own: false })),
    ];
    keyed($("subscribers-list"), lines.length ? lines : [{ none: true }], {
      key: (line) => (line.none ? "" : `${line.own} ${line.number}`),
      signature: (line) => language + JSON.stringify(line),
      make: (line) => (line.none ? nothing(t("no_subscribers")) : row(line)),
    });
  }

  const row = ({ number, values, own }) => h("li", {},
    h("span", { class: "mono" }, number), " ",
    h("span", {}, known(`does_${values.does}`, values.does)), " ",
    h("span", { class: "quiet" }, ALL.filter((name) => values[name] !== undefined && values[name] !== null)
      .map((name) => t(`for_${name}`, { seconds: values[name] })).join(" · ")),
    own
      ? h("button", { type: "button", class: "end", "aria-label": `${t("remove")} ${number}`,
        onclick: () => act(`subscribers/${encodeURIComponent(number)}`, { method: "DELETE" }) }, t("remove"))
      : h("span", { class: "quiet end" }, t("from_settings")));

  return {
    show(found) {
      told = found;
      draw();
    },
    draw,
    set: () => told.set,
  };
}
