"""page.py - gp-flame's page in a browser, and the frames that are on it.

What a frame shows is found by its place, computed from --dump-frames; colours are
read from the canvas.
"""
import json
import os
import re
import subprocess
import sys
from urllib.parse import parse_qs

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Chromium  # noqa: E402
from tap import Tap  # noqa: E402

GP_FLAME = os.path.join(os.environ['BIN'], 'gp-flame')
T = os.path.abspath(sys.argv[1])
ROW = 20  # of page/40-draw.js
HIT = {'light': (138, 43, 226), 'dark': (231, 155, 255)}

tap = Tap()


class Page:
    """A page in the browser, and the frames that are on it."""

    def __init__(self, c, name, text, *options, status=0):
        self.c = c
        self.path = os.path.join(T, name + '.html')
        data = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run([GP_FLAME, *options, '-o', self.path],
                              input=data, stderr=subprocess.DEVNULL)
        tap.same(name + ': gp-flame ends with %d' % status, done.returncode,
                 status)
        dump = subprocess.run([GP_FLAME, '--dump-frames', *options],
                              input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
        self.frames, self.fills = [], []
        for line in dump.decode(errors='replace').split('\n')[:-1]:
            depth, x, width, fill, title = line.split('\t', 4)
            self.frames.append((int(depth), int(x), int(width),
                                title.rsplit(' (', 1)[0]))
            self.fills.append(tuple(bytes.fromhex(fill[1:])))
        self.open()

    def open(self, fragment=''):
        self.c.open('file://' + self.path + fragment)
        self.c.wait('document.documentElement.dataset.ready')
        self.c.settle()

    def frame(self, name, depth=None):
        return [f for f in self.frames if f[3] == name and
                depth in (None, f[0])][0]

    def id(self, name, depth=None):
        return self.frames.index(self.frame(name, depth))

    def data(self):
        return self.c.js(
            '({...document.querySelector(".chart").dataset})')

    def window(self):
        d = self.data()
        return float(d['x0']), float(d['x1'])

    def place(self, depth, x, icicle=False):
        """Where a place of the profile is in the window."""
        left, top, width, height = self.c.js(
            '(() => { const b = document.querySelector(".chart canvas")'
            '.getBoundingClientRect(); '
            'return [b.left, b.top, b.width, b.height]; })()')
        x0, x1 = self.window()
        row = (depth + .5) * ROW
        return (left + (x - x0) / (x1 - x0) * width,
                top + (row if icicle else height - row))

    def middle(self, name, depth=None, icicle=False):
        d, x, width, _ = self.frame(name, depth)
        return self.place(d, x + width / 2, icicle)

    def pixel(self, x, y):
        return tuple(self.c.js(
            '(() => { const c = document.querySelector(".chart canvas"), '
            'b = c.getBoundingClientRect(), k = c.width / b.width; '
            'return [...c.getContext("2d").getImageData((%f - b.left) * k, '
            '(%f - b.top) * k, 1, 1).data].slice(0, 3); })()' % (x, y)))

    def fill(self, name, depth=None, icicle=False):
        """The colour of a frame, near its right end: behind its label."""
        d, x, width, _ = self.frame(name, depth)
        px, py = self.place(d, min(x + width, self.window()[1]), icicle)
        return self.pixel(px - 8, py)

    def tip(self):
        return self.c.js('(() => { const t = document.querySelector("#tip"); '
                         'if (t.hidden) return null; const rows = {name: '
                         't.querySelector("#tip-name").textContent}; '
                         'for (const r of t.querySelectorAll("tr")) '
                         'rows[r.cells[0].textContent] = '
                         'r.cells[1].textContent; return rows; })()')

    def search(self, text):
        self.c.click_on('#search')
        self.c.js('document.querySelector("#search").select()')
        if text:
            self.c.type(text)
        else:
            self.c.key('Backspace')
        self.c.key('Enter')

    def text(self, selector):
        return self.c.js('document.querySelector(%s).%s' % (
            json.dumps(selector),
            'value' if selector == '#matched' else 'textContent'))

    def crumbs(self):
        return self.c.js('[...document.querySelectorAll("#crumbs button")]'
                         '.map((b) => b.textContent)')

    def fragment(self):
        return {k: v[0] for k, v in parse_qs(
            self.c.js('location.hash').lstrip('#')).items()}

    def rows(self):
        """The table as it stands, a line of cells for each row in sight."""
        return self.c.js('[...document.querySelectorAll(".table .row")].map('
                         '(r) => [...r.children].map((x) => x.textContent)'
                         '.join("|"))')

    def choose(self, selector, value):
        """Pick from a list, as the keyboard or the mouse would."""
        self.c.js('(() => { const s = document.querySelector(%s); '
                  's.value = %s; s.dispatchEvent(new Event("change", '
                  '{bubbles: true})); })()' % (json.dumps(selector),
                                               json.dumps(value)))
        self.c.settle()

    def hover(self, name, depth=None, icicle=False):
        self.c.move(*self.middle(name, depth, icicle))
        return self.tip()

    def chips(self):
        return self.c.js('[...document.querySelectorAll("#chips span")]'
                         '.map((s) => s.textContent)')

    def samples(self):
        """How many the page shows at present."""
        return self.c.js('work.sums[0][0]')

def near(a, b, by=28):
    return all(abs(x - y) <= by for x, y in zip(a, b))


def rgb(text):
    return tuple(int(float(n)) for n in re.findall(r'[\d.]+', text)[:3])


def run(state_tests, alone_tests, first):
    """Run tests of one page in turn, then others that make their own.

    first(browser) gives the page. Nothing may complain meanwhile. Unless a test
    wants it otherwise nothing moves, so that what is drawn is there at once.
    """
    with Chromium() as browser:
        browser.prefer(prefers_reduced_motion='reduce')
        state = {}

        def start():
            state['p'] = first(browser)

        def on(test):
            def call():
                test(state['p'])
            call.__name__ = test.__name__
            return call

        def alone(test):
            def call():
                test(browser)
            call.__name__ = test.__name__
            return call

        def silent():
            tap.same('no error, no violation', browser.messages, [])

        tap.run(start, *[on(t) for t in state_tests], silent,
                *[alone(t) for t in alone_tests], silent)
