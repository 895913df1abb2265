// Puts the page together: what it shows, what it follows, what it may change.

import { Refused, ask, keepToken, takeToken } from "./api.js";
import { callsView } from "./calls.js";
import { clockView } from "./clock.js";
import { customersView } from "./customers.js";
import { $ } from "./dom.js";
import { faultsView } from "./faults.js";
import { journalView } from "./journal.js";
import { follow } from "./live.js";
import { language, speak, t, translate } from "./strings.js";
import { subscribersView } from "./subscribers.js";

const TICK = 200; // milliseconds between two looks at a running clock
const CALLS_EVERY = 1000; // milliseconds between two looks at calls that are under way

takeToken();

const clock = clockView(act);
const customers = customersView(act, confirm);
const calls = callsView(clock.now);
const faults = faultsView(act);
const subscribers = subscribersView(act);
const journal = journalView({ held: customers.held, subscribers: subscribers.set, copied: copy, complain });
const views = [clock, customers, calls, faults, subscribers, journal];

// What the control API tells, by the name under which the stream says that it has changed.
const parts = {
  clock: {
    path: "clock",
    show(told) {
      clock.show(told);
      calls.draw(); // how much of a call is over is the clock's word
    },
  },
  state: { path: "state", show: ({ customers: found }) => customers.show(found) },
  calls: { path: "calls", show: ({ calls: found }) => calls.show(found) },
  faults: { path: "faults", show: faults.show },
  subscribers: { path: "subscribers", show: subscribers.show },
};

// One request for a part at a time; what changes meanwhile is asked for once more.
async function refresh(name) {
  const part = parts[name];
  if (!part) return;
  if (part.busy) {
    part.again = true;
    return;
  }
  part.busy = true;
  try {
    do {
      part.again = false;
      part.show(await ask(part.path));
    } while (part.again);
  } catch (error) {
    complain(error);
  } finally {
    part.busy = false;
  }
}

const reload = () => journal.load().catch(complain);

async function act(path, request) {
  try {
    await ask(path, request);
    say("");
    Object.keys(parts).forEach(refresh);
    return true;
  } catch (error) {
    complain(error);
    // A switch goes back to what holds.
    views.forEach((view) => view.draw());
    Object.keys(parts).forEach(refresh);
    return false;
  }
}

function say(text) {
  $("told").textContent = text;
  $("told").hidden = text === "";
}

let stop = null;
let state = "connecting";
let once = false;

function complain(error) {
  if (error instanceof Refused && error.status === 401) {
    askForToken();
  } else if (error instanceof Refused) {
    say(t("refused", { text: error.message }));
  } else if (error instanceof TypeError && state !== "live") {
    // The fake is away; the connection says so.
  } else {
    say(String(error));
  }
}

function connection(name) {
  state = name;
  $("connection").dataset.state = name;
  $("connection").textContent = t(`connection_${name}`);
}

function askForToken() {
  stop?.();
  stop = null;
  connection("token");
  $("token").hidden = false;
  $("main").hidden = true;
  $("token-value").focus();
}

async function start() {
  $("token").hidden = true;
  $("main").hidden = false;
  connection(once ? "lost" : "connecting");
  try {
    await ask("clock");
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      askForToken();
      return;
    }
  }
  stop?.();
  stop = follow({
    // Everything anew: behind the same address there may be another fake by now.
    opened() {
      connection("live");
      say("");
      once = true;
      Object.keys(parts).forEach(refresh);
      reload();
    },
    entry: journal.add,
    changed: (what) => what.forEach((name) => (name === "journal" ? reload() : refresh(name))),
    lost() {
      if (state !== "token") connection(once ? "lost" : "connecting");
      // An EventSource does not tell a 401 from a fake that is away.
      ask("clock").catch((error) => {
        if (error instanceof Refused && error.status === 401) askForToken();
      });
    },
  });
}

$("token").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken($("token-value").value.trim());
  $("token-value").value = "";
  start();
});

// Asks before something is lost; true when it may be.
function confirm(title, text, yes) {
  $("ask-title").textContent = title;
  $("ask-text").textContent = text;
  $("ask-yes").textContent = yes;
  $("ask").returnValue = "";
  $("ask").showModal();
  return new Promise((resolve) => {
    $("ask").addEventListener("close", () => resolve($("ask").returnValue === "yes"), { once: true });
  });
}

$("reset").addEventListener("click", async () => {
  if (!(await confirm(t("reset_title"), t("reset_text"), t("reset")))) return;
  if (await act("reset", { method: "POST", send: {} })) reload();
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("copied"));
  } catch {
    // Without a secure context (another machine's fake over http) there is no clipboard.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    say(t(done ? "copied" : "not_copied"));
  }
}

function draw() {
  translate();
  connection(state);
  views.forEach((view) => view.draw());
}

$("language").value = language;
$("language").addEventListener("change", () => {
  speak($("language").value);
  draw();
});

draw();
start();
setInterval(() => {
  if (document.hidden || !clock.runs()) return;
  clock.draw();
  if (calls.running()) calls.draw();
}, TICK);
setInterval(() => {
  if (!document.hidden && clock.runs() && calls.running() && state === "live") {
    ["calls", "clock"].forEach(refresh);
  }
}, CALLS_EVERY);
