"""flame_diff.py FOLDER - differences and heat maps: by use.

TAP on standard output.
"""
import math
import os

from page import T, Page, near, run, tap

# 2,000 samples before, 4,000 now: shares are half of what counts say.
BASE = 'app;main;parse 800\napp;main;old 200\napp;main;same 1000\n'
NEW = ('app;main;parse 2200\napp;main;fresh 300\napp;main;same 1498\n'
       'app;main;tiny 2\n')
TWO = '''\
app;main;fresh 0 300
app;main;old 200 0
app;main;parse 800 2200
app;main;same 1000 1498
app;main;tiny 0 2
'''


def interval(base, new, whole=(2000, 4000), phi=2):
    """The bounds of the ratio, as the manual says."""
    p = [(base + .5) / (whole[0] + 1), (new + .5) / (whole[1] + 1)]
    v = sum((1 - q) / (x + .5) for q, x in zip(p, (base, new)))
    log, se = math.log(p[1] / p[0]), math.sqrt(phi * v)
    return tuple('\u00d7%.2f' % math.exp(e) for e in (
        log, log - 1.959964 * se, log + 1.959964 * se))


def bounds(*counts):
    return '%s \u2013 %s' % interval(*counts)[1:]


def ratio(*counts):
    return interval(*counts)[0] + ', 95 %: ' + bounds(*counts)


def opens(c):
    with open(os.path.join(T, 'base.folded'), 'w') as f:
        f.write(BASE)
    p = Page(c, 'diff', NEW, '--base=' + os.path.join(T, 'base.folded'))
    two = Page(c, 'two', TWO)
    tap.same('two columns make the same page', open(p.path).read(),
             open(two.path).read())
    p.open('#width=new')
    return p


def tooltips(p):
    tap.same('both sides have their sums', p.text('#totals'),
             '4,000 samplesbase: 2,000 samples')
    tap.same('more', p.hover('parse'), {
        'name': 'parse', 'base': '800 (40.00 %)', 'new': '2,200 (55.00 %)',
        'change': '+15.00 points', 'ratio': ratio(800, 2200),
        'so it is': 'more', 'kind': 'native'})
    tap.same('less', p.hover('same'), {
        'name': 'same', 'base': '1,000 (50.00 %)', 'new': '1,498 (37.45 %)',
        'change': '\u221212.55 points', 'ratio': ratio(1000, 1498),
        'so it is': 'less', 'kind': 'native'})
    tip = p.hover('fresh')
    tap.same('new', (tip['base'], tip['so it is']), ('0 (0.00 %)', 'new'))
    tap.same('every ancestor has its change', (p.hover('main')['change'],
             p.hover('main')['so it is']), ('0.00 points', 'no clear change'))


def colours(p):
    for (depth, x, width, name), fill in zip(p.frames[1:], p.fills[1:]):
        if width < 100 or name == 'fresh':
            continue
        got = p.fill(name)
        tap.ok('--dump-frames has the colour of %s' % name,
               near(got, fill, 1), got, fill)
    fills = dict(zip((f[3] for f in p.frames), p.fills))
    tap.ok('more is orange', fills['parse'][0] > fills['parse'][2] + 40)
    tap.ok('less is blue', fills['same'][2] > fills['same'][0] + 20)
    tap.same('what may be chance is as what is the same', fills['tiny'],
             fills['main'])
    # A hatched frame has more than its fill and its label: pixels differ
    # along a line where a plain frame has none.
    def row(name):
        d, x, width, _ = p.frame(name)
        left, y = p.place(d, x + width * .5)
        return {p.pixel(left + i, y - 6) for i in range(12)}
    tap.ok('what is new is hatched', len(row('fresh')) > 1)
    tap.same('what is not is plain', len(row('parse')), 1)
    tap.same('the legend says how', p.c.js(
        '[...document.querySelectorAll("#legend li")]'
        '.map((l) => l.textContent)'), ['much less', 'less',
        'no clear change', 'more', 'much more', 'new', 'gone'])
    p.choose('#colour', 'kind')
    tap.ok('by kind: another colour', not near(p.fill('parse'),
                                               fills['parse'], 20))
    p.choose('#colour', 'diff')


def widths(p):
    c = p.c
    tap.same('as wide as now', p.window(), (0, 4000))
    tap.ok('what is gone has no width now', not c.js(
        'mainChart.tree.name.includes(names.indexOf("old"))'))
    tap.same('but its samples are no other frame\'s', c.js(
        'foldedText()').splitlines(), TWO.splitlines())
    p.search('old')
    tap.same('and found', p.text('#matched'), '10.00 % \u2192 0.00 % in 1 place')
    p.search('')
    c.click_on('[data-view=table]')
    tap.same('it is in the table', [r.split('|')[5] for r in p.rows()
             if r.split('|')[6] == 'old'], ['gone'])
    c.js('go("sandwich", names.indexOf("old"))')
    c.settle()
    tap.same('its sandwich is as wide as both', c.js(
        '[callers, callees].map((t) => [t.tree.total[0], t.tree.n])'),
             [[200, 3], [200, 1]])
    c.click_on('[data-view=flame]')
    p.choose('#width', 'base')
    tap.same('as wide as before, in the same units', p.window(), (0, 4000))
    sums = '(({ name, total }) => Object.fromEntries([...name].slice(3)' \
        '.map((id, i) => [names[id], total[i + 3]])))(mainChart.tree)'
    tap.same('the base\'s shares', c.js(sums),
             {'old': 400, 'parse': 1600, 'same': 2000})
    p.choose('#width', 'both')
    tap.same('the mean of both: nothing is hidden', c.js(sums), {
        'fresh': 150, 'old': 200, 'parse': 1900, 'same': 1749, 'tiny': 1})
    c.move(*p.place(3, 250))
    tap.same('what is gone is there', (p.tip()['name'],
             p.tip()['so it is']), ('old', 'gone'))
    tap.same('the mean is what one sees first', p.fragment(), {})
    p.search('parse|old')
    tap.same('a search tells both shares', p.text('#matched'),
             '50.00 % \u2192 55.00 % in 2 places')
    p.search('')


def counts(p):
    p.choose('#compare', 'counts')
    tip = p.hover('main')
    tap.same('compared by counts, all is more', (tip['change'],
             tip['so it is']), ('+2000', 'more'))
    tap.ok('and its ratio', tip['ratio'].startswith('\u00d72.00, 95 %'),
           tip['ratio'])
    tap.same('the address holds it', p.fragment()['compare'], 'counts')
    p.choose('#compare', 'shares')


def table(p):
    c = p.c
    c.click_on('[data-view=table]')
    tap.same('the table: the largest change first', p.rows()[:2], [
        '40.00 %|55.00 %|+15.00|+15.00|' + bounds(800, 2200) + '|more|parse',
        '50.00 %|37.45 %|\u221212.55|\u221212.55|' + bounds(1000, 1498) +
        '|less|same'])
    tap.same('new and gone are told', [r.split('|')[5] for r in p.rows()
             if r.split('|')[6] in ('old', 'fresh')], ['gone', 'new'])
    c.click_on('.table button[data-key=ratio]')
    tap.same('by ratio: what is gone, what is new', [
        r.split('|')[6] for r in p.rows()[:2]], ['old', 'fresh'])
    c.click_on('.table .row:nth-child(1)')
    tap.same('a row opens the sandwich', p.text('.chart h2'),
             'Callers of old')
    c.click_on('[data-view=reversed]')
    tap.same('reversed, both sides are there', c.js(
        'mainChart.tree.sums.map((s) => s[0])'), [4000, 2000])
    c.click_on('[data-view=flame]')


def negated(c):
    p = Page(c, 'negate', NEW, '--negate',
             '--base=' + os.path.join(T, 'base.folded'))
    p.open('#width=new')
    for name in 'parse', 'same':
        tap.ok('--negate: the other colour for ' + name, near(
            p.fill(name), p.fills[p.id(name)], 1), p.fill(name))
    tap.ok('more is blue now', p.fill('parse')[2] > p.fill('parse')[0])
    p = Page(c, 'counts', NEW, '--normalize=none',
             '--base=' + os.path.join(T, 'base.folded'))
    p.open('#width=new')
    tap.same('--normalize=none compares counts at once', p.hover(
        'main')['so it is'], 'more')


# Ten seconds; in second s, 10 + s samples, all in f<s>; second 4 has none.
STREAM = '#gp version=1 kind=named host=h event=cpu-clock freq=99 ' \
    'interval=0.1 start=2026-01-02T03:04:05Z\n' + ''.join(
        '#time at=%d.5\nsh-1;main;f%d %d\n' % (s, s, 10 + s)
        for s in range(10) if s != 4) + \
    '#end lines=9 samples=%d lost=0\n' % sum(
        10 + s for s in range(10) if s != 4)


def times(c):
    p = Page(c, 'times', STREAM)
    tap.same('a heat map: ten columns of ten cells', c.js(
        '[heat.grid.columns, heat.grid.rows]'), [10, 10])
    tap.same('each with its samples', c.js(
        'heat.cells.reduce((a, v, i) => v ? [...a, [i, v]] : a, [])'),
        [[10 * s + 5, 10 + s] for s in range(10) if s != 4])
    left, top, width, height = c.js(
        '(() => { const b = heat.canvas.getBoundingClientRect(); '
        'return [b.left, b.top, b.width, b.height]; })()')

    def cell(second, tenth=5):
        return (left + (second + .5) / 10 * width,
                top + (tenth + .5) / 10 * height)

    def dark(second):
        return sum(c.js('[...heat.ctx.getImageData(%f, %f, 1, 1).data]' % (
            cell(second)[0] - left, cell(second)[1] - top))[:3])
    tap.ok('the more, the darker', dark(9) < dark(5) < dark(0) < dark(4),
           [dark(s) for s in (9, 5, 0, 4)])
    c.move(*cell(3))
    tap.same('a cell is told', p.text('#heat-note'), '3.5 s: 13 samples')
    c.click(*cell(3))
    tap.same('a click takes its second', (p.samples(), p.chips(),
             p.fragment()['span']), (13, ['3 s \u2013 4 s'], '3-4'))
    tap.same('whose stacks are shown', c.js(
        '[...work.name].slice(3).map((i) => names[i])'), ['f3'])
    c.drag(cell(5), cell(7))
    tap.same('dragging takes several', (p.samples(), p.fragment()['span']),
             (15 + 16 + 17, '5-8'))
    c.drag(cell(7), cell(8, 5), shift=True)
    tap.same('with Shift from cell to cell', (p.samples(),
             p.fragment()['span']), (17 + 18, '7.5-8.6'))
    link = c.js('location.hash')
    c.click_on('#span-all')
    tap.same('All shows all', (p.samples(), p.chips()), (131, []))
    c.click_on('#undo')
    tap.same('Undo takes that back', p.samples(), 35)
    p.open(link)
    tap.same('a link brings the span back', (p.samples(), c.js(
        '["span-from", "span-until"].map((i) => '
        'document.getElementById(i).value)')), (35, ['7.5', '8.6']))
    c.js('(() => { const f = document.querySelector("#span-from"); '
         'f.value = 0; f.dispatchEvent(new Event("change")); })()')
    c.settle()
    tap.same('times can be typed', p.samples(), 131 - 19)
    c.js('heat.canvas.focus()')
    c.key('Home')
    c.key('ArrowRight')
    tap.same('arrow keys walk seconds', p.fragment()['span'], '1-2')
    c.key('ArrowRight', shift=True)
    tap.same('with Shift they add some', (p.fragment()['span'],
             p.samples()), ('1-3', 23))
    tap.holds('what is shown is told', c.js('heat.canvas.ariaLabel'),
              '1 s to 3 s, 23 samples')
    p.search('f2')
    tap.same('search and span work together', p.text('#matched'),
             '52.17 % in 1 place')
    c.js('heat.canvas.focus()')
    c.key('Escape')
    tap.same('Esc on the map shows all', p.samples(), 131)
    c.screenshot(os.path.join(T, 'times.png'))
    two = Page(c, 'times2', STREAM + STREAM.replace(':05Z', ':25Z'))
    tap.same('streams follow each other by their start', c.js(
        '[heat.grid.columns, heat.times.length]'), [30, 29.6])
    tap.same('twice the samples', two.samples(), 262)
    plain = Page(c, 'plain', 'a;b 1\n')
    tap.ok('no times, no map', not c.js(
        'document.querySelector("#heat").checkVisibility()') and plain)


run([tooltips, colours, widths, counts, table], [negated, times], opens)
