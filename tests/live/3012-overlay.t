#!/bin/sh
# A process whose root is an overlay, as containers' are: its files are found in
# both layers, and when they were replaced or removed meanwhile.
. tests/tap.sh
. tests/live/profile.sh

need_sampling
prog=$FIX/calls_static
[ -x "$prog" ] || skip_all "fixture calls_static is not built"

chmod 755 "$T"
mkdir "$T/fs"
# The test's folder may itself be an overlay, which cannot be a layer.
mount -t tmpfs none "$T/fs" 2> /dev/null || skip_all "cannot mount here"
pids=
on_exit='[ -z "$pids" ] || kill -9 $pids 2> /dev/null; wait
	umount "$T/root" 2> /dev/null; umount -l "$T/fs"'
mkdir "$T/fs/lower" "$T/fs/upper" "$T/fs/work" "$T/root"
cp "$prog" "$T/fs/lower/below"
cp "$prog" "$T/fs/upper/above"
cp "$prog" "$T/fs/lower/removed"
cp "$prog" "$T/fs/lower/replaced"
mount -t overlay -o \
    "lowerdir=$T/fs/lower,upperdir=$T/fs/upper,workdir=$T/fs/work" \
    none "$T/root" 2> "$T/err" || skip_all "no overlay: $(cat "$T/err")"

list=
for name in below above removed replaced; do
	rm -f "$T/began"
	mkfifo "$T/began"
	unshare --mount chroot "$T/root" "/$name" 600 > "$T/began" & p=$!
	pids="$pids $p"
	list="$list,$p"
	read -r _ < "$T/began"
done
rm "$T/root/removed"
# Another build under that name.
cp /bin/sh "$T/root/new"
mv "$T/root/new" "$T/root/replaced"
profile -p "${list#,}" -d 3s
check_sums
for name in below above removed replaced; do
	n=$(grep "^$name-" "$T/folded" | awk '/;main;outer;middle;inner/ {
	    n += $NF } END { print n + 0 }')
	all=$(awk -v re="^$name-" '$0 ~ re { n += $NF } END { print n + 0 }' \
	    "$T/folded")
	ok "$name: its functions have names ($n of $all)" \
	    [ "$all" -ge 50 -a "$((n * 100))" -ge "$((all * 95))" ]
done
ok "its files are not here" [ ! -e /below ]

done_testing
