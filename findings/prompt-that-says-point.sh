#!/usr/bin/env bash
# espeak-ng 1.51+dfsg-10+deb12u2 (Debian 12): a telephone number in a spoken prompt, marked in SSML with `say-as`.
#
# Output is in espeak-ng's phonemes. "t'otS;ka" is "tochka", Russian for point, and "k'0m@" is comma.
#
# Guess before the run: `digits`, `characters` and `telephone` all read the digits one by one, and only the digits.
# Behaviour: `characters`, which SSML 1.0 has for this, says "point" in Russian and "comma" in English where a thousands
# separator would stand: seven, four, point, nine, five, one, point. The prompt has no such mark. `digits`, as Google
# and Amazon have it, is ignored, and the number is read as 74 billion 951 million 1 thousand 10. `telephone` and
# espeak-ng's own `tts:digits` read digits only.
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
    LD_LIBRARY_PATH=$libraries root/usr/bin/espeak-ng --path="$libraries" -v "$1" -m -q -x \
        "<say-as interpret-as=\"$2\">$3</say-as>" | xargs -0 | tr -d '\n'
}
for voice in ru en; do
    for kind in characters digits tts:digits telephone; do
        echo "$voice $kind: $(speak $voice $kind 74951001010)"
    done
done | tee output
diff output - <<'EXPECTED'
ru characters: s;,ijm_|tS;It,yR;I_|t'otS;ka#_! d;,ivI3t;_|p;,jat;_|Vjd;,in_!t'otS;ka#_! n,Vjl_|n,Vjl_|Vjd;,in_!t'otS;ka#_! n,Vjl_|Vjd;,in_|n'ojl_!
ru digits: s;'emd;E2s;VttS;It'yR;I m;,IlI;'jardof_! dev;ats'ot p;Vd;d;Is;'jatojd;'in t'ys;VtS;_! odn'A t'ys;VtS;_! d;'es;It;
ru tts:digits: s;'ejmtS;It'yR;I_! d;'evI3t;p;'jat;_!Vjd;'in n'ojln'ojl_!Vjd;'in n'ojl;Vjd;'in_!n'ojl
ru telephone: s;'ejmtS;It'yR;I_! d;'evI3t;p;'jat;_!Vjd;'in n'ojln'ojl_!Vjd;'in n'ojl;Vjd;'in_!n'ojl
en characters: s,Ev@n_|f,o@_|k'0m@_! n,aIn_|f,aIv_|w,0n_!k'0m@_! z,i@roU_|z,i@roU_|w,0n_!k'0m@_! z,i@roU_|w,0n_|z'i@roU_!
en digits: s'Ev@nti f'o@ b'Ili@n_! n'aInh'VndrI2d@n f'Ifti w'0n m'Ili@n_! w'0n T'aUz@nd_! @n t'En
en tts:digits: s'Ev@nf'o@_! n'aInf'aIv_!w'0n z'i@roUz'i@roU_!w'0n z'i@roUw'0n_!z'i@roU
en telephone: s'Ev@nf'o@_! n'aInf'aIv_!w'0n z'i@roUz'i@roU_!w'0n z'i@roUw'0n_!z'i@roU
EXPECTED
