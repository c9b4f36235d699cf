#!/bin/sh
# Images in a real browser, and the policies that pages and images are sent with.
. tests/tap.sh
. tests/browser/run.sh
browser_test flame_svg.py
