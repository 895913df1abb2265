#!/usr/bin/env bash
# phonenumbers 9.0.43 (PyPI; the data of Google's libphonenumber): the time zones of Russian numbers, to call people by
# day only.
#
# Guess before the run: a landline has the zone of its city.
# Behaviour: Kaliningrad is in Europe/Bucharest, which is an hour ahead of it from March to October: at nine by that zone
# it is eight there. Saratov, at UTC+4 since 2016, is in Europe/Moscow: at nine in the evening by that zone it is ten
# there. A mobile number of Russia has sixteen zones, Kazakhstan's among them, one of Kazakhstan has the same sixteen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q phonenumbers==9.0.43 tzdata==2026.3
cat >zones.py <<'PYTHON'
import datetime
import zoneinfo

import phonenumbers
import phonenumbers.timezone

PLACES = {
    "Moscow": ("+74951001010", "Europe/Moscow"),
    "Kaliningrad": ("+74012221010", "Europe/Kaliningrad"),
    "Saratov": ("+78452221010", "Europe/Saratov"),
    "Samara": ("+78462221010", "Europe/Samara"),
    "Russia, mobile": ("+79001001010", None),
    "Kazakhstan, mobile": ("+77011001010", None),
}
JULY = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)
for place, (number, right) in PLACES.items():
    parsed = phonenumbers.parse(number)
    zones = phonenumbers.timezone.time_zones_for_number(parsed)
    text = ", ".join(zones) if len(zones) < 3 else f"{len(zones)} zones from {zones[0]} to {zones[-1]}"
    if right:
        text += f"; at noon UTC in July {JULY.astimezone(zoneinfo.ZoneInfo(zones[0])):%H:%M}"
        text += f", there {JULY.astimezone(zoneinfo.ZoneInfo(right)):%H:%M}"
    print(f"{place}: {'valid' if phonenumbers.is_valid_number(parsed) else 'invalid'}, {text}")
PYTHON
venv/bin/python zones.py | tee output
diff output - <<'EXPECTED'
Moscow: valid, Europe/Moscow; at noon UTC in July 15:00, there 15:00
Kaliningrad: valid, Europe/Bucharest; at noon UTC in July 15:00, there 14:00
Saratov: valid, Europe/Moscow; at noon UTC in July 15:00, there 16:00
Samara: valid, Europe/Samara; at noon UTC in July 16:00, there 16:00
Russia, mobile: valid, 16 zones from Asia/Almaty to Europe/Samara
Kazakhstan, mobile: valid, 16 zones from Asia/Almaty to Europe/Samara
EXPECTED
