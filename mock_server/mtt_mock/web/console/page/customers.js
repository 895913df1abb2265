// The customers: the preset of each, its prompts and balance, and how to clear it.

import { $, fill, h, keyed, nothing } from "./dom.js";
import { number, seconds } from "./format.js";
import { drawPreset } from "./preset.js";
import { language, t } from "./strings.js";

export const CUSTOMERS_SHOWN = 20; // more on request, so that the page stays small

export function customersView({ act, confirm, wanted, play }) {
  let customers = [];
  let total = 0;
  const list = $("customers-list");
  let typing = null;
  $("customers-find").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => wanted({ reset: true }), 150);
  });

  function draw() {
    const items = [...customers];
    if (total > items.length) items.push({ more: total - items.length });
    if (!items.length) items.push({ none: $("customers-find").value.trim() ? "nothing_found" : "no_customers" });
    keyed(list, items, {
      key: (item) => item.customer ?? (item.more ? "more" : ""),
      signature: (item) => language + JSON.stringify(item),
      make(item) {
        if (item.none) return nothing(t(item.none));
        if (item.more) return h("button", { type: "button", onclick: () => wanted({ more: true }) }, t("more", { count: item.more }));
        return card(item);
      },
    });
  }

  function card(item) {
    const path = encodeURIComponent(item.customer);
    const elements = item.elements ?? [];
    const setBalance = async (event) => {
      event.preventDefault();
      const field = event.target.elements.balance;
      if (await act(`balance/${path}`, { method: "POST", send: { balance: Number(field.value) } }, { field })) {
        field.defaultValue = field.value;
        event.target.removeAttribute("data-dirty");
      }
    };
    const clear = async (event) => {
      const next = neighbour(event.currentTarget.closest("article"), $("customers-title"));
      if (!(await confirm(t("clear_title", { customer: item.customer }), t("clear_text"), t("clear")))) return;
      if (await act(`state/${path}`, { method: "DELETE" })) next()?.focus();
    };
    return h("article", { class: "card customer", "aria-label": `${t("customer")} ${item.customer}` },
      h("header", { class: "card-head" },
        h("h3", { class: "mono" }, item.customer),
        item.calls ? h("span", { class: "badge busy" }, t("in_flight", { count: item.calls })) : null),
      elements.length
        ? drawPreset(elements, { b: item.default_b_number, prompts: item.prompts ?? [] })
        : h("p", { class: "quiet" }, t("nothing_preset")),
      item.caller_id ? h("p", { class: "fact" }, `${t("caller_id")} `, h("span", { class: "mono" }, item.caller_id)) : null,
      uploads(item, play),
      h("footer", { class: "row" },
        h("form", { class: "row balance", onsubmit: setBalance },
          h("label", { class: "inline" }, h("span", {}, t("balance")),
            h("input", { name: "balance", type: "number", step: "any", value: item.balance, required: true,
              oninput: (event) => event.currentTarget.form.toggleAttribute("data-dirty", event.currentTarget.value !== event.currentTarget.defaultValue) })),
          h("span", { class: "unset quiet" }, t("not_set", { value: number(item.balance, 2) })),
          h("button", { type: "submit" }, t("set"))),
        h("button", { type: "button", class: "danger end", onclick: clear }, t("clear"))));
  }

  return {
    show({ customers: kept, total: all }) {
      customers = kept;
      total = all ?? kept.length;
      draw();
      fill($("filter-customers"), kept.slice(0, 200).map((each) => h("option", { value: each.customer, "data-key": each.customer })));
    },
    draw,
    find: () => $("customers-find").value.trim(),
    concerns: (names) => customers.some((each) => names.includes(each.customer)),
    held: (customer) => customers.find((each) => each.customer === customer)?.elements ?? null,
  };
}

/** The focus target after `node` is removed: the next node's last button, else the heading. */
export function neighbour(node, heading) {
  const next = node?.nextElementSibling ?? node?.previousElementSibling;
  return () => (next?.isConnected && [...next.querySelectorAll("button")].at(-1)) || heading;
}

const lengthOf = ({ milliseconds }) => (milliseconds === null ? `(${t("not_audio")})` : seconds(milliseconds / 1000));

function uploads(item, play) {
  const prompts = item.prompts ?? [];
  if (!prompts.length) return null;
  return h("ul", { class: "fact uploads" }, prompts.map((prompt) => h("li", { "data-key": prompt.name },
    `${t("uploaded")} `, h("q", {}, prompt.name), " ", lengthOf(prompt), " ",
    prompt.milliseconds === null ? null : play(item.customer, prompt.name))));
}
