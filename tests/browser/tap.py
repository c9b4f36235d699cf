"""tap.py - what tests/tap.sh is for shell tests, for those in Python."""
import sys
import traceback


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, text, good, *notes):
        self.n += 1
        self.failed += not good
        print('%sok %d - %s' % ('' if good else 'not ', self.n, text))
        if not good:
            for note in notes:
                for line in str(note).splitlines():
                    print('# ' + line[:300])
        sys.stdout.flush()

    def same(self, text, got, want):
        self.ok(text, got == want, 'got:  %r' % (got,), 'want: %r' % (want,))

    def holds(self, text, got, part):
        self.ok(text, part in got, 'got: %r' % (got,), 'want: %r' % (part,))

    def run(self, *tests):
        """Run each; one that raises has failed, the others still run."""
        for test in tests:
            try:
                test()
            except Exception:
                self.ok(test.__name__, False, traceback.format_exc())
        print('1..%d' % self.n)
        sys.exit(self.failed != 0)
