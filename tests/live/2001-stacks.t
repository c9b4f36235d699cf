# Programs that print the stack they are in: plain C with and without frame
# pointers, static, by clang, C++, Rust.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

programs="calls calls_nofp calls_static calls_clang calls_debuglink"
if readelf -t "$FIX/calls_debugzstd.debug" 2> /dev/null | grep -q ZSTD; then
	programs="$programs calls_debugzstd"
else
	skip "call frame information compressed with zstd" "objcopy cannot"
fi
for p in $programs; do
	profile -- "$FIX/$p" 2
	check_sums
	check_stack "$p" "$MAIN" "main;outer;middle;inner"
done

profile -- "$FIX/sort" 2
check_sums
stack=$(sed -n 's/^stack //p' "$T/truth")
qsort='(([a-z_0-9.]*sort[a-z_0-9.]*|\[libc[^;]*\]);)+'
check_stack sort "$THREAD""sorter;$qsort" "$stack"
ok "stacks come in the order of their tree: none begins as one before the last did" awk '
	/^#/ { split("", left); n = 0; next }
	{
		sub(/ [0-9]+$/, "")
		k = split($0, f, ";")
		path = ""
		for (i = 1; i <= k; i++) {
			now[i] = path = path ";" f[i]
			if (path in left) bad++
		}
		for (i = 1; i <= n; i++)
			if (i > k || now[i] != last[i]) left[last[i]]
		for (i = 1; i <= k; i++) last[i] = now[i]
		n = k
		lines++
	}
	END { print "# " bad + 0 " of " lines; exit !(lines > 20 && !bad) }' "$T/raw"

profile -- "$FIX/cxx" 2
check_sums
checkout='shop::checkout\(shop::Item\*, double\);'
lambda='std::_Function_handler<[^;]*>::_M_invoke\([^;]*\);'
check_stack cxx "${MAIN}main;$checkout($lambda)?(shop::checkout[^;]*;)?" \
    "shop::Book::price(double)"

for p in rusty rusty_v0; do
	profile -- "$FIX/$p" 2
	check_sums
	check_stack "$p" "${MAIN}main;(std::[^;]*;)*rusty::main;rusty::dig[^;]*;" \
	    "<rusty::Miner as rusty::Worker>::work"
done
done_testing
