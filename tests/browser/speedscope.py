"""speedscope.py RELEASE-FOLDER FILE - what speedscope makes of a folded file.

Opens the file in speedscope's own page and prints its table of functions, one
"symbol TAB self TAB total" a line, sorted.
"""
import base64
import os
import sys
import tempfile

from chromium import Chromium

# Self and Total of a row stand before its symbol; "8,200 (79%)".
TABLE = r'''(function () {
    var lines = document.body.innerText.split('\n').map(s => s.trim())
        .filter(s => s), out = [];
    var at = lines.findIndex(s => /^Total\s+Self\s+Symbol Name$/.test(s));
    if (at < 0) return '';
    for (var i = at + 1; i + 2 < lines.length; i += 3)
        out.push([lines[i + 2]].concat([lines[i + 1], lines[i]].map(
            s => s.replace(/ \(.*/, '').replace(/,/g, ''))).join('\t'));
    return out.join('\n');
})()'''


def main():
    release, path = sys.argv[1:]
    with open(path, 'rb') as f:
        text = base64.b64encode(f.read()).decode()
    with tempfile.TemporaryDirectory() as tmp:
        js = os.path.join(tmp, 'profile.js')
        with open(js, 'w') as f:
            f.write("speedscope.loadFileFromBase64('p', '%s')" % text)
        with Chromium() as c:
            c.open('file://%s/index.html#localProfilePath=%s&view=sandwich'
                   % (os.path.abspath(release), js))
            print('\n'.join(sorted(c.wait(TABLE).split('\n'))))


main()
