#!/bin/sh
# gp-run: stages that stop or do not listen are ended at their deadline, and the
# cycle comes to its end. The waits overlap: each case is a gp-run of its own.
. tests/tap.sh
. tests/run-fakes.sh

# case NAME VARIABLE=VALUE: start one in a folder of its own.
start() {
	mkdir -p "$T/$1/tmp"
	cp "$T/stream" "$T/$1"
	(
		export FAKE_DIR="$T/$1" "$2"
		"$BIN/gp-run" -d 1s --deadline 6s --bindir "$FAKES" \
		    --lock "$T/$1/lock" --tmpdir "$T/$1/tmp" \
		    --spool "$T/$1/spool" > "$T/$1/out" 2> "$T/$1/err"
		echo $? > "$T/$1/status"
	) &
}
start record FAKE_RECORD=stop
start record-deaf FAKE_RECORD=deaf
start symbolize FAKE_SYMBOLIZE=stop
start symbolize-stubborn FAKE_SYMBOLIZE=stubborn
start collapse FAKE_COLLAPSE=stubborn
start upload FAKE_UPLOAD=stubborn
wait

result() { # NAME STATUS
	is "$1: the status" "$(cat "$T/$1/status")" "$2"
	T=$T/$1 nothing_left "$1"
}
result record 70
result record-deaf 70
for c in symbolize symbolize-stubborn; do
	result $c 1
	is "$c: addresses stand for names" "$(cat "$T/$c/uploaded")" \
	    "$(printf 'app-7;[kernel+ff80]_[k] 2\napp-7;[libc.so.6+10];main 3')"
	like "$c: the deadline is named" "$(cat "$T/$c/err")" 'gp-symbolize \[RUN_DEADLINE\]'
done
result collapse 1
like "collapse: the named stream is uploaded" "$(cat "$T/collapse/uploaded")" \
    '^app-7;malloc;main 3$'
result upload 75
is "upload: the profile is kept" "$(grep -hv "^#" "$T"/upload/spool/unsent/* | wc -l)" 2
done_testing
