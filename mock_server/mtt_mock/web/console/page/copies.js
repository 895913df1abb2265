// Copies an exchange as a curl command or a pytest. Neither contains a password: the page has none.

import { METHODS } from "./methods.js";

export const envelope = (entry) => {
  const request = { jsonrpc: "2.0" };
  if (entry.id !== null && entry.id !== undefined) request.id = entry.id;
  request.method = entry.method;
  return entry.request === null ? request : { ...request, params: entry.request };
};

// Whether it was a JSON-RPC call of any method, and not an upload or another path.
export const isCall = ({ method }) => method !== null && !/^(GET|upload|[A-Z]+ \/.*)$/.test(method);
export const isKnown = (entry) => METHODS.includes(entry.method);

// The shell fills in login and password, so that they stand in no clipboard.
export function asCurl(entry, url) {
  return [
    "curl -sS -w '\\n' -u \"${MTT_LOGIN:-login}:${MTT_PASSWORD:-password}\" \\",
    "  -H 'Content-Type: application/json' \\",
    `  --data-binary ${quoted(JSON.stringify(envelope(entry)))} \\`,
    `  ${quoted(url)}`,
    "",
  ].join("\n");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const CAMEL = /[A-Z]/g;
const MAKE = "makeCallBackCallFollowme";
const INFO = "getCallBackFollowmeCallInfo";
const SET = "setCallBackFollowme";

// `earlier`: the exchanges before this one, oldest first; those that it builds on come along.
// `subscribers`: the behaviour of numbers, from the control API.
export function asPytest(entry, earlier, subscribers = {}) {
  const steps = basisOf(entry, earlier);
  const calls = [...steps, entry].some((each) => each.method === MAKE);
  const numbers = calls ? Object.entries(subscribers) : [];
  const asksForCall = entry.method === INFO && steps.some((each) => each.method === MAKE);
  const ended = asksForCall && entry.answer?.error?.data !== "Call is not ended";
  const fixtures = ["mtt_server", ended && "mtt_clock", numbers.length && "mtt_subscribers"].filter(Boolean);
  const strike = strikeOf(entry);
  const imports = ["import httpx2"];
  if (strike?.raises) imports.push("import pytest");
  if (numbers.length) imports.push("import mtt_mock");
  const lines = [
    ...imports, "", "",
    `def test_${entry.method.replace(CAMEL, (letter) => `_${letter.toLowerCase()}`)}(${fixtures.join(", ")}):`,
    "    def ask(method, params):",
    `        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}`,
    "        answer = httpx2.post(mtt_server.url, json=request, auth=mtt_server.credentials)",
    "        return answer.json()",
    "",
  ];
  for (const [number, values] of numbers) lines.push(`    mtt_subscribers[${python(number)}] = ${subscriber(values)}`);
  if (entry.method === "getCustomerBalance" && typeof entry.answer?.result?.balance === "number") {
    lines.push(`    mtt_server.set_balance(${python(entry.customer)}, ${python(String(entry.answer.result.balance))})`);
  }
  for (const each of steps) {
    const made = each.method === MAKE ? "made = " : "";
    lines.push(`    ${made}ask(${python(each.method)}, ${python(each.request, 1)})`);
  }
  if (ended) lines.push("    mtt_clock.run_until_idle()");
  const request = asksForCall
    ? `{**${python(entry.request, 1)}, "callBackCall_id": made["result"]["callBackCall_id"]}`
    : python(entry.request ?? {}, 1);
  const asked = `ask(${python(entry.method)}, ${request})`;
  if (strike) lines.push(`    mtt_server.faults.add(${python(strike.text)})`);
  if (strike?.raises) lines.push(`    with pytest.raises(${strike.raises}):`, `    ${indented(`    ${asked}`)}`, "");
  else lines.push(`    answer = ${asked}`, ...(strike?.asserts ?? asserted(entry.answer)), "");
  return lines.join("\n");
}

const indented = (text) => text.replaceAll("\n", "\n    ");

const LATE = ["delay", "trickle"];
const CUT = ["no-answer", "reset-before", "reset-after", "truncated"];

// The triggered fault, added just before the request that it applies to again, and the result of
// `ask`.
function strikeOf(entry) {
  if (!entry.fault) return null;
  const [, target, name, seconds] = /^(.*:)?([a-z0-9-]+)(=[^@*~#]+)?/.exec(entry.fault);
  const text = `${target ?? ""}${name}${seconds ?? ""}@1`;
  if (LATE.includes(name)) return { text };
  if (CUT.includes(name)) return { text, raises: "httpx2.TransportError" };
  if (name === "wrong-id") return { text, asserts: [`    assert answer["id"] != 1`] };
  if (name === "wrong-success-type") {
    const success = entry.answer?.result?.success;
    return success === undefined ? { text } : { text, asserts: [`    assert answer["result"]["success"] == ${python(String(success))}`] };
  }
  return { text, raises: "ValueError" }; // what came is no JSON
}

// The preset that stood when this was asked, and the call that was asked about.
function basisOf(entry, earlier) {
  const own = earlier.filter((each) => each.kind === "exchange" && each.customer === entry.customer && each.answer?.result);
  let preset = [];
  let made = null;
  for (const each of own) {
    if (each.method === "deleteCallBackFollowme") preset = [];
    else if (each.method === SET && !each.conflict) preset.push(each);
    else if (each.method === MAKE && entry.method === INFO && sameCall(each, entry)) made = [...preset, each];
  }
  return entry.method === INFO ? made ?? [] : preset;
}

const sameCall = (made, asked) => String(made.answer.result.callBackCall_id) === String(asked.request?.callBackCall_id);

// What a fresh fake answers in the same words. Ids, URLs and balances are of their moment.
function asserted(answer) {
  if (!answer) return ["    assert answer"];
  if (answer.error) {
    return Object.entries({ code: answer.error.code, data: answer.error.data })
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => `    assert answer["error"][${python(name)}] == ${python(value)}`);
  }
  const { result } = answer;
  const info = result?.callBackFollowmeCallInfoStruct;
  if (info) {
    const lasting = Object.fromEntries(Object.entries(info).filter(([name, value]) => !/URL/.test(name) || !value));
    return [
      '    info = answer["result"]["callBackFollowmeCallInfoStruct"]',
      `    expected = ${python(lasting, 1)}`,
      "    assert {name: info[name] for name in expected} == expected",
    ];
  }
  const passing = ["callBackCall_id", "uploadURL"].find((name) => result && typeof result === "object" && name in result);
  if (passing) return [`    assert answer["result"][${python(passing)}]`];
  return [`    assert answer["result"] == ${python(result, 1)}`];
}

function subscriber({ does, ...values }) {
  const name = does.split("_").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const given = Object.entries(values).map(([key, value]) => `${key}=${python(value)}`);
  return `mtt_mock.${name}(${given.join(", ")})`;
}

// A JSON value as Python writes it, wrapped where it is long.
function python(value, depth = 0) {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const pairs = Array.isArray(value)
    ? value.map((each) => python(each, depth + 1))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${python(each, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const line = `${open}${pairs.join(", ")}${close}`;
  if (line.length <= 70 && !line.includes("\n")) return line;
  const indent = "    ".repeat(depth + 1);
  return `${open}\n${pairs.map((each) => `${indent}${each},\n`).join("")}${"    ".repeat(depth)}${close}`;
}
