#!/bin/sh
# The page in a real browser: clicked, typed into, looked at.
. tests/tap.sh

command -v chromium > /dev/null || skip_all 'no chromium'
command -v python3 > /dev/null || skip_all 'no python3'
python3 tests/browser/flame.py "$T"
