#!/bin/sh
# gp-run: each stage runs with the capabilities that it needs, and no way to more.
# The stages are shells that show their own /proc/PID/status.
. tests/tap.sh
. tests/run-fakes.sh
[ "$(id -u)" -eq 0 ] || skip_all "not root: there is nothing to give up"
command -v setpriv > "$T/null" || skip_all "no setpriv"

# Capabilities by number: linux/capability.h.
bit() { _m=0; for _b; do _m=$((_m | 1 << _b)); done; echo $_m; }
read_search=2 ptrace=19 syslog=34 perfmon=38 bpf=39 restore=40
have=$((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)))
need=$(bit $read_search $ptrace $syslog $perfmon $bpf $restore)
[ $((have & need)) -eq "$need" ] || skip_all "this root lacks a capability"

# What a stage does first: show what it is.
for s in discover record symbolize collapse upload; do
	sed -i "2i grep -E '^(Cap|NoNewPrivs|Uid|Groups)' /proc/self/status > \"\$FAKE_DIR/$s.status\"" \
	    "$FAKES/gp-$s"
done
caps() { # STAGE SET
	echo $((0x$(sed -n "s/^$2:[[:space:]]*//p" "$T/$1.status")))
}
# expect DESCRIPTION: what each of the stages has.
expect() {
	while read -r stage want; do
		for set in CapPrm CapEff CapInh CapAmb; do
			is "$1: gp-$stage: $set" "$(caps "$stage" $set)" "$want"
		done
		like "$1: gp-$stage cannot get more" "$(cat "$T/$stage.status")" \
		    '^NoNewPrivs:[[:space:]]*1$'
	done <<-EOT
	discover $(bit $read_search $ptrace $restore)
	record $(bit $read_search $ptrace $restore $perfmon $bpf)
	symbolize $(bit $read_search $ptrace $restore $syslog)
	collapse 0
	upload 0
	EOT
}

status "a cycle as root" 0 gp_run --discover
expect root
for s in record symbolize collapse upload; do
	is "root: gp-$s: nor the bounding set" "$(caps $s CapBnd)" "$(caps $s CapPrm)"
done

# Without CAP_SETPCAP, as root in a container: no_new_privs does it.
run_without() { setpriv --inh-caps -all --bounding-set -setpcap \
    "$BIN/gp-run" --bindir "$FAKES" --lock "$T/lock" --tmpdir "$T/tmp" \
    --spool "$T/spool" --discover; }
rm -f "$T"/*.status
status "a cycle as a root that cannot lower the bounding set" 0 run_without
expect "container's root"

# As the service: a user, with ambient capabilities.
chmod 755 "$T"
cp "$BIN/gp-run" "$T/bin"
chmod 755 "$T/bin" "$T/bin"/*
mkdir "$T/theirs"
cp "$T/stream" "$T/theirs"
mkdir "$T/theirs/tmp"
chown -R 65534:65534 "$T/theirs"
c=+dac_read_search,+sys_ptrace,+syslog,+perfmon,+bpf,+checkpoint_restore,+chown
as_user() { # CAPS ARGUMENT...
	_c=$1; shift
	env FAKE_DIR="$T/theirs" STATE_DIRECTORY="$T/theirs/state" \
	    setpriv --reuid 65534 --regid 65534 --clear-groups \
	    --inh-caps "-all$_c" --bounding-set "-all$_c" --ambient-caps \
	    "-all$_c" "$T/bin/gp-run" --lock "$T/theirs/lock" --tmpdir \
	    "$T/theirs/tmp" --spool "$T/theirs/spool" "$@"
}
status "a cycle as a service" 0 as_user ",$c" --discover
T=$T/theirs expect "service"
rm -f "$T/theirs"/*.status
status "a cycle of a user who has none" 0 as_user ''
is "gives none" "$(T=$T/theirs caps record CapEff)" 0

# Root by hand, in the state of a service.
rm -rf "$T/theirs"/*.status "$T/theirs/uploaded" "$T/theirs/state"
mkdir "$T/theirs/state"; chown 65534:65534 "$T/theirs/state"
by_hand() {
	env FAKE_DIR="$T/theirs" "$T/bin/gp-run" --state "$T/theirs/state" \
	    --lock "$T/theirs/lock" --tmpdir "$T/theirs/tmp" --spool \
	    "$T/theirs/spool" --discover "$@"
}
status "root in the state of another user" 0 by_hand
T=$T/theirs expect "by hand"
for s in record upload; do
	like "gp-$s runs as that user" "$(cat "$T/theirs/$s.status")" \
	    '^Uid:[[:space:]]*65534[[:space:]]+65534[[:space:]]+65534[[:space:]]+65534$'
	like "gp-$s: in no group" "$(cat "$T/theirs/$s.status")" \
	    '^Groups:[[:space:]]*$'
done
is "nothing in the state is root's" "$(find "$T/theirs/state" -user 0)" ""
like "and the census can see it all" "$(cat "$T/theirs/state/metrics.prom")" \
    '^gp_cycle_processes [1-9]'
FAKE_UPLOAD=segv status "a profile that is kept" 75 by_hand
is "is that user's too" "$(find "$T/theirs/state" -user 0)" ""
status "so that the service sends it" 0 as_user ",$c"
is "both" "$(wc -l < "$T/theirs/uploaded")" 6
done_testing
