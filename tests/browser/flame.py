"""flame.py FOLDER - use gp-flame's page as a person does, and look at it.

TAP on standard output. The pages are made in FOLDER by gp-flame from $BIN.
"""
import os
import random
import re
import subprocess

from page import GP_FLAME, HIT, ROW, T, Page, near, rgb, run, tap

# 100 samples, so that shares are the counts.
KNOWN = '''\
app-1;main;loop (app.py:3)_[p];compute_[j] 25
app-1;main;parse 10
app-1;main;parse;read_[k] 30
app-1;main;write 20
web-2;main;parse;parse;read_[k] 15
'''


def opens(c):
    p = Page(c, 'known', KNOWN, '--title', 'A & B <i>')
    tap.same('the title is text', c.js('document.title'), 'A & B <i>')
    tap.same('the totals are shown', p.text('#totals'), '100 samples')
    tap.same('nothing but the file is asked for',
             [u for u in c.requests if not u.startswith('file://' + p.path)],
             ['about:blank'] * c.requests.count('about:blank'))
    tap.same('all of it is in view', p.window(), (0, 100))
    return p


def tooltips(p):
    p.c.move(*p.middle('parse', 3))
    tap.same('a tooltip has name, counts and shares', p.tip(), {
        'name': 'parse', 'samples': '40', 'of all': '40.00 %',
        'of main': '47.06 %', 'kind': 'native', 'self': '10 (10.00 %)'})
    p.c.move(*p.middle('read_[k]', 4))
    tap.same('a suffix is told as the kind', p.tip(), {
        'name': 'read', 'samples': '30', 'of all': '30.00 %',
        'of parse': '75.00 %', 'kind': 'kernel', 'self': '30 (30.00 %)'})
    p.c.move(*p.middle('web-2'))
    tap.same('the outermost frame is the process', p.tip()['kind'], 'process')
    p.c.move(*p.place(9, 50))
    tap.same('no tooltip where nothing is', p.tip(), None)


def colours(p):
    legend = p.c.js(
        'Object.fromEntries([...document.querySelectorAll("#legend li")]'
        '.map((l) => [l.textContent, getComputedStyle('
        'l.querySelector("i")).backgroundColor]))')
    tap.same('the legend has the kinds that occur', sorted(legend), [
        'JIT-compiled', 'Python', 'kernel', 'native', 'process'])
    for kind, name in (('kernel', 'read_[k]'), ('JIT-compiled', 'compute_[j]'),
                       ('Python', 'loop (app.py:3)_[p]'), ('native', 'write'),
                       ('process', 'web-2')):
        tap.ok('%s frames have their colour' % kind,
               near(p.fill(name), rgb(legend[kind])),
               p.fill(name), legend[kind])
    tap.ok('kinds differ', len({rgb(v) for v in legend.values()}) == 5)


def zooming(p):
    c = p.c
    before = p.fill('parse', 3)
    c.click(*p.middle('parse', 3))
    tap.same('a click zooms to the frame', p.window(), (25, 65))
    for d in range(4):
        left, right = p.place(d, 25), p.place(d, 65)
        tap.ok('level %d spans the chart' % d, near(
            p.pixel(left[0] + 4, left[1] + 6),
            p.pixel(right[0] - 6, right[1] + 6), 3))
    tap.same('its colour stays', p.fill('parse', 3), before)
    tap.same('breadcrumbs lead to it', p.crumbs(),
             ['all', 'app-1', 'main', 'parse'])
    tap.same('the address holds it', p.fragment(),
             {'zoom': str(p.id('parse', 3))})
    tap.holds('it is announced', p.text('#live'), 'Zoomed to parse, 40.00 %')
    c.click(*p.middle('read_[k]', 4))
    tap.same('a second click goes deeper', p.window(), (25, 55))
    c.key('Escape')
    tap.same('Esc goes one step back', p.window(), (25, 65))
    c.key('Backspace')
    tap.same('Backspace too', p.window(), (0, 100))
    c.click(*p.middle('write'))
    c.click_on('#crumbs li:nth-child(3) button')
    tap.same('a breadcrumb zooms', p.window(), (0, 85))
    c.js('history.back()')
    c.wait('document.querySelector(".chart").dataset.x0 === "65"')
    tap.same("the browser's Back returns", p.window(), (65, 85))
    c.click_on('#reset')
    tap.same('Reset shows all', p.window(), (0, 100))
    tap.ok('Reset hides the breadcrumbs',
           c.js('document.querySelector("#crumbs").hidden'))


def searching(p):
    c = p.c
    plain = p.fill('parse', 3)
    p.search('parse')
    tap.same('overlapping matches count once', p.text('#matched'),
             '55.00 % in 2 places')
    tap.ok('matches are painted', near(p.fill('parse', 3), HIT['light'], 3) and
           near(p.fill('parse', 4), HIT['light'], 3), p.fill('parse', 3))
    tap.ok('others fade', sum(p.fill('write')) > 600, p.fill('write'))
    tap.same('Enter selects the first', p.data()['select'],
             str(p.id('parse', 3)))
    first = str(p.id('parse', 3))
    last = str(p.frames.index((3, 85, 15, 'parse')))
    c.key('Enter')
    tap.same('Enter again selects the next', p.data()['select'], last)
    tap.holds('the match is announced', p.text('#live'), 'Match 2 of 2')
    c.click_on('#next')
    tap.same('after the last comes the first', p.data()['select'], first)
    c.key('n')
    tap.same('n selects the next', p.data()['select'], last)
    c.key('N', shift=True)
    tap.same('N the one before', p.data()['select'], first)
    x, y = p.place(3, 25)
    tap.ok('it has a ring', near(p.pixel(x + 1, y), (11, 61, 145), 40),
           p.pixel(x + 1, y))
    for text, want in (('^w', '35.00 % in 2 places'),
                       ('(', '25.00 % in 1 place'),
                       ('READ', 'no match'), ('read|write', '65.00 % in 3 '
                                              'places'),
                       ('_[k]', '45.00 % in 2 places'), ('a.*-1', '85.00 % '
                                                         'in 1 place'),
                       ('nothing', 'no match')):
        p.search(text)
        tap.same('search for %s' % text, p.text('#matched'), want)
    tap.same('the address holds the search', p.fragment()['search'],
             'nothing')
    p.search('')
    tap.same('no search, no share', p.text('#matched'), '')
    tap.same('no search, the old colour', p.fill('parse', 3), plain)


def rehearsing(p):
    """A search that the page makes for itself, to be quick at the user's."""
    c = p.c
    p.search('')
    c.js('document.querySelector("#reset").click()')
    c.settle()
    seen = ('[document.querySelector(".chart canvas").toDataURL(), '
            'JSON.stringify(document.querySelector(".chart").dataset), '
            'document.querySelector("#matched").value].join()')
    before = c.js(seen)
    tap.ok('a rehearsal finds, and draws each level', c.js(
        '(() => { const r = new Rehearsal(mainChart); while (r.step()); '
        'return r.found.places > 0 && r.level === mainChart.rows; })()'))
    tap.ok('nothing of it is seen', c.js(seen) == before)
    tap.ok('nothing is left of it', c.js('mainChart.found === null'))
    p.search('parse')
    tap.same('a search in the midst of one finds the same', c.js(
        '(() => { const r = new Rehearsal(mainChart); r.step(); '
        'applySearch(); while (r.step()); '
        'return document.querySelector("#matched").value; })()'),
        '55.00 % in 2 places')
    p.search('')


def keyboard(p):
    c = p.c
    p.open()
    label = 'document.querySelector("[role=treeitem]").ariaLabel'
    c.js('document.activeElement.blur()')
    c.key('ArrowUp')
    tap.same('up goes to the widest callee', c.js(label),
             'app-1, 85.00 %, 85 samples')
    tap.same('the chart has the focus', c.js(
        'document.activeElement.getAttribute("role")'), 'tree')
    tap.same('its active item is the frame', c.js(
        'document.getElementById(document.activeElement.getAttribute('
        '"aria-activedescendant")).ariaLabel'), c.js(label))
    c.key('ArrowRight')
    tap.same('right goes to the frame beside', c.js(label),
             'web-2, 15.00 %, 15 samples')
    tap.same('its place is told', c.js(
        '["level", "posinset", "setsize"].map((k) => document.querySelector('
        '"[role=treeitem]").getAttribute("aria-" + k)).join()'), '2,2,2')
    c.key('Home')
    c.key('ArrowUp')
    c.key('ArrowUp')
    c.key('End')
    tap.same('End goes to the last', c.js(label), 'write, 20.00 %, 20 samples')
    x, y = p.place(3, 65)
    ring = p.pixel(x + 1, y)
    tap.ok('a ring shows the focus', near(ring, (11, 61, 145), 40), ring)
    c.key('Enter')
    tap.same('Enter zooms', p.window(), (65, 85))
    c.key('ArrowDown')
    tap.same('down goes to the caller', c.js(label),
             'main, 85.00 %, 85 samples')
    c.key('r')
    tap.same('r resets', p.window(), (0, 100))


def views(p):
    c = p.c
    c.click_on('[data-view=icicle]')
    c.move(*p.place(0, 50, icicle=True))
    tap.same('the icicle has the root on top', p.tip()['name'], 'all')
    c.move(*p.middle('write', icicle=True))
    tap.same('its frames hang below', p.tip()['of all'], '20.00 %')
    tap.same('the address says icicle', p.fragment()['view'], 'icicle')

    c.click_on('[data-view=reversed]')
    tips = []
    for x in (5, 30, 60, 95):
        c.move(*p.place(1, x, icicle=True))
        tips.append((p.tip()['name'], p.tip()['of all']))
    tap.same('reversed: innermost frames first', tips, [
        ('compute', '25.00 %'), ('parse', '10.00 %'), ('read', '45.00 %'),
        ('write', '20.00 %')])
    c.move(*p.place(2, 60, icicle=True))
    tap.same('reversed: callers are merged',
             (p.tip()['name'], p.tip()['of all']), ('parse', '45.00 %'))
    p.search('parse')
    tap.same('the share is the same in every view', p.text('#matched'),
             '55.00 % in 2 places')
    p.search('')

    c.click_on('[data-view=table]')

    def rows():
        return c.js('[...document.querySelectorAll(".table .row")].map('
                    '(r) => [...r.children].map((x) => x.textContent)'
                    '.join("|"))')
    tap.same('the table is ordered by self', rows()[:2], [
        '45|45.00 %|45|45.00 %|read_[k]',
        '25|25.00 %|25|25.00 %|compute_[j]'])
    c.click_on('.table [data-key=total]')
    tap.same('a click orders it by total', rows()[:3], [
        '0|0.00 %|100|100.00 %|main', '0|0.00 %|85|85.00 %|app-1',
        '10|10.00 %|55|55.00 %|parse'])
    p.search('read')
    tap.same('a search filters it', rows(), ['45|45.00 %|45|45.00 %|read_[k]'])
    p.search('parse|write')
    c.js('document.querySelector(".table").focus()')
    c.key('ArrowDown')
    tap.same('the keyboard walks the rows', c.js(
        'document.querySelector(".table .current").lastChild.textContent'),
        'write')
    c.key('Home')
    c.key('Enter')
    tap.same('a row opens the sandwich', c.js(
        '[...document.querySelectorAll(".chart h2")].map('
        '(h) => h.textContent)'), ['Callers of parse', 'Callees of parse'])
    c.move(*p.place(1, 40))
    tap.same('callers above', (p.tip()['name'], p.tip()['samples']),
             ('main', '55'))
    box = c.js('(() => { const b = document.querySelectorAll(".chart canvas")'
               '[1].getBoundingClientRect(); return [b.left, b.top, b.width]; '
               '})()')
    c.move(box[0] + box[2] * .2, box[1] + 1.5 * ROW)
    tap.same('callees below, recursion merged once',
             (p.tip()['name'], p.tip()['samples']), ('parse', '15'))
    address = c.js('location.hash')
    p.open(address)
    tap.same('its address brings it back', c.js(
        '[...document.querySelectorAll(".chart h2")].map('
        '(h) => h.textContent)'), ['Callers of parse', 'Callees of parse'])


def addresses(p):
    p.open('#view=icicle&zoom=%d&search=read&theme=dark' % p.id('parse', 3))
    tap.same('an address brings back the zoom', p.window(), (25, 65))
    tap.same('and the search', p.text('#matched'), '45.00 % in 2 places')
    tap.same('and the theme', p.c.js(
        'document.documentElement.dataset.theme'), 'dark')
    p.c.move(*p.place(0, 50, icicle=True))
    tap.same('and the view', (p.tip() or {}).get('name'), 'all')
    for odd in ('#view=__proto__&zoom=99999&fn=7', '#zoom=-1&zoom=x',
                '#view=sandwich&fn=4000000000', '#%%%&&&==',
                '#search=%5B%28&theme=<script>'):
        p.open(odd)
        tap.same('an odd address shows all: ' + odd, p.window(), (0, 100))


def looks(p):
    c = p.c
    p.open()
    c.prefer(prefers_color_scheme='dark')
    c.settle()
    corner = p.pixel(*p.place(9, 50))
    tap.ok('dark where that is preferred', sum(corner) < 120, corner)
    p.search('write')
    tap.ok('matches are painted in the dark',
           near(p.fill('write'), HIT['dark'], 3), p.fill('write'))
    p.search('')
    c.screenshot(os.path.join(T, 'dark.png'))
    c.click_on('#theme')
    corner = p.pixel(*p.place(9, 50))
    tap.ok('the button makes it light', sum(corner) > 700, corner)
    tap.same('the address holds it', p.fragment()['theme'], 'light')
    c.screenshot(os.path.join(T, 'light.png'))
    c.resize(700, 500, scale=2)
    c.settle()
    c.settle()
    width, css, row = c.js(
        '(() => { const c = document.querySelector(".chart canvas"); '
        'return [c.width, document.querySelector(".scroll").clientWidth, '
        'c.getBoundingClientRect().width]; })()')
    tap.same('the canvas follows the window and its resolution',
             (width, row), (2 * css, css))
    c.click(*p.middle('write'))
    tap.same('clicks still meet', p.window(), (65, 85))
    c.resize(1200, 800)
    c.prefer(prefers_color_scheme='light')
    c.settle()


CONTRAST = """
    const canvas = document.createElement("canvas").getContext("2d");
    const parse = (css) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = css;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const over = (a, b) => [0, 1, 2].map((i) =>
        a[i] * a[3] / 255 + b[i] * (1 - a[3] / 255)).concat(255);
    const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
        .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => {
        const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
        return (x + 0.05) / (y + 0.05);
    };
"""


def contrast(p):
    """Text on every colour there is, as WCAG 2.1 measures it: 4.5 to 1."""
    c = p.c
    worst = c.js('(() => {' + CONTRAST + """
        const all = [];
        ["light", "dark"].forEach((theme, dark) => {
            const t = THEMES[theme], table = meta.colours[dark];
            const back = parse(t.back), ink = parse(table.ink);
            const say = (css, what) => all.push([ratio(ink, parse(css)),
                `${theme} ${what} ${css}`]);
            table.kinds.flat().forEach((f) => say(f, "kind"));
            table.modules.forEach((f) => say(f, "module"));
            table.differences.forEach((f) => say(f, "difference"));
            all.push([ratio(parse(t.hit), parse(t.hitText)), theme + " match"]);
            setTheme(theme);
            for (const css of table.kinds.flat().concat(table.modules))
                for (const alpha of [0.3, 0.5])
                    all.push([ratio(parse(mainChart.dimInk),
                        over([...parse(css).slice(0, 3), alpha * 255], back)),
                        `${theme} faded ${css} ${alpha}`]);
            /* Rings and edges: 3 to 1 is asked, of what they lie on. */
            all.push([1.5 * ratio(parse(t.ring), back), theme + " ring"]);
        });
        return all.sort((a, b) => a[0] - b[0])[0];
    })()""")
    tap.ok('names can be read on every colour', worst[0] >= 4.5, worst)
    c.js('document.querySelector("#filters").click()')
    p.search('parse')
    c.click(*p.middle('parse', 3))
    c.js('addFilter({op: "drop", by: "re", text: "write"})')
    for theme in 'light', 'dark':
        c.js('setTheme(%r)' % theme)
        c.settle()
        worst = c.js('(() => {' + CONTRAST + """
            const ground = (e) => {
                const layers = [];
                for (; e; e = e.parentElement)
                    layers.push(parse(getComputedStyle(e).backgroundColor));
                return layers.reverse().reduce((a, b) => over(b, a),
                    [255, 255, 255, 255]);
            };
            const all = [];
            for (const e of document.querySelectorAll("body *")) {
                const own = [...e.childNodes].some((n) => n.nodeType === 3 &&
                    n.data.trim()) || e.matches("input, select");
                if (!own || !e.checkVisibility() || e.disabled ||
                    e.closest("script, .unseen"))
                    continue;
                all.push([ratio(parse(getComputedStyle(e).color), ground(e)),
                    e.outerHTML.slice(0, 80)]);
            }
            all.push([all.length, "how many were looked at"]);
            return all.sort((a, b) => a[0] - b[0])[0];
        })()""")
        tap.ok('everything else too, ' + theme, worst[0] >= 4.5, worst)
    c.js('setTheme("")')
    c.js('document.querySelector("#filters").click()')
    c.click_on('#reset')


def copying(p):
    c = p.c
    p.open()
    session, c.session = c.session, None
    c.send('Browser.grantPermissions',
           permissions=['clipboardReadWrite', 'clipboardSanitizedWrite'])
    c.session = session
    c.send('Page.bringToFront')
    c.click(*p.middle('read_[k]', 4))
    c.click_on('#copy-name')
    c.wait('document.querySelector("#live").textContent === "Name copied"')
    tap.same('the name is copied', c.js('navigator.clipboard.readText()'),
             'read_[k]')
    c.key('C', shift=True)
    c.wait('document.querySelector("#live").textContent === "Stack copied"')
    tap.same('the stack is copied, folded', c.js(
        'navigator.clipboard.readText()'), 'app-1;main;parse;read_[k]')


def hostile(c):
    names = ['</script><script>document.title=\'pwned\'</script>',
             '"><img src=x onerror=document.title="pwned">',
             '\u202egnp.exe', '${alert(1)}', '<!--<script>', ']]>',
             "')||(document.title='pwned')//", '\u2028document.title=1\u2029',
             '&ltb&gt', '__proto__', 'constructor', '\\u003cb\\u003e',
             '\U0001f525\ufeff\u200b', 'x' * 1000000 + 'end']
    text = ''.join('%s 10\n' % n for n in names)
    p = Page(c, 'hostile', text, '--title', names[0], '--subtitle', names[1])
    tap.same('the title is shown, not run', c.js('document.title'), names[0])
    tap.same('no element came from a name', c.js(
        'document.querySelectorAll("img,iframe,object,embed,link[rel='
        'stylesheet],script[src],style ~ style,b:not(#totals b)").length'), 0)
    tap.same('there is one script that runs', c.js(
        'document.querySelectorAll("script:not([type])").length'), 1)
    tap.same('every name arrived', sorted(c.js('names')), sorted(names))
    for depth, x, width, name in p.frames[1:]:
        c.move(*p.place(depth, x + width / 2))
        tip = p.tip()['name']
        if len(name) > 2000:
            tap.ok('a 1 MB name is cut in the tooltip', len(tip) < 2100)
        elif re.search('[\u200b\u2028\u2029\u202e\ufeff]', name):
            tap.ok('invisible characters are seen: %s' % ascii(name),
                   re.search('\u2039U\\+(202E|2028|FEFF)\u203a', tip) and
                   not re.search('[\u200b\u2028\u2029\u202e\ufeff]', tip),
                   ascii(tip))
        else:
            tap.same('a tooltip is text: %s' % name, tip, name)
    for name in names[:4]:
        p.search(name)
        c.key('c')
    p.search('xend')
    tap.holds('the end of a long name is found', p.text('#matched'),
              'in 1 place')
    for view in ('icicle', 'reversed', 'table', 'flame'):
        c.click_on('[data-view=%s]' % view)
    tap.same('still no title from a name', c.js('document.title'), names[0])
    tap.same('the policy had nothing to stop', c.messages, [])

    tap.same('--print-csp is the policy in the page', c.js(
        'document.querySelector("meta[http-equiv]").content'),
        subprocess.run([GP_FLAME, '--print-csp'], stdout=subprocess.PIPE,
                       check=True).stdout.decode().strip())
    blocked = c.js('''(() => {
        try {
            const s = document.createElement("script");
            s.textContent = "document.title = 'pwned'";
            document.body.append(s);
        } catch (e) { return "refused"; }
        return document.title;
    })()''')
    tap.ok('a script that got in would not run', blocked != 'pwned', blocked)
    blocked = c.js('''(() => {
        try { document.body.insertAdjacentHTML("beforeend",
            "<img src=x onerror=\\"document.title='pwned'\\">"); }
        catch (e) { return e.name; }
    })()''')
    tap.same('markup from a string is refused', blocked, 'TypeError')
    c.messages.clear()


def odd_names(c):
    """Names of random characters come through; same seed, same names."""
    rng = random.Random(5)
    pool = ('abcXYZ09 <>&\'"`\\/${}[]()=-_.,:#%@!?*+|^~' +
            ''.join(map(chr, range(0xa1, 0x250))) + '\u05d0\u0627\u200f\u202e'
            '\u2066\u2069\u2028\ufeff\ufffd\U0001f600\U000e0041')
    names = set()
    while len(names) < 300:
        n = ''.join(rng.choice(pool) for _ in range(rng.randint(1, 40)))
        names.add(n.strip() + 'z')
    text = ''.join('%s;leaf %d\n' % (n, rng.randint(1, 9))
                   for n in sorted(names))
    p = Page(c, 'odd', text)
    tap.same('all names arrived', sorted(c.js('names')),
             sorted(names | {'leaf'}))
    for view in ('reversed', 'table', 'icicle'):
        c.click_on('[data-view=%s]' % view)
    tap.same('no complaint', c.messages, [])
    p.open()


def incomplete(c):
    stream = ('#gp version=1 kind=named host=web-7 event=cycles freq=99\n'
              'a-1;[truncated];b 3\n#lost count=2 reason=ring-full\n')
    p = Page(c, 'incomplete', stream, status=65)
    tap.holds('an incomplete input is marked', p.text('#incomplete'),
              'ends without #end')
    tap.same('its losses are shown', p.text('#totals'),
             '3 samples \u00b7 2 lost \u00b7 3 truncated')
    tap.same('where it comes from', p.text('#subtitle'),
             'web-7 \u00b7 cycles \u00b7 99 Hz')


def opened_as(c):
    """What the command's options say of how the page opens."""
    pressed = ('document.querySelector("[data-view][aria-pressed=true]")'
               '.dataset.view')
    for option, view in (('--icicle', 'icicle'), ('--inverted', 'icicle'),
                         ('--reverse', 'reversed')):
        p = Page(c, 'as' + option, KNOWN, option)
        tap.same('%s opens the view' % option, c.js(pressed), view)
    p = Page(c, 'as-wide', KNOWN, '--order=width', '--search=^parse$',
             '--colors=module', '--countname=seconds')
    tap.same('--search searches', p.text('#matched'), '55.00 % in 2 places')
    tap.same('--countname counts', p.text('#totals'), '100 seconds')
    for name, want in (('order', 'width'), ('colour', 'module')):
        tap.same('the choice of %s is that of the option' % name, c.js(
            'document.querySelector("#%s").value' % name), want)


def deep(c):
    """More levels than a canvas could be high, and a narrow million."""
    p = Page(c, 'deep', ';'.join('f%d' % (i % 10) for i in range(20000)) +
             ' 200\n' + ''.join('a;n%d 1\n' % i for i in range(20000)))
    tap.ok('the canvas is no larger than the window', c.js(
        'document.querySelector(".chart canvas").height') < 2000)
    drawn = int(p.data()['drawn'])
    tap.ok('only what can be seen is drawn', drawn < 3000, drawn)
    for height in (800, 500, 900, 800):
        c.resize(1200, height)
        c.settle()
        below = c.js('(() => { const s = document.querySelector(".scroll"); '
                     'return s.scrollHeight - s.scrollTop - s.clientHeight; '
                     '})()')
        tap.ok('the root is in view, %d pixels high' % height,
               abs(below) < 2, below)
    c.js('document.querySelector(".scroll").focus()')
    c.click(*p.place(1, 20100))
    tap.same('a click zooms to the deep one', p.window(), (20000, 20200))
    c.js('document.querySelector(".scroll").scrollTop = 0')
    c.settle()
    x, y = c.js('(() => { const b = document.querySelector(".chart canvas")'
                '.getBoundingClientRect(); return [b.left + 50, b.top + 12];'
                '})()')
    c.move(x, y)
    tap.same('the innermost of 20,000 is there', (p.tip() or {}).get('name'),
             'f9')
    for view in ('reversed', 'table', 'icicle'):
        c.click_on('[data-view=%s]' % view)
    tap.same('no complaint in any view', c.messages, [])


def slivers(c):
    """Frames of a quarter of a pixel, of which every second is found."""
    p = Page(c, 'slivers', ''.join(
        'app;f%04d 1\n' % i for i in range(4999)) + 'zzz 1\n')
    p.search('[13579]$')
    y = p.place(2, 0)[1]
    seen = {p.pixel(x, y) for x in range(20, 1100, 27)}
    tap.ok('a pixel with a match is as a match is, whatever reaches into it',
           all(near(s, HIT['light'], 3) for s in seen), seen)


run([tooltips, colours, zooming, searching, rehearsing, keyboard, views,
     addresses, looks, contrast, copying],
    [hostile, odd_names, incomplete, opened_as, deep, slivers], opens)
