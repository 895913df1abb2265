#!/usr/bin/env bash
# duckdb 2.0.1, agate 1.14.2 (the reader of csvkit) and frictionless 5.21.0 (PyPI), xlsx 0.18.5 (SheetJS) and csv-parse
# 7.0.3 (npm, with `cast_date`): phone numbers of a city in a CSV file, as they are written in Russia.
#
# Guess before the run: a column called `phone` with 20-10-30 and 10-10-10 is text, and an area code in brackets, too.
# Behaviour: duckdb makes dates of a column, if all its numbers look like one, also of 100 10 10, so 20-10-30 is a date
# in one file and text in another. agate and SheetJS make dates of 10-10-10, in SheetJS as the number 40461; frictionless
# makes a month of 20-10, SheetJS of 35-12. To SheetJS the area code (495) is minus 495. csv-parse makes dates where it
# is asked to, but not of 20-10-30.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TZ=UTC
python3 -m venv venv
venv/bin/pip install -q duckdb==2.0.1 agate==1.14.2 frictionless==5.21.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund xlsx@0.18.5 csv-parse@7.0.3
cat >read.mjs <<'JAVASCRIPT'
import fs from "node:fs";
import { parse } from "csv-parse/sync";
import xlsx from "xlsx";
const text = fs.readFileSync("numbers.csv", "utf8");
const show = (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : JSON.stringify(value));
const rows = xlsx.utils.sheet_to_json(xlsx.read(text, { type: "string" }).Sheets.Sheet1);
console.log("    xlsx", rows.map((row) => show(row.phone)).join(" "));
const cast = parse(text, { columns: true, cast: true, cast_date: true });
console.log("    csv-parse", cast.map((row) => show(row.phone)).join(" "));
JAVASCRIPT
cat >read.py <<'PYTHON'
import subprocess
from pathlib import Path

import agate
import duckdb
import frictionless

READERS = {
    "duckdb": lambda: [row[0] for row in duckdb.sql("SELECT phone FROM read_csv('numbers.csv')").fetchall()],
    "agate": lambda: agate.Table.from_csv("numbers.csv").columns["phone"].values(),
    "frictionless": lambda: [row["phone"] for row in frictionless.Resource(path="numbers.csv").read_rows()],
}
FILES = [("20-10-30", "21-11-05"), ("20-10-30", "66-77-88"), ("10-10-10", "2-12-85"), ("20-10", "35-12"),
         ("(495)", "(812)"), ("100 10 10", "123 10 12")]
for numbers in FILES:
    Path("numbers.csv").write_text("phone,name\n" + "".join(f"{number},Anna\n" for number in numbers))
    print(f"{numbers[0]} and {numbers[1]}", flush=True)
    for name, read in READERS.items():
        print(f"    {name}", *(repr(value) if isinstance(value, str) else value for value in read()), flush=True)
    subprocess.run(["node", "read.mjs"], check=True)
PYTHON
venv/bin/python read.py | tee output
diff output - <<'EXPECTED'
20-10-30 and 21-11-05
    duckdb 2020-10-30 2021-11-05
    agate '20-10-30' '21-11-05'
    frictionless '20-10-30' '21-11-05'
    xlsx "20-10-30" "21-11-05"
    csv-parse "20-10-30" "21-11-05"
20-10-30 and 66-77-88
    duckdb '20-10-30' '66-77-88'
    agate '20-10-30' '66-77-88'
    frictionless '20-10-30' '66-77-88'
    xlsx "20-10-30" "66-77-88"
    csv-parse "20-10-30" "66-77-88"
10-10-10 and 2-12-85
    duckdb 2010-10-10 1985-12-02
    agate 2010-10-10 1985-02-12
    frictionless '10-10-10' '2-12-85'
    xlsx 40461 31090
    csv-parse 2010-10-10 1985-02-12
20-10 and 35-12
    duckdb '20-10' '35-12'
    agate '20-10' '35-12'
    frictionless yearmonth(year=20, month=10) yearmonth(year=35, month=12)
    xlsx "20-10" 49644
    csv-parse "20-10" 2035-12-01
(495) and (812)
    duckdb '(495)' '(812)'
    agate '(495)' '(812)'
    frictionless '(495)' '(812)'
    xlsx -495 -812
    csv-parse "(495)" "(812)"
100 10 10 and 123 10 12
    duckdb 0100-10-10 0123-10-12
    agate '100 10 10' '123 10 12'
    frictionless '100 10 10' '123 10 12'
    xlsx "100 10 10" "123 10 12"
    csv-parse 0100-10-10 0123-10-12
EXPECTED
