#!/usr/bin/env bash
# dateparser 1.5.0 (PyPI) and chrono-node 2.10.3 (npm): when a customer wants to be called back, in Russian words. It is
# Wednesday, 25 November 2026, 15:20.
#
# Guess before the run: the time that a Russian reader understands, or nothing.
# Behaviour: "завтра в 3 часа дня" (tomorrow at 3 p.m.) is tomorrow at 18:20, three hours from now, to dateparser, and
# tomorrow at 15:20 to chrono-node, which takes "в 2 часа ночи" (at 2 a.m.) for in two hours. "5 декабря в 14 часов" is
# 5 December of the year 2114 to dateparser, "завтра в 9" loses its 9, "сегодня в 20.30" is now. "через полтора часа"
# (in an hour and a half) is in an hour to chrono-node, and "5.12 в 14:00" tomorrow.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q dateparser==1.5.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund chrono-node@2.10.3
cat >texts <<'TEXTS'
послезавтра в 18:30
завтра в 3 часа дня
в 2 часа ночи
5 декабря в 14 часов
завтра в 9
сегодня в 20.30
через полтора часа
5.12 в 14:00
TEXTS
cat >read.mjs <<'JAVASCRIPT'
import fs from "node:fs";
import * as chrono from "chrono-node";
const NOW = new Date(2026, 10, 25, 15, 20);
for (const text of fs.readFileSync("texts", "utf8").trim().split("\n")) {
  const time = chrono.ru.parseDate(text, NOW, { forwardDate: true });
  console.log(`chrono-node: ${text} -> ${time ? time.toLocaleString("sv").slice(0, 16) : "nothing"}`);
}
JAVASCRIPT
cat >read.py <<'PYTHON'
import datetime
from pathlib import Path

import dateparser

SETTINGS = {"RELATIVE_BASE": datetime.datetime(2026, 11, 25, 15, 20), "PREFER_DATES_FROM": "future"}
for text in Path("texts").read_text().splitlines():
    time = dateparser.parse(text, languages=["ru"], settings=SETTINGS)
    print(f"dateparser: {text} -> {time:%Y-%m-%d %H:%M}" if time else f"dateparser: {text} -> nothing")
PYTHON
{ PYTHONUTF8=1 venv/bin/python read.py && TZ=UTC node read.mjs; } | tee output
diff output - <<'EXPECTED'
dateparser: послезавтра в 18:30 -> 2026-11-27 18:30
dateparser: завтра в 3 часа дня -> 2026-11-26 18:20
dateparser: в 2 часа ночи -> nothing
dateparser: 5 декабря в 14 часов -> 2114-12-05 00:00
dateparser: завтра в 9 -> 2026-11-26 15:20
dateparser: сегодня в 20.30 -> 2026-11-25 15:20
dateparser: через полтора часа -> 2026-11-25 16:50
dateparser: 5.12 в 14:00 -> nothing
chrono-node: послезавтра в 18:30 -> 2026-11-27 18:30
chrono-node: завтра в 3 часа дня -> 2026-11-26 15:20
chrono-node: в 2 часа ночи -> 2026-11-25 17:20
chrono-node: 5 декабря в 14 часов -> 2026-12-05 12:00
chrono-node: завтра в 9 -> 2026-11-26 09:00
chrono-node: сегодня в 20.30 -> 2026-11-25 20:30
chrono-node: через полтора часа -> 2026-11-25 16:20
chrono-node: 5.12 в 14:00 -> 2026-11-26 14:00
EXPECTED
