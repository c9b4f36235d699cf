"""flame-browser.py PAGE - how long a browser takes for what a user does."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'browser'))
from chromium import Chromium  # noqa: E402


def row(name, value, unit):
    print('%s\t%s\t%s' % (name, value, unit))


def timed(c, action):
    """Milliseconds from the action to the next drawn frame."""
    return c.js('new Promise((done) => { const t = performance.now(); %s; '
                'requestAnimationFrame(() => requestAnimationFrame(() => '
                'done(Math.round(performance.now() - t)))); })' % action)


with Chromium() as c:
    c.open('file://' + os.path.abspath(sys.argv[1]))
    row('page load to ready', c.wait('document.documentElement.dataset.ready'),
        'ms')
    c.settle()
    row('page draw', c.js('document.querySelector(".chart").dataset.ms'), 'ms')
    zoom = ('document.querySelector(".scroll").dispatchEvent('
            'new KeyboardEvent("keydown", {key: "%s"}))')
    up = ';'.join([zoom % 'ArrowUp'] * 3)
    c.js(up)
    row('page zoom to drawn', timed(c, zoom % 'Enter'), 'ms')
    c.settle()
    row('page search to drawn', timed(
        c, 'document.querySelector("#search").value = "1::[0-9]*7$";'
        'document.querySelector("#search").dispatchEvent('
        'new KeyboardEvent("keydown", {key: "Enter", bubbles: true}))'), 'ms')
    if not c.js('document.querySelector("#matched").value'):
        sys.exit('the search found nothing')
    for view in ('reversed', 'table'):
        row('page view ' + view, timed(
            c, 'document.querySelector("[data-view=%s]").click()' % view),
            'ms')
    heap = c.send('Runtime.getHeapUsage')
    row('page memory', round((heap['usedSize'] +
                              heap.get('backingStorageSize', 0)) / 2**20),
        'MiB')
    if c.messages:
        sys.exit('\n'.join(c.messages))
