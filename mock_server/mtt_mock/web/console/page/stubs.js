// The stubs in their order, and a form for one more.

import { neighbour } from "./customers.js";
import { $, h, keyed, nothing } from "./dom.js";
import { language, t } from "./strings.js";
import { fieldError } from "./toast.js";

const COUNTERS = ["id", "seen", "used"];
const CONDITIONS = ["customer", "params", "nth", "times", "probability", "seed", "after"];

export function stubsView(act) {
  let stubs = [];
  const text = $("stub-text");

  $("stubs-add").addEventListener("submit", async (event) => {
    event.preventDefault();
    let send;
    try {
      send = JSON.parse(text.value);
    } catch (error) {
      fieldError(text, t("not_json", { text: error.message }));
      return;
    }
    if (await act("stubs", { method: "POST", send }, { field: text })) text.value = "";
  });

  function draw() {
    keyed($("stubs-list"), stubs.length ? stubs : [{ none: true }], {
      key: (stub) => stub.id ?? "",
      signature: (stub) => language + JSON.stringify(stub),
      make: (stub) => (stub.none ? nothing(t("no_stubs"), "li") : row(stub)),
    });
  }

  function row(stub) {
    const remove = async (event) => {
      const next = neighbour(event.currentTarget.closest("li"), $("stubs-title"));
      if (await act(`stubs/${stub.id}`, { method: "DELETE" })) next()?.focus();
    };
    const name = `${stub.id} ${stub.method}`;
    return h("li", {},
      h("span", { class: "mono" }, name, " ", short(part(stub, (key) => CONDITIONS.includes(key)))),
      h("span", { class: "mono" }, "→ ", short(part(stub, (key) => key !== "method" && ![...COUNTERS, ...CONDITIONS].includes(key)))),
      h("span", { class: "quiet" }, t("stub_used", { used: stub.used, seen: stub.seen })),
      h("button", { type: "button", class: "end", "aria-label": `${t("remove")} ${name}`, onclick: remove }, t("remove")));
  }

  return {
    show(answer) {
      stubs = answer.stubs ?? [];
      draw();
    },
    draw,
  };
}

const part = (stub, wanted) => Object.fromEntries(Object.entries(stub).filter(([key]) => wanted(key)));

function short(values) {
  const text = Object.keys(values).length ? JSON.stringify(values) : "";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
