// Assembles the page: its views, their data, and their actions.

import { keepAddress, parseAddress } from "./address.js";
import { Refused, ask, askOnce, dropToken, endpoint, hasToken, keepToken } from "./api.js";
import { callsView, reasonText } from "./calls.js";
import { clockView } from "./clock.js";
import { confirm } from "./confirm.js";
import { asCurl } from "./copies.js";
import { CUSTOMERS_SHOWN, customersView } from "./customers.js";
import { $, every } from "./dom.js";
import { isOk, isProblem } from "./entries.js";
import { exportsView } from "./exports.js";
import { faultsView } from "./faults.js";
import { stubsView } from "./stubs.js";
import { chooseZone, count, seconds, zone } from "./format.js";
import { journalView } from "./journal.js";
import { follow } from "./live.js";
import { prompt, recordings } from "./media.js";
import { partsOf } from "./parts.js";
import { badgeOf } from "./reasons.js";
import { callsOf } from "./search.js";
import { sendDialog } from "./send.js";
import { shortcuts } from "./shortcuts.js";
import { startView } from "./start.js";
import { english, language, speak, t, translate } from "./strings.js";
import { subscribersView } from "./subscribers.js";
import { chooseTheme, theme } from "./theme.js";
import { clear, copy, done, fieldError, say } from "./toast.js";

const TICK = 200; // milliseconds between two looks at a running clock

let customersShown = CUSTOMERS_SHOWN;

const dialog = sendDialog();
const start = startView({ edit: dialog.open, copied: copy, curl: (entry) => asCurl(entry, endpoint()) });
const clock = clockView(act);
const customers = customersView({
  act, confirm, play: prompt,
  wanted({ more, reset }) {
    customersShown = more ? customersShown + CUSTOMERS_SHOWN : reset ? CUSTOMERS_SHOWN : customersShown;
    refresh("state", { now: true });
  },
});
const calls = callsView({
  clock, resend, copied: copy, makerOf: (id) => journal?.entries.maker(id),
  load: async (id) => (await ask(`calls?id=${encodeURIComponent(id)}`)).calls[0],
  changed: () => journal.soon(),
  more: () => refresh("calls", { now: true }),
});
const [faults, stubs] = [faultsView(act), stubsView(act)];
const subscribers = subscribersView(act);
const journal = journalView({
  clock, complain, resend, recordings, endpoint, reasonOf,
  copied: copy, edit: dialog.open, held: customers.held, about: start.about,
  call: calls.find, want: calls.want, forgotten: calls.forget, callsOf: (ids) => ids.map(calls.find).filter(Boolean),
  version: (entry) => [customers.held(entry.customer), callsOf(entry).map((id) => calls.find(id)?.state)],
  counted(entries) {
    if (entries.generation !== null) start.counted(entries.all.length); // until the journal is loaded nothing is known
    const problems = entries.all.filter(isProblem).length;
    document.title = [location.host, problems ? t("title_problems", { count: count(problems) }) : "mtt-mock"].join(" · ");
  },
});
const views = [start, clock, customers, calls, faults, stubs, subscribers, journal];

const { refresh, refreshAll } = partsOf({
  clock: {
    path: () => "clock",
    show(answer) {
      clock.show(answer);
      calls.draw(); // the clock says how much of a call is over
      journal.soon();
    },
  },
  state: {
    path: () => `state?limit=${customersShown}&find=${encodeURIComponent(customers.find())}`, concerns: customers.concerns,
    show: (answer) => { customers.show(answer); journal.soon(); },
  },
  calls: { path: () => `calls?limit=${calls.limit()}`, concerns: calls.concerns, show: (answer) => { calls.show(answer); journal.soon(); } },
  faults: { path: () => "faults", show: faults.show },
  stubs: { path: () => "stubs", show: stubs.show },
  subscribers: { path: () => "subscribers", show: subscribers.show },
}, complain);

// The outcome of the call that an entry made, or asked about too early.
function reasonOf(entry) {
  if (entry.kind === "event") return null;
  const call = callsOf(entry).map(calls.find).find(Boolean);
  if (!call) return null;
  if (entry.method === "makeCallBackCallFollowme" && isOk(entry)) {
    return { text: reasonText(call), mood: badgeOf(call), call: call.id };
  }
  if (entry.answer?.error?.data === "Call is not ended" && call.state === "running") {
    const left = Math.max(call.started + call.planned_end - clock.now(), 0);
    return { text: t("ends_in_short", { seconds: seconds(left) }), mood: "busy", call: call.id };
  }
  return { text: "", mood: "busy", call: call.id };
}

/** Changes something; reports the outcome, at `field` if that was invalid. */
async function act(path, request, { field = null } = {}) {
  try {
    if (!(await askOnce(path, request))) return false;
    clear();
    refreshAll({ now: true });
    return true;
  } catch (error) {
    if (field && error instanceof Refused && error.status === 400) fieldError(field, error.message, english());
    else complain(error);
    views.forEach((view) => view.draw()); // a switch shows again what holds
    refreshAll({ now: true });
    return false;
  }
}

async function resend(call, event, button) {
  if (await act("events", { method: "POST", send: { call, event } })) done(button, t("sent"));
}

let stop = null;
let state = "connecting";
let wasLive = false;
let navigated = false;

/** Shows an error; returns whether it is worth trying again. */
function complain(error) {
  if (error instanceof Refused && error.status === 401) {
    askForToken();
    return false;
  }
  if (error instanceof TypeError && state !== "live") return true; // the connection says so
  if (error instanceof Refused) say(t("refused"), { error: true, said: error.message });
  else say(String(error), { error: true });
  return !(error instanceof Refused) || error.status >= 500;
}

function connection(name) {
  state = name;
  $("connection").dataset.state = name;
  $("connection").textContent = t(`connection_${name}`);
}

function show(needsToken) {
  $("token").hidden = !needsToken;
  for (const id of ["content", "clock", "reset", "sections"]) $(id).hidden = needsToken;
}

function askForToken() {
  stop?.();
  stop = null;
  const wrong = hasToken();
  dropToken();
  connection("token");
  show(true);
  if (wrong) fieldError($("token-value"), t("token_wrong"));
  $("token-value").focus();
}

function begin() {
  connection(wasLive ? "lost" : "connecting");
  stop?.();
  stop = follow({
    // Load everything: behind the same address there may be another fake now.
    opened() {
      if (state === "token" || !$("token").hidden) {
        show(false);
        $("journal").focus();
      }
      connection("live");
      wasLive = true;
      refreshAll({ now: true });
      start.load().catch(complain);
      // Only at first: later the user may be elsewhere on the page.
      journal.load().then(() => { if (!navigated) navigate(); });
    },
    entry(entry, generation) {
      journal.add(entry, generation);
      if (entry.kind === "event") refresh("calls", { customers: [entry.customer] }); // a card shows its events
    },
    changed: (names, whose) => names.forEach((name) => (name === "journal" ? journal.load() : refresh(name, { customers: whose }))),
    lost() {
      if (state !== "token") connection(wasLive ? "lost" : "connecting");
    },
    refused(status) {
      if (status === 401) askForToken();
      else if (status === 501) {
        connection("static");
        refreshAll({ now: true });
        journal.load();
      }
      return status === 401 || status === 501;
    },
  });
}

$("token").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken($("token-value").value.trim());
  $("token-value").value = "";
  begin();
});

// Shows the target of the address.
async function navigate() {
  navigated = true;
  const address = parseAddress(location.hash);
  if (!address) return;
  if (address.kind === "journal") journal.setFilter(address.filter);
  const found = address.kind === "entry" ? journal.show(address.generation, address.seq)
    : address.kind === "call" ? await calls.mark(address.id) : true;
  if (!found) say(t("not_here"), { error: true });
}
addEventListener("hashchange", navigate);
keepAddress(every("#sections a, .skip"));

$("reset").addEventListener("click", async () => {
  if (await confirm(t("reset_title"), t("reset_text"), t("reset"))) await act("reset", { method: "POST", send: {} });
});

function draw() {
  translate();
  connection(state);
  views.forEach((view) => view.draw());
}

function choice(id, value, choose) {
  $(id).value = value;
  $(id).addEventListener("change", () => {
    choose($(id).value);
    draw();
  });
}
choice("language", language, speak);
choice("zone", zone, chooseZone);
choice("theme", theme, chooseTheme);
shortcuts({ pause: journal.togglePause });
exportsView({ shown: journal.shown, complain });

draw();
begin();
setInterval(() => {
  if (document.hidden || !clock.runs()) return;
  clock.draw();
  if (calls.running()) {
    calls.draw();
    journal.soon();
    if (state === "live") ["calls", "clock"].forEach((name) => refresh(name));
  }
}, TICK);
