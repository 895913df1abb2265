#!/usr/bin/env bash
# filetype 1.2.0, puremagic 1.30, magika 1.0.3 (PyPI), file-type 21.3.4 (npm) and libmagic 5.44 (Debian 12's file): what
# kind of file a telephone's prompt is, told from its bytes. lame 3.100 (Debian 12) makes the MP3 files.
#
# Guess before the run: MP3 of 8 kHz is audio/mpeg, as MP3 of 44.1 kHz is: both begin with the same 11 bits. Headerless
# G.711 is of an unknown kind.
# Behaviour: filetype does not know MP3 of 8 kHz, and puremagic knows no MP3 below 44.1 kHz, if it has no tag. A silent
# headerless prompt is MP3 to file-type (mu-law), text to libmagic (both), an AutoIt script to magika (A-law), and
# Common Data Format to libmagic, if it is the silence that SoX makes of 16 bits.
