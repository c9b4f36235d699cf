#!/bin/sh
# Filters, order, colours, history and saving, in a real browser.
. tests/tap.sh
. tests/browser/run.sh
browser_test flame_work.py
