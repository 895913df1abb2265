// The first screen: endpoint, version, a first request, magic numbers, the settings in force.

import { ask, endpoint } from "./api.js";
import { $, fill, h } from "./dom.js";
import { t } from "./strings.js";

const MAGIC = ["79000009000", "79000009001", "79000009002", "79000009003", "79000009004", "79000009005"];
const FIRST = {
  kind: "exchange", id: 1, method: "setCallBackFollowme",
  request: {
    customer_name: "883140500000000", caller_id: "74951001010",
    callBackFollowmeStruct: [{ order: 1, timeout: 25, redirect_number: "79684881033", type: "Ringall", name: "sales" }],
  },
};

export function startView({ edit, copied, curl }) {
  let about = null;
  let opened = false; // as the page last set it
  let chosen = false; // whether the reader opened or closed it

  const place = $("start");
  place.addEventListener("toggle", () => {
    chosen ||= place.open !== opened;
  });

  function draw() {
    const line = curl(FIRST);
    fill($("start-body"),
      h("dl", {},
        h("div", {}, h("dt", {}, t("endpoint")), h("dd", {}, endpoint())),
        h("div", {}, h("dt", {}, t("version")), h("dd", {}, about?.version ?? "…"))),
      h("p", {}, t("first_request")), h("pre", { tabindex: "0" }, line),
      h("div", { class: "row" },
        h("button", { type: "button", onclick: (event) => copied(line, event.currentTarget) }, t("copy")),
        h("button", { type: "button", onclick: () => edit(FIRST) }, t("send_it"))),
      h("p", {}, t("magic_numbers")),
      h("dl", {}, MAGIC.map((number) => h("div", {}, h("dt", { class: "mono" }, number), h("dd", {}, t(`magic_${number.at(-1)}`))))),
      about ? h("details", { "data-key": "settings" }, h("summary", {}, t("settings")),
        h("dl", { lang: "en" }, about.settings.map(({ name, value, help }) => h("div", { title: help }, h("dt", {}, name), h("dd", {}, value))))) : null);
  }

  return {
    draw,
    async load() {
      about = await ask("settings");
      draw();
    },
    about: () => about,
    counted(count) {
      const empty = count === 0;
      if (chosen || empty === opened) return;
      opened = empty;
      place.open = empty;
    },
  };
}
