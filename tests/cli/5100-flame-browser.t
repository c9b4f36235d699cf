#!/bin/sh
# The page in a real browser: clicked, typed into, looked at.
. tests/tap.sh
. tests/browser/run.sh
browser_test flame.py
