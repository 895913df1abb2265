#!/usr/bin/env bash
# Faker 40.63.0: `phone_number()` for ru_RU, judged by phonenumbers 9.0.43.
#
# Test data of telephony programs is often made so, and a program that checks numbers, or calls them in a staging
# environment, meets these.
#
# Guess before the run: nearly all are valid Russian numbers; mimesis 22.2.0 is asked as well.
# Behaviour: of 5000 numbers of Faker 21 % are valid, as the area code is three random digits. Some do not
# belong to Russia at all: what follows the trunk prefix 8 may begin with 10, the prefix of international calls, so a
# telephone in Russia would call Spain, China or Panama. Others cannot be read. mimesis gives 99 % valid numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q Faker==40.63.0 mimesis==22.2.0 phonenumbers==9.0.43
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import faker
import mimesis
import phonenumbers

faker.Faker.seed(1)
russian = faker.Faker("ru_RU")
person = mimesis.Person(mimesis.Locale.RU, seed=1)
for name, make in (("Faker", russian.phone_number), ("mimesis", person.phone_number)):
    valid = unreadable = 0
    abroad = {}
    for _ in range(5000):
        text = make()
        try:
            number = phonenumbers.parse(text, "RU")
        except phonenumbers.NumberParseException:
            unreadable += 1
            continue
        valid += phonenumbers.is_valid_number_for_region(number, "RU")
        if number.country_code != 7:
            abroad[number.country_code] = abroad.get(number.country_code, 0) + 1
    print(f"{name}: {100 * valid // 5000} % valid, {unreadable} unreadable, abroad {dict(sorted(abroad.items()))}")
PYTHON
diff "$folder/output" - <<'EXPECTED'
Faker: 21 % valid, 6 unreadable, abroad {1: 3, 34: 1, 45: 1, 46: 1, 53: 1, 55: 1, 62: 1, 82: 2, 86: 1, 90: 1, 377: 1, 507: 1}
mimesis: 99 % valid, 0 unreadable, abroad {}
EXPECTED
