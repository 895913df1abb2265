// The customers: what is preset for each, what it has, and how to clear it.

import { $, fill, h, keyed, nothing } from "./dom.js";
import { drawPreset } from "./preset.js";
import { language, t } from "./strings.js";

const AT_ONCE = 20; // cards; more on request, so that the page stays small

// `act(path, options, text)` changes something and says what came of it.
export function customersView(act, confirm) {
  let customers = [];
  let shown = AT_ONCE;
  const list = $("customers-list");
  const find = $("customers-find");
  find.addEventListener("input", () => {
    shown = AT_ONCE;
    draw();
  });

  function draw() {
    const wanted = find.value.trim().toLowerCase();
    const found = customers.filter((each) => JSON.stringify(each).toLowerCase().includes(wanted));
    const items = found.slice(0, shown);
    if (found.length > shown) items.push({ more: found.length - shown });
    if (!found.length) items.push({ none: customers.length ? "nothing_found" : "no_customers" });
    keyed(list, items, {
      key: (item) => item.customer ?? "",
      signature: (item) => language + JSON.stringify(item),
      make,
    });
  }

  function make(item) {
    if (item.none) return nothing(t(item.none));
    if (item.more) {
      return h("button", { type: "button", onclick: () => { shown += AT_ONCE; draw(); } }, t("more", { count: item.more }));
    }
    return card(item);
  }

  function card(item) {
    const path = encodeURIComponent(item.customer);
    const elements = item.elements ?? [];
    const setBalance = (event) => {
      event.preventDefault();
      const balance = Number(event.target.elements.balance.value);
      act(`balance/${path}`, { method: "POST", send: { balance } });
    };
    const clear = async () => {
      if (await confirm(t("clear_title", { customer: item.customer }), t("clear_text"), t("clear"))) {
        act(`state/${path}`, { method: "DELETE" });
      }
    };
    return h("article", { class: "card customer", "aria-label": `${t("customer")} ${item.customer}` },
      h("header", { class: "card-head" },
        h("h3", { class: "mono" }, item.customer),
        item.calls ? h("span", { class: "badge busy" }, t("in_flight", { count: item.calls })) : null),
      elements.length
        ? drawPreset(elements, { b: item.default_b_number, prompts: item.prompts ?? [] })
        : h("p", { class: "quiet" }, t("nothing_preset")),
      item.caller_id ? h("p", { class: "fact" }, `${t("caller_id")} `, h("span", { class: "mono" }, item.caller_id)) : null,
      uploads(item.prompts ?? []),
      h("footer", { class: "row" },
        h("form", { class: "row balance", onsubmit: setBalance },
          h("label", { class: "inline" }, h("span", {}, t("balance")),
            h("input", { name: "balance", type: "number", step: "any", value: item.balance, required: true, "data-keep": "balance" })),
          h("button", { type: "submit", "data-keep": "set" }, t("set"))),
        h("button", { type: "button", class: "danger end", "data-keep": "clear", onclick: clear }, t("clear"))));
  }

  return {
    show(found) {
      customers = found;
      draw();
      fill($("filter-customers"), found.slice(0, 200).map((each) => h("option", { value: each.customer })));
    },
    draw,
    // What is preset now for a customer, to say why a set was refused.
    held: (customer) => customers.find((each) => each.customer === customer)?.elements ?? [],
  };
}

const lengthOf = ({ milliseconds }) => (milliseconds === null
  ? `(${t("not_audio")})`
  : t("for_seconds", { seconds: (milliseconds / 1000).toFixed(1) }));

function uploads(prompts) {
  if (!prompts.length) return null;
  return h("p", { class: "fact" }, `${t("uploaded")} `,
    prompts.map((each, index) => [index ? ", " : "", h("q", {}, each.name), " ", lengthOf(each)]));
}
