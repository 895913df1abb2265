#!/usr/bin/env bash
# lua-cjson 2.1.0+dfsg-2.2 and lua-dkjson 2.6-2 in lua5.1 5.1.5-9 and lua5.4 5.4.4-3+deb12u1, and jo 1.9-1 (Debian 12):
# numbers of 15 and 16 digits, and numbers of telephones, in JSON.
#
# Doubles hold every integer below 2^53, which has 16 digits, and Lua 5.4 has integers of 64 bits. JSON-RPC clients
# have customers of 15 digits, and microseconds as ids.
#
# Guess before the run: they come back as they are; jo keeps what has a plus or leading zeros as text.
# Behaviour: cjson writes 14 digits, also for an integer of Lua 5.4: 883140500000123 becomes 883140500000120, which is
# another customer, and there is no error. dkjson does so in Lua 5.1, and is exact in Lua 5.4. jo takes +74951001010,
# 0049 and 0x10 for the numbers 74951001010, 49 and 16.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -qq download lua-cjson=2.1.0+dfsg-2.2 lua-dkjson=2.6-2 lua5.1=5.1.5-9 lua5.4=5.4.4-3+deb12u1 \
    jo=1.9-1 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
cat >numbers.lua <<'LUA'
local codec = require(arg[1])
local value = codec.decode('{"customer":883140500000123,"id":1764295200123456}')
print((codec.encode({value.customer, value.id})))
LUA
for version in 5.1 5.4; do
    export LUA_PATH="root/usr/share/lua/$version/?.lua"
    LUA_CPATH=$(find root -path "*/lua/$version" -type d -printf '%p/?.so;')
    export LUA_CPATH
    for codec in cjson dkjson; do
        echo "$codec in Lua $version: $("root/usr/bin/lua$version" numbers.lua $codec)"
    done
done | tee output
root/usr/bin/jo number=+74951001010 extension=0049 pin=0x10 | tee -a output
diff output - <<'EXPECTED'
cjson in Lua 5.1: [8.8314050000012e+14,1.7642952001235e+15]
dkjson in Lua 5.1: [8.8314050000012e+14,1.7642952001235e+15]
cjson in Lua 5.4: [8.8314050000012e+14,1.7642952001235e+15]
dkjson in Lua 5.4: [883140500000123,1764295200123456]
{"number":74951001010,"extension":49,"pin":16}
EXPECTED
