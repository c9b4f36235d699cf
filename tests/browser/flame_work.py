"""flame_work.py FOLDER - filters, order, colours, history, saving: by use.

TAP on standard output.
"""
import xml.etree.ElementTree

from page import Page, near, rgb, run, tap

# 200 samples. web holds Python and native stacks, db kernel ones.
TEXT = '''\
db-7;main;query;read_[k] 50
db-7;main;query;sort 10
web-1;main;eval_[p];json::parse 20
web-1;main;eval_[p];json::parse;json::parse 10
web-1;main;eval_[p];libz::deflate 30
web-1;main;wait 20
web-2;start;[libz.so.1] 25
web-2;start;jitted_[j] 35
'''


def opens(c):
    return Page(c, 'work', TEXT)


def filters(p):
    c = p.c
    c.key('f')
    tap.same('f opens the filters', c.js('document.activeElement.id'),
             'filter-text')
    c.type('json|read')
    c.key('Enter')
    tap.same('keep: stacks with a frame that matches', p.samples(), 80)
    tap.same('a chip says so', p.chips(), ['keep /json|read/'])
    p.choose('#filter-op', 'drop')
    c.click_on('#filter-text')
    c.type('db')
    c.key('Enter')
    tap.same('drop: none with one; each narrows what was left', p.samples(),
             30)
    c.js('document.querySelector("#filter-op").value = "hide"')
    c.click_on('#filter-text')
    c.type('parse$')
    c.key('Enter')
    tap.same('hide: the stack stays, the frame goes', (p.samples(), c.js(
        'Math.max(...work.level.keys()) - 1')), (30, 3))
    tap.same('three chips', p.chips(), [
        'keep /json|read/', 'drop /db/', 'hide /parse$/'])
    tap.same('the address has them', c.js(
        'new URLSearchParams(location.hash.slice(1)).getAll("f")'),
        ['keep.re.json|read', 'drop.re.db', 'hide.re.parse$'])
    link = c.js('location.hash')
    c.js('document.activeElement.blur()')
    c.key('u')
    tap.same('u takes the last back', len(p.chips()), 2)
    c.click_on('#undo')
    tap.same('and so does Undo', (p.samples(), p.chips()),
             (80, ['keep /json|read/']))
    c.js('history.back()')
    c.wait('state.filters.length === 2')
    tap.same("the browser's Back goes where one was", p.samples(), 30)
    c.js('document.querySelector("#chips button").click()')
    c.settle()
    tap.same('a chip can be removed by itself', (p.samples(), p.chips()),
             (140, ['drop /db/']))
    c.key('r')
    tap.same('r shows all again', (p.samples(), p.chips()), (200, []))
    p.open(link)
    tap.same('a link brings filters back', (p.samples(), len(p.chips())),
             (30, 3))
    p.open()
    c.js('document.activeElement.blur()')
    tip = p.hover('libz::deflate')
    tap.same('unfiltered, shares are of all', (tip['of all'],
             tip.get('of shown')), ('15.00 %', None))


def choices(p):
    c = p.c
    p.open()
    processes = c.js('[...document.querySelectorAll("#filter-process option")]'
                     '.map((o) => o.textContent)')
    tap.same('processes are listed, the largest first', processes, [
        'choose', 'web-1 (40.00 %)', 'db-7 (30.00 %)', 'web-2 (30.00 %)'])
    p.choose('#filter-process', 'web-1')
    tap.same('one process', (p.samples(), p.chips()),
             (80, ['keep process web-1']))
    c.key('r')
    kinds = c.js('[...document.querySelectorAll("#filter-kind option")]'
                 '.map((o) => o.value)')
    tap.same('runtimes that occur are listed', kinds,
             ['', 'native', 'kernel', 'JIT-compiled', 'Python'])
    for kind, n in (('Python', 60), ('kernel', 50), ('JIT-compiled', 35),
                    ('native', 105)):
        p.choose('#filter-kind', kind)
        tap.same('runtime: %s' % kind, p.samples(), n)
        c.key('r')
    p.choose('#filter-kind', 'kernel')
    p.choose('#filter-kind', 'Python')
    tap.ok('nothing left is said', c.js(
        'document.querySelector("#nothing").checkVisibility()') and
        p.samples() == 0)
    for view in ('reversed', 'table', 'icicle', 'flame'):
        c.click_on('[data-view=%s]' % view)
    c.key('r')
    tap.same('and all comes back', p.samples(), 200)


def of_selected(p):
    c = p.c
    p.open()
    c.click(*p.middle('eval_[p]'))
    tap.same('zoomed', p.window(), (60, 120))
    c.key('k')
    tap.same('k keeps the function', (p.samples(), p.chips()),
             (60, ['keep eval_[p]']))
    tap.same('the zoom is still on it', (p.crumbs()[-1], p.window()),
             ('eval', (0, 60)))
    c.key('u')
    tap.same('undone, on it too', (p.crumbs()[-1], p.window()),
             ('eval', (60, 120)))
    c.key('x')
    tap.same('x drops it', p.samples(), 140)
    c.key('r')
    c.click(*p.middle('query'))
    c.click_on('#hide')
    tap.same('Hide: its callees are its caller\'s', (p.samples(), c.js(
        '[...work.name.slice(work.level[3], work.level[4])]'
        '.map((i) => names[i])')[:2]), (200, ['read_[k]', 'sort']))
    c.key('r')
    c.click(*p.middle('query'))
    c.click_on('#keep')
    c.move(*p.place(4, 1))
    tip = p.tip()
    tap.same('shares are of what is shown, and of all', (tip['of shown'],
             tip['of all']), ('83.33 %', '25.00 %'))
    c.key('r')


def only(p):
    c = p.c
    p.open()
    tap.ok('nothing to show only', c.js('document.querySelector("#only")'
                                        '.disabled'))
    p.search('parse')
    tap.same('a search shows its share', p.text('#matched'),
             '15.00 % in 1 place')
    c.click_on('#only')
    tap.same('Only: what matches', (p.samples(), p.text('#matched')),
             (30, '100.00 % in 1 place'))
    p.search('sort')
    tap.same('another search, another only', p.samples(), 10)
    c.wait('location.hash.includes("at=")')
    tap.same('the address holds it, and what is selected', p.fragment(),
             {'search': 'sort', 'only': '1', 'at': '4'})
    p.search('')
    tap.same('no search, no only', p.samples(), 200)


def ordering(p):
    c = p.c
    p.open()
    first = 'names[mainChart.tree.name[1]]'
    tap.same('by name', c.js(first), 'db-7')
    p.choose('#order', 'width')
    tap.same('by width', c.js('[1, 2, 3].map((i) => names[work.name[i]])'),
             ['web-1', 'db-7', 'web-2'])
    tap.same('the address holds the order', p.fragment(), {'order': 'width'})
    sums = c.js('[...work.sums[0].slice(1, 4)]')
    tap.same('with their sums', sums, [80, 60, 60])
    c.click_on('[data-view=reversed]')
    tap.same('reversed too', c.js(first), 'read_[k]')
    c.key('o')
    tap.same('o: by name again', c.js(first), '[libz.so.1]')
    c.key('v')
    tap.same('v: the flame graph again', c.js('state.view'), 'flame')


def colouring(p):
    c = p.c
    p.open()
    for (depth, x, width, name), fill in zip(p.frames, p.fills):
        if width == 200:
            continue
        got = p.fill(name, depth)
        tap.ok('--dump-frames has the colour of %s' % name,
               near(got, fill, 1), got, fill)
    p.choose('#colour', 'module')
    legend = c.js('Object.fromEntries([...document.querySelectorAll('
                  '"#legend li")].map((l) => [l.textContent, '
                  'getComputedStyle(l.querySelector("i")).backgroundColor]))')
    tap.same('the legend has modules, most samples first', list(legend), [
        '[no module]', '[kernel]', 'json', 'libz', 'libz.so.1'])
    tap.ok('a module has one colour',
           near(p.fill('libz::deflate'), rgb(legend['libz']), 1))
    module = Page(c, 'module', TEXT, '--colors=module')
    tap.ok('--colors=module: the same colours', all(
        near(module.fill(f[3], f[0]), fill, 1) for f, fill in
        zip(module.frames[1:], module.fills[1:])), module.fills)
    entry = 'document.querySelectorAll("#legend button")[2]'
    before = module.fill('libz::deflate')
    kept = module.fill('json::parse', 4)
    c.js(entry + '.click()')
    c.settle()
    tap.ok('a legend entry lets its frames stand out',
           not near(module.fill('libz::deflate'), before, 10) and
           module.fill('json::parse', 4) == kept)
    tap.same('which is told', c.js(entry + '.ariaPressed'), 'true')
    c.js(entry + '.click()')
    c.settle()
    tap.same('and taken back', module.fill('libz::deflate'), before)


def table(p):
    c = p.c
    p.open('#view=table')
    tap.same('by self, the largest first', p.rows()[0],
             '50|25.00 %|50|25.00 %|read_[k]')
    c.click_on('.table button[data-key=self]')
    tap.ok('again: the smallest', p.rows()[0].startswith('0|'), p.rows()[0])
    c.click_on('.table button[data-key=name]')
    tap.ok('by name', p.rows()[0].endswith('|[libz.so.1]'), p.rows()[0])
    tap.same('what it is sorted by is told', c.js(
        '[...document.querySelectorAll("[role=columnheader]")]'
        '.map((h) => h.ariaSort)'), ['none', None, 'none', None, 'ascending'])
    tap.same('the address holds the order', p.fragment(),
             {'view': 'table', 'sort': 'name'})
    p.open('#view=table&sort=-total&f=keep.process.db-7')
    tap.same('a link brings it back, filtered', [
        r.split('|')[4] for r in p.rows()],
        ['sort', 'read_[k]', 'db-7', 'main', 'query'])
    tap.same('only names that are left', c.js('table.order.length'), 5)


def sandwiches(p):
    c = p.c
    p.open('#view=sandwich&fn=%d' % c.js('names.indexOf("eval_[p]")'))
    tap.same('callers and callees', c.js(
        '[callers.tree.n, callees.tree.n]'), [3, 4])
    box = c.js('(() => { const b = callees.canvas.getBoundingClientRect(); '
               'return [b.left, b.top, b.width]; })()')
    c.click(box[0] + box[2] * .2, box[1] + 1.5 * 20)
    tap.same('a click zooms in one of them', p.fragment().get('down'), '1')
    link = c.js('location.hash')
    p.open(link)
    tap.same('a link brings it back', c.js('[callees.zoom, callers.zoom]'),
             [1, 0])


def saving(p):
    """What would be saved, without a file: the browser's own business."""
    c = p.c
    p.open()
    own = sorted(TEXT.splitlines())
    tap.same('all as folded text', sorted(c.js('foldedText()').splitlines()),
             own)
    p.choose('#filter-process', 'db-7')
    tap.same('filtered as folded text', sorted(c.js('foldedText()')
             .splitlines()), [l for l in own if l.startswith('db-7')])
    c.js('window.saved = []; save = (...a) => saved.push(a)')
    c.key('?')
    c.click_on('#save-svg')
    name, kind, text = c.js('saved[0]')
    tap.same('an image with a name', (name, kind),
             ('Flame-graph.svg', 'image/svg+xml'))
    tap.same('it is XML with a title for each frame', len(xml.etree.ElementTree.fromstring(
        text).findall('.//{*}g/{*}title')), 6)
    c.click_on('dialog form button')
    c.key('r')


def moving(c):
    """With motion allowed a zoom glides, and ends where it should."""
    p = Page(c, 'moving', TEXT)
    c.prefer(prefers_reduced_motion='no-preference')
    c.click(*p.middle('eval_[p]'))
    c.wait('!mainChart.glide && !mainChart.frame')
    tap.same('a glide ends at its frame', p.window(), (60, 120))
    left = p.place(3, 60)
    got = p.pixel(left[0] + 60, left[1]), p.fill('eval_[p]')
    tap.ok('which spans the chart', near(*got, 3), got)
    c.prefer(prefers_reduced_motion='reduce')
    tap.same('without motion it is there at once',
             c.js('mainChart.zoomTo(0, true); mainChart.glide'), None)


def places(c):
    """From match to match through a tree of many, either way and round."""
    p = Page(c, 'places', ''.join(
        'p;%s 1\n' % ';'.join('%c%d' % ('abc'[i // k % 3], i * k % 43)
                              for k in range(1, 2 + i % 9))
        for i in range(500)))
    p.search('^b')
    got = c.js("""(() => {
        const t = mainChart.tree, { found } = mainChart, { x } = t, got = [];
        const inside = (i) => t.path(i).slice(0, -1).some(matches);
        const matches = (i) => i && nameHit[t.name[i]];
        const all = [...x.keys()].filter(matches);
        const want = all.filter((i) => !inside(i))
            .sort((a, b) => x[a] - x[b]);
        const walk = (backwards) => {
            const rest = backwards ? [...want].reverse() : want;
            let at = backwards ? Infinity : -1;
            return [...rest, rest[0]].every((node) => {
                const m = nextPlace(t, found, at, backwards);
                at = x[node];
                return m.node === node &&
                    m.rank === want.indexOf(node) + 1;
            });
        };
        return [want.length > 50, all.length > want.length,
            [...found.hit].every((h, i) => (h & MATCH) ===
                (matches(i) ? MATCH : 0) && (h & INSIDE) ===
                (i && inside(i) ? INSIDE : 0)),
            found.places === want.length, walk(false), walk(true),
            [...x.keys()].every((i) => [1, 2, 3, 7, 40].every((by) =>
                anyMatch(found, i, i + by) ===
                all.some((k) => k >= i && k < i + by)))];
    })()""")
    tap.same('many matches are walked in their order', got, [True] * 7)


def assistive(c):
    """What a screen reader is given."""
    p = Page(c, 'assistive', TEXT)
    c.js('document.querySelector(".scroll").focus()')
    c.key('ArrowUp')
    c.send('Accessibility.enable')
    nodes = c.send('Accessibility.getFullAXTree')['nodes']
    c.send('Accessibility.disable')
    said = {}
    for n in nodes:
        if not n.get('ignored'):
            said.setdefault(n['role']['value'], []).append(
                n.get('name', {}).get('value', ''))
    tap.same('one tree with one item', (said.get('tree'), said.get(
        'treeitem')), (['Flame graph'], ['web-1, 40.00 %, 80 samples']))
    for role in ('button', 'textbox', 'searchbox', 'combobox', 'link'):
        tap.ok('each %s has a name' % role, all(said.get(role, [])),
               said.get(role))
    tap.ok('the canvas is not read', 'Canvas' not in said, sorted(said))
    c.js('document.querySelector("#theme").focus()')
    seen = []
    while len(seen) < 60:
        c.key('Tab')
        where = c.js('(() => { const e = document.activeElement; return '
                     'e === document.body ? "" : e.closest("#legend") ? '
                     '"legend" : e.id || e.className || e.dataset.view; '
                     '})()')
        if not where:
            break
        ring = c.js('(() => { const s = getComputedStyle('
                    'document.activeElement); return s.outlineStyle !== '
                    '"none" && parseFloat(s.outlineWidth) >= 2; })()')
        if where not in seen:
            tap.ok('Tab shows where it is: %s' % where, ring)
        seen.append(where)
    tap.ok('Tab comes to everything and goes on', {
        'icicle', 'search', 'order', 'filters', 'help-open', 'scroll',
        'copy-name', 'legend'} <= set(seen) and len(seen) < 60, seen)


run([filters, choices, of_selected, only, ordering, colouring, table,
     sandwiches, saving], [moving, places, assistive], opens)
