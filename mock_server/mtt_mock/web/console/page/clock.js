// The fake's clock: its time, its speed, and how it is advanced.

import { $, fill, h, options } from "./dom.js";
import { clockTime, date, iso, seconds, zoneName } from "./format.js";
import { t } from "./strings.js";

const SPEEDS = ["real", "2x", "10x", "20x", "60x", "manual"];

export function clockView(act) {
  let latest = null; // the latest answer of the control API
  let receivedAt = 0; // performance.now() of that answer

  const speed = $("clock-speed");
  const send = (values, field) => act("clock", { method: "POST", send: values }, { field });
  $("clock-advance").addEventListener("submit", (event) => {
    event.preventDefault();
    send({ advance: Number($("clock-seconds").value) }, $("clock-seconds"));
  });
  $("clock-idle").addEventListener("click", () => send({ until: "idle" }));
  // Time does not come back: the speed changes on a press of the button, not on an arrow key.
  $("clock-pace").addEventListener("submit", (event) => {
    event.preventDefault();
    send({ clock: speed.value }, speed);
  });

  function factor() {
    if (latest.clock === "manual") return 0;
    return latest.clock === "real" ? 1 : Number.parseFloat(latest.clock);
  }

  // Seconds since the epoch, by the fake's clock.
  const now = () => (latest ? latest.now + (factor() * (performance.now() - receivedAt)) / 1000 : 0);
  const nameOf = (name) => ({ manual: t("manual"), real: t("real") })[name] ?? name;

  function draw() {
    if (!latest) return;
    const at = now();
    const due = latest.next_due === null ? null : Math.max(latest.next_due - at, 0);
    fill($("clock-face"),
      h("time", { class: "mono time", datetime: iso(at), title: iso(at) }, clockTime(at)),
      h("span", { class: "mono quiet" }, `${date(at)} ${zoneName(at)}`),
      h("span", { class: "quiet" }, factor() ? nameOf(latest.clock) : t("clock_stands")),
      h("span", { class: "quiet" }, due === null ? t("nothing_due") : t("next_due", { seconds: seconds(due) })));
    const speeds = SPEEDS.includes(latest.clock) ? SPEEDS : [latest.clock, ...SPEEDS];
    options(speed, speeds.map((name) => [name, nameOf(name)]));
  }

  return {
    now,
    draw,
    runs: () => latest !== null && factor() > 0,
    isManual: () => latest?.clock === "manual",
    advance: (by) => send({ advance: by }),
    show(answer) {
      const changed = latest?.clock !== answer.clock;
      latest = answer;
      receivedAt = performance.now();
      draw();
      if (changed && document.activeElement !== speed) speed.value = latest.clock;
    },
  };
}
