#!/usr/bin/env bash
# openapi-python-client 0.29.1 and Spectral 6.16.3: a tuple in OpenAPI 3.1.
#
# OpenAPI 3.1 has the schemas of JSON Schema 2020-12, where {"prefixItems": [...], "items": false} is an
# array of just these items.
#
# Guess before the run: both take the document; the client types the value loosely (list[Any]).
# Behaviour: openapi-python-client refuses the whole document and makes no client, also for paths that have
# nothing to do with it. Spectral's own OpenAPI rules report an error, `array-items`. openapi-spec-validator
# 0.9.0 finds the document valid.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openapi-python-client==0.29.1 openapi-spec-validator==0.9.0
npm install --silent --no-audit --no-fund --prefix "$folder" @stoplight/spectral-cli@6.16.3
cat >"$folder/openapi.json" <<'JSON'
{
  "openapi": "3.1.0",
  "info": {"title": "Errors", "version": "1", "contact": {"name": "x"}, "description": "x"},
  "servers": [{"url": "http://127.0.0.1"}],
  "tags": [{"name": "errors"}],
  "paths": {"/error": {"get": {
    "operationId": "error", "description": "x", "tags": ["errors"],
    "responses": {"200": {"description": "code and text", "content": {"application/json": {"schema": {
      "type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false
    }}}}}
  }}}
}
JSON
printf 'extends: "spectral:oas"\n' >"$folder/rules.yaml"
cd "$folder"
{
    venv/bin/openapi-spec-validator openapi.json | grep -c OK
    venv/bin/openapi-python-client generate --path openapi.json --output-path client >client.log 2>&1 ||
        echo "openapi-python-client: exit $?"
    [ -e client ] || echo "no client"
    node_modules/.bin/spectral lint --ruleset rules.yaml openapi.json | grep -o "error *array-items" | tr -s ' '
} | tee output
diff output - <<'EXPECTED'
1
openapi-python-client: exit 1
no client
error array-items
EXPECTED
