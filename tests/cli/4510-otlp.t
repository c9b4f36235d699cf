#!/bin/sh
# gp-convert --to=otlp: read again by a decoder that has the schema's numbers and
# names on its own, everything is there, in protobuf as in JSON.
. tests/tap.sh

convert=$BIN/gp-convert
if ! command -v python3 > /dev/null; then
	skip "OTLP profiles are whole" "no python3"
	done_testing
	exit
fi
otlp() { python3 tests/fixtures/otlp.py "$@"; }
raw=tests/golden/gp-convert/raw.stream

# Names that break what does not quote, a name of a megabyte, a deep stack, one
# function inlined in itself and in others.
{
	printf 'a"b\\c;d\0027e\001f;</script>;{"x":1};fn=(1) x\n' |
	    sed 's/$/ 1/'
	printf 'caf\303\251;\377\376;\342\200\256rtl;%%s%%n;-0x1 5\n'
	printf 'a;'; head -c 1000000 /dev/zero | tr '\0' n; echo ' 2'
	i=0
	while [ $i -lt 9000 ]; do printf 'frame%d;' $i; i=$((i + 1)); done
	echo 'leaf 4'
	echo 'b;f;f_[i];f_[i];g_[i];h 6'
	echo 'b;f;f_[i] 7'
	echo 'b;f 8'
	echo '_[i];x_[i] 9'
	echo 'a 18446744073709551000'
} > "$T/hostile.folded"

# Processes in containers and in none, two threads of one, a comm that two have.
cat > "$T/places.stream" << 'END'
#gp version=1 kind=named host=web-7 arch=aarch64 freq=99 start=2026-01-02T03:04:05Z interval=0.5
#process pid=7 comm=web container=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 engine=docker container_name=shop
#process pid=8 comm=web
#process pid=9 comm=pod container=1f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 engine=k8s namespace=shop pod=web-5d4f container_name=nginx
web-7/7;early 1
#time at=1.5
web-7/7;late 2
#time at=0.5
web-7/8;late 3
web-8;late 4
pod-9/11;early 5
#time at=1
web-7/7;late 6
#end lines=6 samples=21
END

# A file of which some functions have names and some have none: one mapping.
cat > "$T/half.script" << 'END'
app 7/7 [000] 1.000001: 1 cycles: 
	            1000 [unknown] (/bin/app)
	            1010 f+0x10 (/bin/app)
	ffffffff81000010 g+0x10 ([kernel.kallsyms])

END

for in in "$T/half.script" "$raw" tests/golden/gp-convert/named.folded \
    tests/golden/gp-collapse/other.stream \
    tests/golden/gp-collapse/hazards.script \
    tests/golden/gp-collapse/austin.txt "$T/hostile.folded" \
    "$T/places.stream"; do
	for to in otlp otlp-json; do
		"$convert" --to=folded "$in" 2> /dev/null |
		    LC_ALL=C sort > "$T/want"
		"$convert" --to=$to "$in" > "$T/x" 2> /dev/null
		otlp "$T/x" > "$T/got" 2> "$T/err"
		is "$to has all of ${in##*/}" "$(
		    cmp "$T/want" "$T/got" 2>&1; cat "$T/err")" ""
		"$convert" --to=folded --container --tid "$in" 2> /dev/null |
		    LC_ALL=C sort > "$T/want"
		case $in in *.stream)
			otlp --heads "$T/x" > "$T/got" 2> "$T/err"
			is "and of its processes" "$(diff "$T/want" "$T/got"
			    cat "$T/err")" "" ;;
		esac
	done
done
is "what was lost is said" "$("$convert" --to=otlp -o "$T/x" "$raw"
    otlp --lost "$T/x" | sort -u)" "gp.lost {'intValue': 5}"

# 2026-01-02T03:04:05Z is 1767323045.
for to in otlp otlp-json; do
	"$convert" --to=$to -o "$T/x" "$T/places.stream"
	is "$to has the times of samples" \
	    "$(otlp --times --heads "$T/x" | sort)" "$(printf \
	    '%s\t%s\t%s\n' 1767323045500000000 'docker:shop;web-7/8;late' 3 \
	    1767323045500000000 '[host];web-8;late' 4 \
	    1767323045500000000 'k8s:shop/web-5d4f/nginx;pod-9/11;early' 5 \
	    1767323046000000000 'docker:shop;web-7/7;late' 6 \
	    1767323046500000000 'docker:shop;web-7/7;late' 2 | sort)"
done
sed 's/ start=[^ ]*//' "$T/places.stream" > "$T/nostart.stream"
"$convert" --to=otlp -o "$T/x" "$T/nostart.stream"
is "and none where nobody knows when it began" \
    "$(otlp --times "$T/x")" ""
is "where nothing is lost" "$(otlp "$T/x")" \
    "$("$convert" --to=folded "$T/nostart.stream")"
sed 's/03:04:05Z/03:04:03Z/; s/early/before/' "$T/places.stream" \
    > "$T/before.stream"
"$convert" --to=otlp -o "$T/x" "$T/places.stream" "$T/before.stream"
is "a stream that began before the first is within the time" "$(
    otlp "$T/x" | awk '{ n += $NF } END { print n }')" 42

# Each event is a profile of its process.
for to in otlp otlp-json; do
	events=tests/golden/gp-convert/events.script
	"$convert" --event=all --to=$to -o "$T/x" "$events" "$T/places.stream"
	is "$to has events apart, and what is of none" "$(otlp --events "$T/x")" \
	    "$("$convert" --event=all --to=folded "$events" \
	    "$T/places.stream" | LC_ALL=C sort)"
done
is "in one resource for a process" "$("$convert" --event=all --to=otlp-json \
    "$events" | grep -o '"resource":\|"sampleType"' | sort | uniq -c |
    tr -s ' \n' ' ')" ' 1 "resource": 4 "sampleType" '

is "the name of the file tells the format" "$("$convert" -o "$T/a.otlp.pb" \
    "$raw"; "$convert" -o "$T/a.otlp.json" "$raw"
    "$convert" --to=otlp "$raw" | cmp - "$T/a.otlp.pb"
    "$convert" --to=otlp-json "$raw" | cmp - "$T/a.otlp.json"
    otlp "$T/a.otlp.pb" > "$T/a"; otlp "$T/a.otlp.json" | cmp - "$T/a")" ""
for protoc in protoc protoc-c ""; do
	command -v "$protoc" > /dev/null && break
done
if [ "$protoc" ]; then
	status "protobuf's own tool takes it apart" 0 sh -c \
	    "'$protoc' --decode_raw < '$T/a.otlp.pb'"
else
	skip "protobuf's own tool takes it apart" "protoc is not installed"
fi
: > "$T/none.folded"
echo '#gp version=1 kind=named freq=99' > "$T/none.stream"
echo '#end lines=0 samples=0' >> "$T/none.stream"
for to in otlp otlp-json; do
	"$convert" --to=$to -o "$T/x" "$T/none.stream"
	is "$to of no samples is one of none" "$(otlp "$T/x" 2>&1)" ""
done
done_testing
