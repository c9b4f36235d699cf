# What names say on request: more or less of the path, the package's version.
. tests/tap.sh
. tests/live/profile.sh
. tests/live/python.sh
need_sampling
py=$(pythons | grep -v 'python2\|/2\.' | head -n 1)
[ "$py" ] || skip_all "no python3 is installed"

site=$T/venv/lib/python3/site-packages
mkdir -p "$site/shop/deep" "$site/The_Shop-1.2.3.dist-info"
cat > "$site/shop/deep/price.py" <<'EOF2'
import time

clock = time.thread_time


def spin(seconds):
    end = clock() + seconds
    x = 0
    while clock() < end:
        for i in range(100):
            x += i


def main():
    spin(.4)
EOF2
: > "$site/shop/__init__.py"
: > "$site/shop/deep/__init__.py"
printf 'Metadata-Version: 2.1\nName: The-Shop\nVersion: 1.2.3\n\n' \
    > "$site/The_Shop-1.2.3.dist-info/METADATA"
printf 'shop/__init__.py,,\nshop/deep/__init__.py,,\nshop/deep/price.py,,\n' \
    > "$site/The_Shop-1.2.3.dist-info/RECORD"
# Through a module of the language's own library, and in no package.
cat > "$T/run.py" <<'EOF2'
import shop.deep.price
import contextlib


@contextlib.contextmanager
def context():
    yield shop.deep.price.main()


with context():
    pass
EOF2
named() { profile "$@" -- env PYTHONPATH="$site" "$py" "$T/run.py"; }
# Of what matters, without lines.
frames() {
	grep -oE ';(spin|_Generator[^ ;]*__enter__) \([^;]*_\[p\]' "$T/named" |
	    sed 's/^;//; s/:[0-9]*\([ )]\)/:N\1/' | sort -u
}
version=$("$py" -c 'import platform; print(platform.python_version())')
minor=${version%.*}
# Before 3.11 the file does not say its last number.
case $minor in
3.[0-9] | 3.10) std=$minor ;;
*) std=$version ;;
esac
enter=_GeneratorContextManager.__enter__
lib=$("$py" -c 'import contextlib; print(contextlib.__file__)')

named
is "by itself: the file" "$(frames)" "$enter (contextlib.py:N)_[p]
spin (price.py:N)_[p]"
named --paths=module
is "module: what is below the folders of modules" "$(frames)" \
    "$enter (contextlib.py:N)_[p]
spin (shop/deep/price.py:N)_[p]"
named --paths=full --package-versions
is "full, and the packages' versions" "$(frames)" \
    "$enter ($lib:N [standard-library==$std])_[p]
spin ($site/shop/deep/price.py:N [The-Shop==1.2.3])_[p]"
unlike "what is of no package has no version" \
    "$(grep -o ';[^;]*run.py[^;]*' "$T/named")" '=='
done_testing
