#!/bin/sh
# Which application a process is: found by gp-discover, passed on by gp-record.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

mkdir "$T/shop"
echo 'while True: pass' > "$T/shop/app.py"
(cd "$T/shop" && exec python3 app.py) & load=$!
on_exit='kill $load; wait $load 2> /dev/null'
want="python: app.py ($T/shop/app.py)"
# Between fork and exec it is still this shell; and an interpreter is one once
# its libraries are mapped.
tries=0
until "$BIN/gp-discover" -p $load --json | grep -qF "\"app\":\"$want\"" ||
    [ $tries -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
like "gp-discover finds it" "$("$BIN/gp-discover" -p $load --json)" \
    "\"app\":\"python: app.py \\($T/shop/app.py\\)\""
"$BIN/gp-discover" -p $load > "$T/targets"
like "and says so in its stream" "$(cat "$T/targets")" \
    "app=python:%20app.py%20\\($T/shop/app.py\\) "
status "gp-record takes the list" 0 "$BIN/gp-record" -d 500ms -F 499 \
    --targets="$T/targets"
like "and passes it on" "$(grep "^#process pid=$load " "$T/out")" \
    "app=python:%20app.py%20\\($T/shop/app.py\\) "
done_testing
