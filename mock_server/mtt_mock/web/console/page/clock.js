// The fake's clock: what it says, and how it is turned.

import { $, fill, h, options } from "./dom.js";
import { t } from "./strings.js";
import { clockDate, clockTime, seconds } from "./words.js";

const PACES = ["real", "2x", "10x", "20x", "60x", "manual"];

export function clockView(act) {
  let told = null; // as the control API said it
  let heard = 0; // when, by performance.now()

  const speed = $("clock-speed");
  const turn = (send) => act("clock", { method: "POST", send });
  $("clock-advance").addEventListener("submit", (event) => {
    event.preventDefault();
    turn({ advance: Number($("clock-seconds").value) });
  });
  $("clock-idle").addEventListener("click", () => turn({ until: "idle" }));
  speed.addEventListener("change", () => turn({ clock: speed.value }));

  function pace() {
    if (told.clock === "manual") return 0;
    return told.clock === "real" ? 1 : Number.parseFloat(told.clock);
  }

  // Seconds since the epoch, by the fake's clock.
  function now() {
    return told ? told.now + (pace() * (performance.now() - heard)) / 1000 : 0;
  }

  function draw() {
    if (!told) return;
    const at = now();
    const due = told.next_due === null ? null : Math.max(told.next_due - at, 0);
    const texts = [
      [clockDate(at), "mono quiet"],
      [clockTime(at), "mono time"],
      [pace() ? t("clock_runs", { pace: told.clock }) : t("clock_stands"), "quiet"],
      [due === null ? t("nothing_due") : t("next_due", { seconds: seconds(Math.round(due * 10) / 10) }), "quiet"],
    ];
    const signature = JSON.stringify(texts);
    if ($("clock-face").signature === signature) return;
    $("clock-face").signature = signature;
    fill($("clock-face"), texts.map(([text, type]) => h("span", { class: type }, text)));
  }

  return {
    now,
    draw,
    runs: () => told !== null && pace() > 0,
    show(found) {
      told = found;
      heard = performance.now();
      const paces = PACES.includes(told.clock) ? PACES : [told.clock, ...PACES];
      options(speed, paces.map((each) => [each, each === "manual" ? t("manual") : each === "real" ? t("real") : each]));
      speed.value = told.clock;
      draw();
    },
  };
}
