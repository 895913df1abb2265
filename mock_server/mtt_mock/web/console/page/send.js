// The dialog that sends a request to the fake, checked by the contract while it is typed.

import { ask, endpoint } from "./api.js";
import { envelope } from "./copies.js";
import { $, fill, h } from "./dom.js";
import { language, t } from "./strings.js";

const CHECK_DELAY = 300; // milliseconds after the last key

export function sendDialog() {
  const dialog = $("send");
  const body = $("send-body");
  let timer = null;
  let checks = 0;

  function problem(text, hint) {
    return h("li", {}, text, hint ? h("span", { class: "quiet" }, ` ${hint}`) : null);
  }

  async function check() {
    checks += 1;
    const mine = checks;
    let request;
    try {
      request = JSON.parse(body.value);
    } catch (error) {
      fill($("send-problems"), problem(t("not_json", { text: error.message })));
      return;
    }
    try {
      const { problems, notes } = await ask("check", { method: "POST", send: { request } });
      if (mine !== checks) return;
      const found = [...problems, ...notes];
      fill($("send-problems"), found.length ? found.map((each) => problem(each.message, each.hint)) : h("li", { class: "quiet" }, t("contract_ok")));
      $("send-problems").lang = found.length ? "en" : language;
    } catch (error) {
      fill($("send-problems"), problem(error.message));
    }
  }

  body.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_DELAY);
  });
  $("send-close").addEventListener("click", () => dialog.close());
  $("send-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("send-answer").textContent = "…";
    const bytes = new TextEncoder().encode(`${$("send-login").value}:${$("send-password").value}`);
    const basic = btoa(String.fromCharCode(...bytes));
    try {
      const response = await fetch(endpoint(), {
        method: "POST", body: body.value, cache: "no-store", credentials: "omit",
        headers: { "Content-Type": "application/json", Authorization: `Basic ${basic}` },
      });
      $("send-answer").textContent = `HTTP ${response.status}\n${await response.text()}`;
    } catch (error) {
      $("send-answer").textContent = t("no_connection", { text: error.message });
    }
  });

  return {
    open(entry) {
      body.value = JSON.stringify(envelope(entry), null, 2);
      $("send-answer").textContent = "";
      fill($("send-problems"));
      dialog.showModal();
      body.focus();
      check();
    },
  };
}
