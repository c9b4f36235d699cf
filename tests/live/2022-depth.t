# How deep: 255 frames by any engine, 1,024 by any in the kernel, and what is deeper
# says so and has its innermost frames; less where gp-record is late.
. tests/tap.sh
. tests/live/profile.sh
need_sampling

# deep ENGINE DEPTH: into $T/raw, and "SAMPLES CUT FRAMES", of the shallowest that
# was sampled at the bottom.
deep() {
	"$BIN/gp-record" -q -F 499 --engine="$1" -o "$T/raw" -- "$FIX/deep" 1 "$2" \
	    > "$T/truth" 2>&1
	awk '/^deep-/ {
		n += $NF
		if (/^[^;]*;\[truncated\]/) t += $NF
		k = gsub(/;\$[0-9]/, ";") # not the kernel'"'"'s
		if (k > most) most = k
	} END { print n + 0, t + 0, most + 0 }' "$T/raw"
}

for engine in bpf bpf-bounded perf; do
	for depth in 256 1024 6000; do
		# Without BPF, 16 KB of stack are all there is.
		[ $engine$depth != perf1024 ] || continue
		# shellcheck disable=SC2046 # three numbers
		set -- $(deep $engine $depth)
		note "$engine, $depth: $2 of $1 cut, $3 frames"
		ok "$engine, $depth: there are samples" [ "$1" -ge 100 ]
		if [ $depth = 6000 ]; then
			# The first and the last are of its way down and up.
			ok "$engine, $depth: all are cut" [ "$2" -ge $(($1 * 98 / 100)) ]
		else
			ok "$engine, $depth: all are whole" [ "$2" -le $(($1 / 200)) ]
			ok "$engine, $depth: all frames" [ "$3" -ge $depth ]
		fi
	done
	least=255
	[ $engine = perf ] || least=3700
	ok "$engine: the innermost $least frames at least" [ "$3" -ge $least ]
done

# While gp-record gets no CPU its ring fills up: what a sample takes along of a stack,
# here of 64 KB, gets shorter, so that none is lost; how many are cut by that is said.
for engine in bpf bpf-bounded; do
	# shellcheck disable=SC2016 # for the other shell
	status "$engine, halted: it ends well" 0 "$BIN/gp-record" -v -F 1999 \
	    --engine=$engine -o "$T/raw" -- sh -c 'kill -STOP $PPID
	    "$@"; kill -CONT $PPID' sh "$FIX/odd" bigframe 1
	like "$engine, halted: nothing is lost" "$(grep '^#end' "$T/raw")" ' lost=0 '
	cut=$(sed -n 's/^#end .*truncated=\([0-9]*\).*/\1/p' "$T/raw")
	said=$(sed -n 's/.* unreadable (\([0-9]*\) as the ring .*/\1/p' "$T/err")
	whole=$(sed -n 's/.* walks: \([0-9]*\) whole.*/\1/p' "$T/err")
	note "$whole whole, $cut cut, $said of these as the ring filled up"
	ok "$engine, halted: what came first is whole" [ "$whole" -ge 20 ]
	ok "$engine, halted: what came later is cut" [ "$cut" -ge 100 ]
	ok "$engine, halted: for that reason" [ "$said" -ge $((cut - 2)) ]
done
done_testing
