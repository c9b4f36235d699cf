#!/bin/sh
# One program in the forms that linkers and packagers have: names as eu-addr2line or
# llvm-symbolizer tell them. All of what the machine has: make check-names.
. tests/tap.sh

for tool in cc python3 llvm-symbolizer eu-addr2line objcopy xz; do
	command -v "$tool" > /dev/null || skip_all "no $tool"
done
tests/names/check-corpus -s -n 300 > "$T/out" 2> "$T/err"
is "every name is the others', or explained" "$?" 0
ok "in several forms ($(tail -n 1 "$T/out"))" \
    [ "$(grep -c ' addresses, ' "$T/out")" -ge 8 ]
is "nothing else is said" "$(cat "$T/err")" ""
sed 's/^/# /' "$T/out"
done_testing
