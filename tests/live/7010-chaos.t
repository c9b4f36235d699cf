#!/bin/sh
# A few of the cycles of `make chaos`: the real commands, each killed at any
# instant; every sample arrives once or is named, no command runs twice.
. tests/tap.sh
. tests/live/profile.sh
need_sampling
command -v python3 > "$T/null" || skip_all "no python3"
status "18 cycles with a kill in each" 0 python3 tests/longrun/chaos.py 18 7
note "$(cat "$T/out" "$T/err")"
done_testing
