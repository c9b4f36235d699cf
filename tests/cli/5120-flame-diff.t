#!/bin/sh
# Differences and heat maps in a real browser.
. tests/tap.sh
. tests/browser/run.sh
browser_test flame_diff.py
