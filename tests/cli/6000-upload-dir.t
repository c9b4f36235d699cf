# gp-upload --dir: dated files, whole or not at all, bounded.
. tests/tap.sh
up=$BIN/gp-upload
D=$T/d
files() { (cd "$D" && find . -type f ! -name .usage | LC_ALL=C sort); }
count() { files | wc -l | tr -d ' '; }

printf 'a;b 3\na;c 4\n' > "$T/in"
IN=$T/in status "a folded profile is stored" 0 "$up" --dir="$D"
is "nothing is said" "$(cat "$T/out" "$T/err")" ""
host=$(uname -n | tr -c 'A-Za-z0-9._\n-' _ | cut -c1-63)
like "the name is the date in UTC and the host" "$(files)" \
    "^\./$(date -u +%Y/%m)/[0-9]{2}/[0-9]{2}-[0-9]{2}-[0-9]{2}\.[0-9]{3}Z-$host\.folded\.gz\$"
ok "the content is the input" sh -c 'zcat "$1"/2*/*/*/* | cmp - "$2"' - "$D" "$T/in"
is "others cannot read it" "$(find "$D" -type f -perm /007)" ""

rm -rf "$D"
printf '#gp version=1 kind=named host=../we/b%%207\nx-1;a 2\n#end lines=1 samples=2 lost=0\n' > "$T/gp"
IN=$T/gp status "a stream is stored" 0 "$up" --dir="$D"
like "a host cannot choose a path" "$(files)" 'Z-_\._we_b_7\.folded\.gz$'
ok "records stay" sh -c 'zcat "$1"/2*/*/*/* | cmp - "$2"' - "$D" "$T/gp"
status "a file is an operand" 0 "$up" --dir="$D" "$T/in"
status "- is standard input, here empty" 65 "$up" --dir="$D" -
status "a file that is not there" 66 "$up" --dir="$D" "$T/none"

# What is not whole.
rm -rf "$D"
IN=/dev/null status "an empty input is an error" 65 "$up" --dir="$D"
like "it asks for the reason" "$(cat "$T/err")" 'is empty: did the command before it fail'
head -c 40000 /dev/urandom | tr -d '0-9' > "$T/junk"; echo >> "$T/junk"
IN=$T/junk status "bytes that are no profile" 65 "$up" --dir="$D"
is "of both nothing is stored" "$(count)" 0
sed '$d' "$T/gp" > "$T/cut"
IN=$T/cut status "a stream without its end" 65 "$up" --dir="$D"
like "is kept as partial" "$(files)" '\.partial\.folded\.gz$'
like "it says so" "$(cat "$T/err")" 'without #end.*partial'
ok "with what arrived" sh -c 'zcat "$1"/2*/*/*/* | cmp - "$2"' - "$D" "$T/cut"
rm -rf "$D"
printf 'a;b 3\na;c 41' > "$T/half"
IN=$T/half status "a last line that breaks off" 65 "$up" --dir="$D"
is "is not kept, what is before it is" "$(zcat "$D"/2*/*/*/*.partial.folded.gz)" "a;b 3"
rm -rf "$D"
printf '#gp version=1 kind=named\n' > "$T/head"
IN=$T/head status "a stream that breaks off before its first sample" 65 "$up" --dir="$D"
is "leaves nothing" "$(count)" 0
printf 'a;b 3\nnot a sample\na;c 4\n' > "$T/bad"
IN=$T/bad status "one bad line costs that line" 1 "$up" --dir="$D"
is "and no other" "$(zcat "$D"/2*/*/*/*.gz | tr '\n' ,)" "a;b 3,a;c 4,"
status "input that cannot be read" 74 "$up" --dir="$D" "$T"

# Many at once: none is lost, none replaces another.
rm -rf "$D"
i=0
while [ $i -lt 24 ]; do
	echo "a;f$i 1" | "$up" --dir="$D" &
	i=$((i + 1))
done
wait
is "24 at the same time are 24 files" "$(count)" 24
is "with 24 contents" "$(find "$D" -name '*.gz' -exec zcat {} + | sort -u | wc -l | tr -d ' ')" 24
is "and nothing else is left" "$(find "$D" -name '.*' -type f)" "$D/.usage"

# Bounds.
oldest=$(files | head -n 20)
IN=$T/in status "a bound in files holds" 0 "$up" --dir="$D" --max-files=5
is "five are left" "$(count)" 5
# shellcheck disable=SC2086
ok "the oldest are gone" sh -c 'cd "$1" && shift && for f; do [ ! -e "$f" ] || exit 1; done' - "$D" $oldest
IN=$T/in status "what was removed is told with -v" 0 "$up" --dir="$D" --max-files=5 -v
like "by its code" "$(cat "$T/err")" 'UPLOAD_REMOVED'
mkdir -p "$D/2020/01/02" "$D/2020/02/30x" "$D/notes"
old=$D/2020/01/02/03-04-05.678Z-h.folded.gz
head -c 100000 /dev/zero > "$old"
touch "$D/notes/keep" "$D/2020/01/02/keep" "$D/2020/02/30x/03-04-05.678Z-h.folded.gz"
ln -s "$D/notes" "$D/2019"
rm "$D/.usage" # what others put there is counted once a day
IN=$T/in status "a bound in bytes holds" 0 "$up" --dir="$D" --max-size=60K
ok "the large old one is gone" [ ! -e "$old" ]
ok "what is not a profile stays" [ -e "$D/notes/keep" -a -e "$D/2020/01/02/keep" \
    -a -e "$D/2020/02/30x/03-04-05.678Z-h.folded.gz" -a -L "$D/2019" ]
mkdir -p "$D/2020/03/04"
: > "$D/2020/03/04/03-04-05.678Z-h.folded.gz"
IN=$T/in status "a bound that nothing fits" 0 "$up" --dir="$D" --max-size=1
is "leaves the newest" "$(find "$D" -name "*Z-$host.folded.gz" | wc -l | tr -d " ")" 1
ok "and takes empty folders away" [ ! -e "$D/2020/03" ]

# Where.
IN=$T/in status "a folder that cannot be made" 73 "$up" --dir=/proc/nothing/here
like "it is named" "$(cat "$T/err")" '^gp-upload: /proc/nothing/here: cannot store'
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
	mkdir "$T/home" && chmod 777 "$T/home" && chmod 755 "$T"
	# Where nobody finds it, too, if the project is in root's home.
	cp "$up" "$T/gp-upload" && chmod 755 "$T/gp-upload"
	up=$T/gp-upload
	IN=$T/in status "without --dir, a user's is the state folder" 0 \
	    setpriv --reuid=65534 --clear-groups env HOME="$T/home" XDG_STATE_HOME= "$up"
	like "below HOME" "$(find "$T/home" -type f)" 'home/\.local/state/gp/profiles/2.*\.gz$'
	IN=$T/in status "or where XDG_STATE_HOME says" 0 \
	    setpriv --reuid=65534 --clear-groups env XDG_STATE_HOME="$T/home/x" "$up"
	like "there" "$(find "$T/home/x" -type f)" 'x/gp/profiles/2.*\.gz$'
else
	skip "default folders of a user" "needs root and setpriv"
fi

# Command line.
status "a size that is none" 64 "$up" --dir="$D" --max-size=much
status "a second operand" 64 "$up" --dir="$D" a b
status "--flush needs a URL" 64 "$up" --dir="$D" --flush
done_testing
