#!/usr/bin/env bash
# SoX 14.4.2 (Debian 12): what it makes of silence.
#
# Guess before the run: silence stays silence, in every encoding. SoX adds dither where bits are lost, but none are lost
# of zeros.
# Behaviour: a quarter of the samples change. `-b 8` makes noise of -48 dBFS, and mu-law has 0x7e and 0xfe between its
# 0xff, so a check for silence finds none. A-law has both its zeros, 0xd5 and 0x55. The source `-n`, which makes silence
# between prompts, is dithered to 16 bits, as is silence after `vol`. With `-D` nothing is dithered.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
version=14.4.2+git20190427-3.5
apt-get -qq download "sox=$version" "libsox3=$version" libflac12 libgomp1 libgsm1 libltdl7 libmagic1 libmp3lame0 libmpg123-0 \
    libogg0 libopus0 libpng16-16 libsndfile1 libvorbis0a libvorbisenc2 libvorbisfile3 libwavpack1 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd :)
sox=root/usr/bin/sox
head -c 48000 /dev/zero >zeros.raw
input=(-t raw -r 8000 -e signed -b 16 -c 1 zeros.raw)
# The different samples; their numbers differ from run to run.
values() { od -An -v -w"$1" -t "x$1" | sort -u | tr -d '\n'; }
{
    echo "16 bits:$("$sox" "${input[@]}" -t raw - | values 2)"
    echo "8 bits:$("$sox" "${input[@]}" -b 8 -t raw - | values 1)"
    echo "mu-law:$("$sox" "${input[@]}" -t ul - | values 1)"
    echo "A-law:$("$sox" "${input[@]}" -t al - | values 1)"
    echo "mu-law with -D:$("$sox" -D "${input[@]}" -t ul - | values 1)"
    echo "source -n, 16 bits:$("$sox" -n -r 8000 -c 1 -b 16 -t raw - trim 0 3 | values 2)"
    echo "16 bits, vol 0.5:$("$sox" "${input[@]}" -t raw - vol 0.5 | values 2)"
} | tee output
diff output - <<'EXPECTED'
16 bits: 0000
8 bits: 00 01 ff
mu-law: 7e fe ff
A-law: 55 d5
mu-law with -D: ff
source -n, 16 bits: 0000 0001 ffff
16 bits, vol 0.5: 0000 0001 ffff
EXPECTED
