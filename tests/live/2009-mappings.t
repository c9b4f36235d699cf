# Mappings that change: libraries loaded and unloaded in turn, one unlinked while
# used, code made at run time.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

mkdir "$T/lib"
cp "$FIX/libplug_a.so" "$FIX/libplug_b.so" "$T/lib/"
# In a loop, at the same addresses. The first time that one is in the other's place it
# takes until gp-record runs next to hear of it, and stacks of meanwhile are cut
# at the library; from then on walks that come there ask.
profile --timestamps=1s -- "$FIX/dlopens" 5 "$T/lib"
check_sums
awk '/^#time / { first = / at=0( |$)/ } /^[^#]/ && !first' "$T/named" \
    > "$T/folded"
ok "of the first second a tenth is cut at most" awk '
	/^#time / { first = / at=0( |$)/ }
	/^dlopens-/ && first { n += $NF; if (/;\[truncated\]/) t += $NF }
	END { print "# " t + 0 " of " n; exit !(n > 100 && t <= n / 10) }' \
    "$T/named"
check_stack dlopens "$MAIN" "main;use;plug_run;plug_work" 98
ok "what the library calls back has it as its caller" awk '
	/;called_back/ && !/^[^;]*;\[truncated\]/ { n += $NF
		if (/;main;use;plug_run;plug_work;called_back/) k += $NF }
	END { print "# " k " of " n; exit !(n > 100 && k == n) }' "$T/folded"

profile -- "$FIX/dlopens" 1 "$T/lib" once
check_sums
check_stack dlopens "$MAIN" "main;use;plug_run;plug_work" 98
ok "loaded once, used, unlinked: nothing is cut" awk '
	{ n += $NF } /^[^;]*;\[truncated\]/ { t += $NF }
	END { print "# " t + 0 " of " n; exit !(n > 100 && t <= n / 200) }' \
	"$T/folded"

# check_cuts DESCRIPTION OFFSETS: nothing is cut but at these offsets in a page of made
# code, its functions' first two instructions and their last.
check_cuts() {
	ok "$1: cut are first and last instructions only" awk -v at="$2" '
	/^#/ || !/^[^;]*;\[truncated\]/ { next }
	{
		n += $NF
		sub(/(;\$k\+[^;]*)? [0-9]+$/, "")
		sub(/;\$k\+.*/, "")
		if ($0 !~ /^[^;]*;\[truncated\];\$j[0-9]+\+[0-9a-f]*$/ ||
		    !index(" " at " ", " " substr($0, length - 2) " ")) {
			print "# cut: " $0
			bad++
		}
	}
	END { print "# " n + 0 " cut"; exit bad > 2 }' "$T/raw"
}

# Made code comes and goes. Without the kernel's walk, its first and last instructions
# are looked at later, when they may be gone.
stack="main;call_made;made_code_[j];made_leaf_[j]"
for engine in bpf perf; do
	except=; [ $engine = perf ] && except='made_(leaf|code)_\\[j\\]'
	profile --engine=$engine -- "$FIX/jits" 3
	check_sums
	note "$engine"
	check_stack jits "$MAIN" "$stack" 30 "$except"
	check_cuts $engine "000 001 013 020 021 025"
	rm -f /tmp/perf-"$(sed -n 's/^jits-\([0-9]*\).*/\1/p' "$T/folded" |
	    head -n 1)".map
done

# Code is another by the time that a sample is looked at: what is at its place then
# says nothing of whether its frame was there yet. Where one has its first or last
# instructions, the other is in the middle.
for engine in bpf perf; do
	except=; [ $engine = perf ] && except='made_(leaf|code)_\\[j\\]'
	for kind in '' writable; do
		# shellcheck disable=SC2086 # nothing, or a word
		profile -F 1999 --engine=$engine -- "$FIX/remakes" 2 $kind
		check_sums
		note "$engine ${kind:-not writable}"
		check_stack remakes "$MAIN" "$stack" 30 "$except"
		check_cuts "$engine ${kind:-not writable}" \
		    "000 001 013 020 021 030 031 035 039"
		rm -f /tmp/perf-"$(sed -n 's/^remakes-\([0-9]*\).*/\1/p' \
		    "$T/folded" | head -n 1)".map
	done
done
done_testing
