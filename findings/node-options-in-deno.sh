#!/usr/bin/env bash
# Deno 2.9.6: NODE_OPTIONS in the environment of a program that is none of Node's.
#
# Tools that watch or redirect Node programs (tracers, coverage, interception) set
# NODE_OPTIONS="--require FILE" for all children. Such files read variables first.
#
# Guess before the run: Deno ignores NODE_OPTIONS, or loads the file with the rights that it needs.
# Behaviour: Deno loads the file with the rights of the program. Without --allow-env the first look at
# process.env ends the whole program with NotCapable, though the program itself reads no variable. With
# --allow-env, or without NODE_OPTIONS, it runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" deno@2.9.6
echo 'if (process.env.TRACE) console.log("traced");' >"$folder/trace.cjs"
echo 'console.log("the program ran");' >"$folder/program.mjs"
deno() {
    DENO_DIR="$folder/cache" NO_COLOR=1 "$folder/node_modules/.bin/deno" run --no-prompt "$@" "$folder/program.mjs" 2>&1 |
        grep -oE "the program ran|NotCapable" | head -n 1
}
{
    echo "without NODE_OPTIONS: $(unset NODE_OPTIONS; deno)"
    export NODE_OPTIONS="--require $folder/trace.cjs"
    echo "with NODE_OPTIONS: $(deno)"
    echo "with NODE_OPTIONS and --allow-env: $(deno --allow-env)"
} | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
without NODE_OPTIONS: the program ran
with NODE_OPTIONS: NotCapable
with NODE_OPTIONS and --allow-env: the program ran
EXPECTED
