// The faults that are set, and a form for one more.

import { neighbour } from "./customers.js";
import { $, h, keyed, nothing, one, options } from "./dom.js";
import { METHODS } from "./methods.js";
import { known, language, t } from "./strings.js";

export function faultsView(act) {
  let faults = { faults: [], known: [] };
  const name = $("fault-name");
  const fields = [name, $("fault-method"), $("fault-nth"), $("fault-seconds"), $("fault-customer")];
  const isTimed = () => known(`means_${name.value}`, "").includes("=SECONDS");

  // The text form, as --fault takes it: METHOD/CUSTOMER:FAULT=SECONDS@NTH.
  function compose() {
    const method = $("fault-method").value;
    const nth = $("fault-nth").value;
    const seconds = isTimed() ? $("fault-seconds").value : "";
    const customer = encodeURIComponent($("fault-customer").value.trim());
    const target = customer ? `${method || "*"}/${customer}` : method;
    $("fault-text").value = `${target ? `${target}:` : ""}${name.value}${seconds ? `=${seconds}` : ""}${nth ? `@${nth}` : ""}`;
    meaning();
  }
  const meaning = () => {
    $("fault-meaning").textContent = faults.known.length ? plain(known(`means_${name.value}`, "")) : "";
    one("#faults-add [data-for=seconds]").hidden = !isTimed();
  };
  for (const field of fields) field.addEventListener("input", compose);

  $("faults-add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fault = $("fault-text").value.trim();
    if (await act("faults", { method: "POST", send: { fault } }, { field: $("fault-text") })) {
      for (const field of [$("fault-nth"), $("fault-customer"), $("fault-seconds")]) field.value = "";
      compose();
    }
  });

  function draw() {
    options(name, faults.known.map((each) => [each.name, each.name]));
    options($("fault-method"), [["", t("any_method")], ...METHODS.map((each) => [each, each])]);
    if (!$("fault-text").value) compose();
    meaning();
    keyed($("faults-list"), faults.faults.length ? faults.faults : [{ none: true }], {
      key: (fault) => fault.id ?? "",
      signature: (fault) => language + JSON.stringify(fault),
      make: (fault) => (fault.none ? nothing(t("no_faults"), "li") : row(fault)),
    });
  }

  function row(fault) {
    const path = `faults/${encodeURIComponent(fault.id)}`;
    const spent = fault.remaining === 0;
    const remove = async (event) => {
      const next = neighbour(event.currentTarget.closest("li"), $("faults-title"));
      if (await act(path, { method: "DELETE" })) next()?.focus();
    };
    return h("li", { class: fault.enabled && !spent ? "" : "off" },
      h("label", { class: "inline" },
        h("input", { type: "checkbox", role: "switch", checked: fault.enabled,
          onchange: (event) => act(path, { method: "PATCH", send: { enabled: event.target.checked } }) }),
        h("span", { class: "mono" }, fault.fault)),
      spent ? h("span", { class: "badge" }, t("spent")) : null,
      fault.remaining ? h("span", { class: "quiet" }, t("left", { count: fault.remaining })) : null,
      fault.triggered ? h("span", { class: "quiet" }, t("triggered", { count: fault.triggered })) : null,
      h("button", { type: "button", class: "end", "aria-label": `${t("remove")} ${fault.fault}`, onclick: remove }, t("remove")));
  }

  return {
    show(answer) {
      faults = { faults: answer.faults ?? [], known: answer.known ?? [] };
      draw();
    },
    draw,
  };
}

// The meaning as a sentence, without the syntax of the text form.
const plain = (text) => text.replace("=SECONDS", t("n_seconds")).replace("(1)", t("n_default"));
