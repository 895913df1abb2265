// The fake's clock: its time, its speed, and how it is advanced.

import { $, fill, h, options } from "./dom.js";
import { clockTime, date, iso, seconds, zoneName } from "./format.js";
import { t } from "./strings.js";

const SPEEDS = ["real", "2x", "10x", "20x", "60x", "manual"];

export function clockView(act) {
  let told = null; // the control API's answer
  let heard = 0; // when it came, by performance.now()

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
    if (told.clock === "manual") return 0;
    return told.clock === "real" ? 1 : Number.parseFloat(told.clock);
  }

  // Seconds since the epoch, by the fake's clock.
  const now = () => (told ? told.now + (factor() * (performance.now() - heard)) / 1000 : 0);
  const nameOf = (name) => ({ manual: t("manual"), real: t("real") })[name] ?? name;

  function draw() {
    if (!told) return;
    const at = now();
    const due = told.next_due === null ? null : Math.max(told.next_due - at, 0);
    fill($("clock-face"),
      h("time", { class: "mono time", datetime: iso(at), title: iso(at) }, clockTime(at)),
      h("span", { class: "mono quiet" }, `${date(at)} ${zoneName(at)}`),
      h("span", { class: "quiet" }, factor() ? nameOf(told.clock) : t("clock_stands")),
      h("span", { class: "quiet" }, due === null ? t("nothing_due") : t("next_due", { seconds: seconds(due) })));
    const speeds = SPEEDS.includes(told.clock) ? SPEEDS : [told.clock, ...SPEEDS];
    options(speed, speeds.map((name) => [name, nameOf(name)]));
  }

  return {
    now,
    draw,
    runs: () => told !== null && factor() > 0,
    isManual: () => told?.clock === "manual",
    advance: (by) => send({ advance: by }),
    show(answer) {
      const changed = told?.clock !== answer.clock;
      told = answer;
      heard = performance.now();
      draw();
      if (changed && document.activeElement !== speed) speed.value = told.clock;
    },
  };
}
