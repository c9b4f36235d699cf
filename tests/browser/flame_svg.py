"""flame_svg.py FOLDER - gp-flame's SVG image in a browser; pages and images behind
their policies, as a server or a CI system sends them.

TAP on standard output.
"""
import http.server
import json
import os
import re
import subprocess
import threading
import urllib.parse

from page import GP_FLAME, T, Page, run, tap

TEXT = '''\
app-1;main;loop (app.py:3)_[p];compute_[j] 25
app-1;main;parse 10
app-1;main;parse;read_[k] 30
app-1;main;write 20
web-2;main;parse;parse;read_[k] 15
'''
EVIL = ['</script><script>document.title=1</script>', ']]>', '"onload="f()',
        "'", '<a href="javascript:f()">x</a>', '<!--', '\u202egnp.exe', '&lt',
        'x' * 1000000]


class Image:
    """An image in the browser, and its frames as it has them."""

    def __init__(self, c, name, text, *options):
        self.c = c
        self.path = os.path.join(T, name + '.svg')
        subprocess.run([GP_FLAME, '--svg', *options, '-o', self.path],
                       input=text.encode(), check=True)
        self.open()

    def open(self, query=''):
        self.c.open('file://' + self.path + query)
        self.c.wait('document.documentElement.classList.contains("live")')
        self.c.settle()

    def frame(self, name):
        """Where a frame is: x, width, whether it is seen, its label, fill."""
        return self.c.js('''(() => {
            const g = [...document.querySelectorAll("#frames > *")].find(
                (e) => e.querySelector("title").textContent
                    .startsWith(%s));
            const r = g.querySelector("rect"), b = r.getBoundingClientRect();
            return { x: Number(r.getAttribute("x")),
                w: Number(r.getAttribute("width")),
                seen: getComputedStyle(g).display !== "none",
                faint: getComputedStyle(g).opacity,
                label: g.querySelector("text").textContent,
                fill: r.getAttribute("fill"),
                at: [b.left + b.width / 2, b.top + b.height / 2] };
        })()''' % json.dumps(name + ' ('))

    def text(self, part):
        return self.c.js('document.getElementById(%r).textContent' % part)

    def click(self, name):
        self.c.click(*self.frame(name)['at'])

    def type(self, text):
        for key in text:
            self.c.key(key)


def image(c):
    p = Image(c, 'image', TEXT)
    c.move(*p.frame('write')['at'])
    tap.same('what is pointed at is told', p.text('details'),
             'Function: write (20 samples, 20.00%)')
    p.click('parse')
    f = p.frame('parse')
    tap.same('a click zooms', (f['x'], f['w']), (10, 1180))
    tap.same('its callees with it', p.frame('read_[k]')['w'], 885)
    tap.same('what is beside goes', p.frame('write')['seen'], False)
    tap.same('its callers span the image, faintly',
             (p.frame('main')['w'], p.frame('main')['faint']), (1180, '0.5'))
    tap.same('the address holds it', c.js('location.search'),
             '?x=305&y=69')
    c.click_on('#unzoom')
    tap.same('Reset zoom resets', (p.frame('parse')['w'], c.js(
        'location.search')), (472, ''))
    p.click('write')
    c.key('Escape')
    tap.same('Esc does, too', p.frame('write')['w'], 236)
    c.key('/')
    p.type('parse')
    tap.same('a search shows what is typed', p.text('search'),
             'Search: parse\u258f')
    c.key('Enter')
    tap.same('matches are counted once', p.text('matched'),
             'Matched: 55.0%')
    tap.same('and painted', (p.frame('parse')['fill'],
             p.frame('write')['fill'] != '#e600e6'), ('#e600e6', True))
    c.click_on('#search')
    tap.same('a second click ends it', (p.text('search'), p.text('matched')),
             ('Search', ' '))
    c.click_on('#search')
    p.type('(wrx')
    c.key('Backspace')
    c.key('Enter')
    tap.same('what is no regular expression is text', p.text('matched'),
             'Matched: 0.0%')
    p.open('?x=305&y=69&s=%5Eread')
    tap.same('an address brings zoom and search back',
             (p.frame('parse')['w'], p.text('matched')),
             (1180, 'Matched: 45.0%'))
    p.open('?x=abc&y=<script>&s=(')
    tap.same('an odd one does not', p.frame('parse')['w'], 472)
    icicle = Image(c, 'icicle', TEXT, '--inverted', '--search=write',
                   '--nametype=Fn:', '--fontsize=10')
    tap.same('--search searches at once', icicle.text('matched'),
             'Matched: 20.0%')
    icicle.click('parse')
    tap.same('an icicle zooms as well', (icicle.frame('parse')['w'],
             icicle.frame('read_[k]')['seen'], icicle.frame('main')['faint']),
             (1180, True, '0.5'))
    return p


def hostile(c):
    p = Image(c, 'evil', ''.join('%s 10\n' % n for n in EVIL), '--title',
              EVIL[0], '--notes', EVIL[1], '--subtitle', EVIL[5])
    tap.same('one script, no other element', c.js(
        '[document.querySelectorAll("script").length, '
        '[...document.querySelectorAll("a, img, iframe, foreignObject, use, image, animate")].length]'),
        [1, 0])
    c.key('/')
    p.type('onload')
    c.key('Enter')
    tap.same('names are searched as text', p.text('matched'),
             'Matched: 11.1%')
    titles = c.js('[...document.querySelectorAll("#frames title")].map('
                  '(t) => t.textContent.replace(/ \\([^()]*\\)$/, ""))')
    want = [n.replace('\u202e', '<U+202E>').split(';')[0] for n in EVIL]
    tap.same('every name is there, controls as their numbers',
             sorted(titles[1:]), sorted(want))
    tap.same('no name became the title', c.js('document.title'), EVIL[0])


class Server:
    """Files of T with headers, on a port that is free."""

    def __init__(self, headers):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=T)

            def end_headers(self):
                for header in headers:
                    self.send_header(*header)
                super().end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                                      Handler)
        self.url = 'http://127.0.0.1:%d/' % self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def csp(*options):
    return subprocess.run([GP_FLAME, '--print-csp', *options], check=True,
                          stdout=subprocess.PIPE).stdout.decode().strip()


def policies(c):
    """With the printed policy as a header all works and nothing is violated;
    with a sandbox on top, as CI systems have it, all but the address does."""
    Page(c, 'page', TEXT)
    Image(c, 'image', TEXT)
    strict = ('Content-Security-Policy', csp())
    violated = 'window.violations = []; document.addEventListener(' \
        '"securitypolicyviolation", (e) => violations.push(' \
        'e.violatedDirective + " " + e.blockedURI))'
    sandbox = ('Content-Security-Policy', 'sandbox allow-scripts')
    for name, headers in (('served', [strict]),
                          ('sandboxed', [strict, sandbox])):
        with Server(headers) as server:
            c.requests.clear()
            c.open(server.url + 'page.html')
            c.wait('document.documentElement.dataset.ready')
            c.js(violated)
            tap.same(name + ': the page works', c.js(
                '(() => { state.search = "parse"; applySearch(); '
                'return $("matched").value; })()'), '55.00 % in 2 places')
            for view in ('icicle', 'reversed', 'table', 'flame'):
                c.click_on('button[data-view=%s]' % view)
            c.js('addFilter({op: "keep", by: "re", text: "parse"})')
            c.settle()
            tap.same(name + ': filters too', c.js('work.sums[0][0]'), 55)
            tap.same(name + ': nothing is violated', c.js('violations'), [])
            tap.same(name + ': nothing else is asked for',
                     [u for u in c.requests
                      if u not in ('about:blank', server.url + 'page.html')],
                     [])
    with Server([('Content-Security-Policy', csp('--svg'))]) as server:
        c.open(server.url + 'image.svg')
        c.wait('document.documentElement.classList.contains("live")')
        c.key('/')
        c.key('w')
        c.key('Enter')
        tap.same('the image works under its policy', c.js(
            'document.getElementById("matched").textContent'),
            'Matched: 35.0%')
    tap.same('no error meanwhile', c.messages, [])
    # Neither scripts nor style sheets, which is what Jenkins sends.
    policy = "sandbox; default-src 'none'; img-src 'self'"
    with Server([('Content-Security-Policy', policy)]) as server:
        c.send('Page.navigate', url=server.url + 'image.svg')
        c.wait('document.readyState === "complete" && '
               'document.documentElement.localName === "svg"', drawn=False)
        tap.same('where nothing may run, the image has no buttons', c.js(
            '["search", "unzoom", "title"].map((id) => getComputedStyle('
            'document.getElementById(id)).visibility)'),
            ['hidden', 'hidden', 'visible'])
    c.messages.clear()


run([], [hostile, policies], image)
