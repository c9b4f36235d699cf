#!/bin/sh
#
# run.sh - tests in headless Chromium, as TAP; sourced after tap.sh.
command -v chromium > /dev/null || skip_all 'no chromium'
command -v python3 > /dev/null || skip_all 'no python3'
# browser_test NAME.py: pages and screenshots go to $T.
browser_test() { python3 "tests/browser/$1" "$T"; }
