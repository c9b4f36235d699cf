"""flame-browser.py PAGE - how long a browser takes for what a user does.

Beside the time on a clock, which another load makes longer, stands what the
page's own thread worked: scripts, layout, what canvas and table are made of.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'browser'))
from chromium import Chromium  # noqa: E402


def row(name, value, unit):
    print('%s\t%s\t%s' % (name, value, unit))


def worked(c):
    """Milliseconds of processor time that the page's thread has had."""
    metrics = c.send('Performance.getMetrics')['metrics']
    return 1000 * sum(m['value'] for m in metrics
                      if m['name'] == 'ThreadTime')


def timed(c, name, action):
    """Rows of what an action takes, until the next frame is drawn."""
    before = worked(c)
    ms = c.js('new Promise((done) => { const t = performance.now(); %s; '
              'requestAnimationFrame(() => requestAnimationFrame(() => '
              'done(Math.round(performance.now() - t)))); })' % action)
    row(name + ' to drawn', ms, 'ms')
    row(name + ' cpu', round(worked(c) - before), 'ms')


def search(text):
    return ('document.querySelector("#search").value = "%s";'
            'document.querySelector("#search").dispatchEvent('
            'new KeyboardEvent("keydown", {key: "Enter", bubbles: true}))'
            % text)


with Chromium() as c:
    c.send('Performance.enable')
    c.open('file://' + os.path.abspath(sys.argv[1]))
    row('page load to ready', c.wait('document.documentElement.dataset.ready'),
        'ms')
    c.settle()
    # By a user who types before the page is at leisure, and by one who does not.
    timed(c, 'page search at once', search('2::[0-9]*7$'))
    c.open('file://' + os.path.abspath(sys.argv[1]))
    c.wait('document.documentElement.dataset.ready')
    c.js('new Promise((done) => setTimeout(done, 1000))')
    row('page draw', c.js('document.querySelector(".chart").dataset.ms'), 'ms')
    zoom = ('document.querySelector(".scroll").dispatchEvent('
            'new KeyboardEvent("keydown", {key: "%s"}))')
    up = ';'.join([zoom % 'ArrowUp'] * 3)
    c.js(up)
    timed(c, 'page zoom', zoom % 'Enter')
    c.settle()
    # A first search, and one by which most frames match.
    timed(c, 'page search', search('1::[0-9]*7$'))
    if not c.js('document.querySelector("#matched").value'):
        sys.exit('the search found nothing')
    timed(c, 'page search of most', search('::'))
    for view in ('reversed', 'table'):
        timed(c, 'page view ' + view,
              'document.querySelector("[data-view=%s]").click()' % view)
    heap = c.send('Runtime.getHeapUsage')
    row('page memory', round((heap['usedSize'] +
                              heap.get('backingStorageSize', 0)) / 2**20),
        'MiB')
    if c.messages:
        sys.exit('\n'.join(c.messages))
