// Copies an exchange as PHP, Node, an HTTP file or a bug report. None contains a password.

import { envelope } from "./copies.js";

const body = (entry) => JSON.stringify(envelope(entry));
const single = (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

export const asPhp = (entry, url) => `<?php
$login = getenv('MTT_LOGIN') ?: 'login';
$password = getenv('MTT_PASSWORD') ?: 'password';
$curl = curl_init(${single(url)});
curl_setopt_array($curl, [
    CURLOPT_POST => true,
    CURLOPT_USERPWD => "$login:$password",
    CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
    CURLOPT_POSTFIELDS => ${single(body(entry))},
    CURLOPT_RETURNTRANSFER => true,
]);
echo curl_exec($curl), "\\n";
`;

export const asNode = (entry, url) => `const { MTT_LOGIN = "login", MTT_PASSWORD = "password" } = process.env;
const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
    Authorization: "Basic " + Buffer.from(MTT_LOGIN + ":" + MTT_PASSWORD).toString("base64"),
  },
  body: ${JSON.stringify(body(entry))},
});
console.log(await response.text());
`;

export const asHttp = (entry, url) => `POST ${url}
Authorization: Basic {{login}} {{password}}
Content-Type: application/json

${JSON.stringify(envelope(entry), null, 2)}
`;

/** `calls`: the calls that the entry is about; `about`: version and settings of the fake. */
export function asBugReport(entry, calls, about) {
  const { wire, ...rest } = entry;
  const blocks = [["Exchange", { ...rest, wire: wire ? { ...wire, headers: undefined } : null }], ...calls.map((call) => [`Call ${call.id}`, call])];
  const settings = (about?.settings ?? []).map(({ name, value }) => `- ${name}: ${value}`);
  return [
    `## ${entry.method ?? "Unreadable request"}: ${entry.outcome}`, "", `mtt-mock ${about?.version ?? "?"}, ${new Date(entry.at * 1000).toISOString()}`, "",
    ...blocks.flatMap(([title, value]) => [`### ${title}`, "", "```json", JSON.stringify(value, null, 2), "```", ""]),
    ...(settings.length ? ["### Settings", "", ...settings, ""] : []),
  ].join("\n");
}
