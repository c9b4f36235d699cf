# A program that PyInstaller made: in one file, which unpacks itself into a folder
# that somebody takes away while it runs, and in one folder. Its interpreter is a
# library that lies where no other does. The bundler is this machine's, or that of
# the root that tests/pythons made.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
root=$BUILD/pythons/root-sid
if command -v pyinstaller > /dev/null; then
	root=
elif [ ! -x "$root/usr/bin/pyinstaller" ]; then
	skip_all "no PyInstaller"
fi
d=/tmp/gp-bundle.$$
remove='rm -rf "$root$d"'
on_exit=$remove
mkdir -p "$root$d/src"
cp tests/live/python/shapes.py "$root$d/src/"

bundle() { # form name
	# shellcheck disable=SC2086 # words
	${root:+chroot $root} pyinstaller --log-level ERROR "$1" -n "$2" \
	    --workpath "$d/work" --distpath "$d" --specpath "$d" \
	    "$d/src/shapes.py" > "$T/log" 2>&1 && return
	note "$(tail -n 5 "$T/log")"
	return 1
}

# check_bundle NAME PROGRAM: what it unpacks is taken away when it is ready.
check_bundle() {
	cat > "$T/$1" <<EOF
#!/bin/sh
shift
(until grep -q ready "$T/said.\$1" || [ ! -d "$T" ]; do sleep .05; done
rm -rf "$root$d/unpacked.\$1") > /dev/null 2>&1 &
mkdir -p "$root$d/unpacked.\$1"
export TMPDIR=$d/unpacked.\$1
exec ${root:+chroot "$root"} "$d/$2" "\$@"
EOF
	chmod +x "$T/$1"
	check_shapes "$T/$1" lines:deep lines:methods lines:threads \
	    lines:sorted lines:generator
	on_exit=$remove
}

ok "PyInstaller makes one file" bundle --onefile file
check_bundle file file
is "what it had unpacked was gone" \
    "$(find "$root$d" -path '*/unpacked.*' -name 'libpython*')" ''
ok "PyInstaller makes one folder" bundle --onedir folder
check_bundle folder folder/folder
done_testing
