// The behaviour of numbers.

import { neighbour } from "./customers.js";
import { $, h, keyed, nothing, one, options } from "./dom.js";
import { number as asNumber } from "./format.js";
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
  let subscribers = { set: {}, settings: {} };
  const does = $("subscriber-does");
  const number = $("subscriber-number");

  const fields = () => {
    for (const name of ALL) {
      one(`#subscribers-add [data-for=${name}]`).hidden = !SECONDS[does.value]?.includes(name);
    }
  };
  does.addEventListener("change", fields);
  $("subscribers-add").addEventListener("submit", async (event) => {
    event.preventDefault();
    // As people write numbers: +7 (900) 000-00-01.
    const send = { number: number.value.replace(/[\s()-]/g, ""), does: does.value };
    for (const name of SECONDS[does.value]) {
      const value = $(`subscriber-${name}`).value;
      if (value !== "") send[name] = Number(value);
    }
    if (await act("subscribers", { method: "POST", send }, { field: number })) number.value = "";
  });

  function draw() {
    options(does, Object.keys(SECONDS).map((kind) => [kind, t(`does_${kind}`)]));
    fields();
    const lines = [
      ...Object.entries(subscribers.set).map(([name, values]) => ({ number: name, values, own: true })),
      ...Object.entries(subscribers.settings).map(([name, values]) => ({ number: name, values, own: false, overridden: name in subscribers.set })),
    ];
    keyed($("subscribers-list"), lines.length ? lines : [{ none: true }], {
      key: (line) => (line.none ? "" : `${line.own} ${line.number}`),
      signature: (line) => language + JSON.stringify(line),
      make: (line) => (line.none ? nothing(t("no_subscribers"), "li") : row(line)),
    });
  }

  function row({ number: name, values, own, overridden }) {
    const remove = async (event) => {
      const next = neighbour(event.currentTarget.closest("li"), $("subscribers-title"));
      if (await act(`subscribers/${encodeURIComponent(name)}`, { method: "DELETE" })) next()?.focus();
    };
    return h("li", { class: overridden ? "off" : "" },
      h("span", { class: "mono" }, name), " ",
      h("span", {}, known(`does_${values.does}`, values.does)), " ",
      h("span", { class: "quiet" }, ALL.filter((key) => values[key] !== undefined && values[key] !== null)
        .map((key) => t(`for_${key}`, { seconds: asNumber(values[key], 3) })).join(" · ")),
      own
        ? h("button", { type: "button", class: "end", "aria-label": `${t("remove")} ${name}`, onclick: remove }, t("remove"))
        : h("span", { class: "quiet end" }, t(overridden ? "overridden" : "from_settings")));
  }

  return {
    show(answer) {
      subscribers = answer;
      draw();
    },
    draw,
  };
}
