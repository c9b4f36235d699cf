# Mappings that change: libraries loaded and unloaded in turn, one unlinked while
# used, code made at run time.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

mkdir "$T/lib"
cp "$FIX/libplug_a.so" "$FIX/libplug_b.so" "$T/lib/"
# In a loop, at the same addresses: it takes the sampler some milliseconds to
# hear of each change; stacks of meanwhile are cut, but never wrong.
profile -- "$FIX/dlopens" 4 "$T/lib"
check_sums
check_stack dlopens "${MAIN}" "main;use;plug_run;plug_work" 40
ok "what the library calls back has it as its caller" awk '
	/;called_back/ && !/^[^;]*;\[truncated\]/ { n += $NF
		if (/;main;use;plug_run;plug_work;called_back/) k += $NF }
	END { print "# " k " of " n; exit !(n > 100 && k == n) }' "$T/folded"

profile -- "$FIX/dlopens" 1 "$T/lib" once
check_sums
check_stack dlopens "${MAIN}" "main;use;plug_run;plug_work" 48
ok "loaded once, used, unlinked: nothing is cut" awk '
	{ n += $NF } /^[^;]*;\[truncated\]/ { t += $NF }
	END { print "# " t + 0 " of " n; exit !(n > 100 && t <= n / 200) }' \
	"$T/folded"

# Made code comes and goes; its leaf has no frame most of the time.
for engine in bpf perf; do
	profile --engine=$engine -- "$FIX/jits" 3
	check_sums
	note "$engine"
	check_stack jits "$MAIN" "main;call_made;made_code_[j];made_leaf_[j]" 30
	ok "$engine: code that a JIT made has its callers" awk '
		/;made_(code|leaf)_/ { n += $NF }
		/;made_(code|leaf)_/ && /^[^;]*;\[truncated\]/ { t += $NF }
		END { print "# " t + 0 " of " n " are cut"
		exit !(n > 100 && t <= n / 20) }' "$T/folded"
	rm -f /tmp/perf-"$(sed -n 's/^jits-\([0-9]*\).*/\1/p' "$T/folded" |
	    head -n 1)".map
done

# Code is another by the time that a sample is looked at: what is at its place then
# says nothing of whether its frame was there yet.
for engine in bpf perf; do
	for kind in '' writable; do
		# shellcheck disable=SC2086 # nothing, or a word
		profile -F 1999 --engine=$engine -- "$FIX/remakes" 2 $kind
		check_sums
		note "$engine ${kind:-not writable}"
		check_stack remakes "$MAIN" \
		    "main;call_made;made_code_[j];made_leaf_[j]" 30
		rm -f /tmp/perf-"$(sed -n 's/^remakes-\([0-9]*\).*/\1/p' \
		    "$T/folded" | head -n 1)".map
	done
done
done_testing
