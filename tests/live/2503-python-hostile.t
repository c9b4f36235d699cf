# A process that looks like a Python and overwrites its frames, code objects and
# strings with garbage while it is profiled.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

profile -v -- "$FIX/fakepython" 5
check_sums
like "it is taken for an interpreter" "$(cat "$T/raw")" '_\[p\]|\[unknown\]'
unlike "frames that make no sense have no name" \
    "$(sed -n 's/.*interpreters: .* \([0-9]*\) frames.*/\1/p' "$T/err")" '^0*$'
is "no control byte gets out" \
    "$(LC_ALL=C tr -d '\n\040-\176\200-\377' < "$T/named" | wc -c)" 0
done_testing
