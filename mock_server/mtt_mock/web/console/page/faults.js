// Faults on purpose: which are set, on or off, and one more.

import { $, h, keyed, nothing, options } from "./dom.js";
import { known, language, t } from "./strings.js";
import { METHODS } from "./methods.js";

export function faultsView(act) {
  let told = { faults: [], known: [] };
  const name = $("fault-name");
  const parts = [name, $("fault-method"), $("fault-nth"), $("fault-customer")];

  // The text form, as --fault takes it: METHOD/CUSTOMER:FAULT@NTH.
  function compose() {
    const method = $("fault-method").value;
    const nth = $("fault-nth").value;
    const customer = encodeURIComponent($("fault-customer").value.trim());
    const target = customer ? `${method || "*"}/${customer}` : method;
    $("fault-text").value = `${target ? `${target}:` : ""}${name.value}${nth ? `@${nth}` : ""}`;
    meaning();
  }
  const meaning = () => {
    $("fault-meaning").textContent = told.known.length ? known(`means_${name.value}`, "") : "";
  };
  for (const part of parts) part.addEventListener("input", compose);

  $("faults-add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fault = $("fault-text").value.trim();
    if (await act("faults", { method: "POST", send: { fault } })) {
      for (const part of [$("fault-nth"), $("fault-customer")]) part.value = "";
      compose();
    }
  });

  function draw() {
    options(name, told.known.map((each) => [each.name, each.name]));
    options($("fault-method"), [["", t("any_method")], ...METHODS.map((each) => [each, each])]);
    if (!$("fault-text").value) compose();
    meaning();
    keyed($("faults-list"), told.faults.length ? told.faults : [{ none: true }], {
      key: (fault) => fault.id ?? "",
      signature: (fault) => language + JSON.stringify(fault),
      make: (fault) => (fault.none ? nothing(t("no_faults")) : row(fault)),
    });
  }

  function row(fault) {
    const path = `faults/${encodeURIComponent(fault.id)}`;
    return h("li", { class: fault.enabled ? "" : "off" },
      h("label", { class: "inline" },
        h("input", { type: "checkbox", role: "switch", checked: fault.enabled, "data-keep": "enabled",
          onchange: (event) => act(path, { method: "PATCH", send: { enabled: event.target.checked } }) }),
        h("span", { class: "mono" }, fault.fault)),
      fault.remaining === null || fault.remaining === undefined ? null : h("span", { class: "quiet" }, t("left", { count: fault.remaining })),
      fault.triggered ? h("span", { class: "quiet" }, t("triggered", { count: fault.triggered })) : null,
      h("button", { type: "button", class: "end", "aria-label": `${t("remove")} ${fault.fault}`,
        onclick: () => act(path, { method: "DELETE" }) }, t("remove")));
  }

  return {
    show(found) {
      told = { faults: found.faults ?? [], known: found.known ?? [] };
      draw();
    },
    draw,
  };
}
