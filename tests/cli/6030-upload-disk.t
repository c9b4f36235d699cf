# gp-upload on a disk that is full, read-only, or out of inodes.
. tests/tap.sh
. tests/fixtures/http_sink.sh
up=$BIN/gp-upload
ns=
unshare -m true 2> /dev/null && ns='unshare -m'
[ -n "$ns" ] || { unshare -Urm true 2> /dev/null && ns='unshare -Urm'; }
[ -n "$ns" ] || skip_all "no mount namespaces"
mkdir "$T/m"
# Run a command with a small file system on $T/m, and then list it.
cat > "$T/on" <<'EOF'
options=$1 list=$2
shift 2
mount -t tmpfs -o "$options" tmpfs "$T/m" || exit 99
rc=0
if [ -n "$PREPARE" ]; then eval "$PREPARE"; fi
"$@" < "$T/in" || rc=$?
chmod -R u+rwX "$T/m" 2> /dev/null
(cd "$T/m" && find . -type f ! -name .usage ! -name filler | LC_ALL=C sort) > "$list"
exit $rc
EOF
export T PREPARE=
on() { options=$1; shift; $ns sh "$T/on" "$options" "$T/list" "$@"; }
printf 'x;y 3\n' > "$T/in"
on size=1m true || skip_all "tmpfs cannot be mounted"

# Incompressible: each line a different name.
awk 'BEGIN { srand(1); for (i = 0; i < 60000; i++)
    printf "p-%d;%08x%08x;%08x 1\n", i, rand() * 2^31, rand() * 2^31, rand() * 2^31 }' > "$T/in"
status "the directory's disk fills up: 74" 74 on size=256k "$up" --dir="$T/m/d"
is "in one line" "$(cat "$T/err")" "gp-upload: $T/m/d: cannot store the profile: No space left on device"
is "nothing is left of it" "$(cat "$T/list")" ""
status "-q does not hide it" 74 on size=256k "$up" -q --dir="$T/m/d"
like "said" "$(cat "$T/err")" 'No space left'
for size in 128k 1m 3m; do
	status "the spool's disk fills up at $size: 74" 74 on size=$size "$up" \
	    --url=http://127.0.0.1:1/ --spool="$T/m/s" --retries=0
	like "said" "$(cat "$T/err")" "^gp-upload: $T/m/s: cannot spool the profile: No space left on device\$"
	is "nothing is left of it" "$(cat "$T/list")" ""
done
status "with a spool that is full, the directory gets it" 74 on size=1m "$up" \
    --url=http://127.0.0.1:1/ --spool="$T/m/s" --retries=0 --dir="$T/d"
is "whole" "$(zcat "$T"/d/2*/*/*/*.gz | cksum)" "$(cksum < "$T/in")"
printf 'x;y 3\n' > "$T/in"
PREPARE='i=0; while touch "$T/m/$i" 2> /dev/null; do i=$((i + 1)); done; rm "$T/m/0"'
status "no inodes" 73 on size=1m,nr_inodes=20 "$up" --dir="$T/m/d"
like "said" "$(cat "$T/err")" 'cannot store the profile: No space left'
PREPARE='mkdir "$T/m/d"; mount -o remount,ro "$T/m"'
status "read-only" 73 on size=1m "$up" --dir="$T/m/d"
like "said" "$(cat "$T/err")" 'cannot store the profile: Read-only file system'
PREPARE='mkdir "$T/m/d"; cat /dev/zero > "$T/m/filler" 2> /dev/null'
status "full from the start" 74 on size=256k "$up" --dir="$T/m/d"
is "nothing is left" "$(cat "$T/list")" ""
status "standard output on a full disk does not matter" 0 sh -c \
    '"$1" --dir="$2" < "$3" > /dev/full' - "$up" "$T/d3" "$T/in"
PREPARE=
sink_start
cat > "$T/fill" <<'EOF'
up=$1 spool=$2 url=$3
for i in 1 2 3; do
	echo "x;f$i 1" | "$up" --to='http://127.0.0.1:1/ name=a' \
	    --to='http://127.0.0.1:1/ name=b' --spool="$spool" --retries=0 -q
	rm -f "$spool"/to/*/state
done
cat /dev/zero > "$T/m/filler" 2> /dev/null
"$up" --to="$url name=b" --spool="$spool" --flush
EOF
sink_says 200 200 200
status "on a full disk, what waits is sent all the same" 0 on size=300k sh "$T/fill" "$up" "$T/m/s" "$URL"
is "all of it" "$(sink_log | wc -l | tr -d ' ')" 3
done_testing
