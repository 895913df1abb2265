#!/usr/bin/env bash
# espeak-ng 1.51 (Debian 12): pauses of SSML in a prompt. A pause before the first word gives the callee the time to take
# the phone to the ear.
#
# Guess before the run: `<break time="2s"/>` makes the prompt 2 s longer, wherever it stands.
# Behaviour: before the first word there is no pause, however long it is to be, unless a comma comes before it. Between
# words it is 2 s. Behind the last word it makes the prompt 1.65 s longer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
version=1.51+dfsg-10+deb12u2
apt-get -qq download "espeak-ng=$version" "espeak-ng-data=$version" "libespeak-ng1=$version" libpcaudio0 libsonic0 \
    2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find "$folder/root" -name 'libespeak-ng.so.1')")
speak() {
    LD_LIBRARY_PATH=$libraries root/usr/bin/espeak-ng --path="$libraries" -v "$1" -m -w prompt.wav "<speak>$2</speak>"
    python3 -c 'import wave; prompt = wave.open("prompt.wav"); print(f"{prompt.getnframes() / prompt.getframerate():.2f} s")'
}
for text in 'Hello' '<break time="2s"/>Hello' '<break time="9s"/>Hello' ', <break time="2s"/>Hello' 'Hello<break time="2s"/>' \
    'Hello<break time="0s"/>world' 'Hello<break time="2s"/>world'; do
    echo "$text: $(speak en "$text")"
done | tee output
diff output - <<'EXPECTED'
Hello: 0.74 s
<break time="2s"/>Hello: 0.74 s
<break time="9s"/>Hello: 0.74 s
, <break time="2s"/>Hello: 2.73 s
Hello<break time="2s"/>: 2.39 s
Hello<break time="0s"/>world: 1.08 s
Hello<break time="2s"/>world: 3.08 s
EXPECTED
