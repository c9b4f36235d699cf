"""chromium.py - drive a headless Chromium by the DevTools protocol.

Over --remote-debugging-pipe: JSON messages ended by NUL on descriptors 3 and 4.
No port, no other package than chromium, nothing beyond Python's own library.

    with Chromium() as c:
        c.open('file:///tmp/x.html')
        c.click(100, 200)
        c.key('Enter')
        c.js('document.title')

Everything waits for a condition, never for a time.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds until something that never happens is given up

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
         '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync',
         '--disable-default-apps', '--disable-extensions',
         '--disable-breakpad', '--hide-scrollbars', '--mute-audio',
         '--force-device-scale-factor=1', '--remote-debugging-pipe']

KEYS = {
    'Enter': (13, '\r'), 'Escape': (27, None), 'Backspace': (8, None),
    'Tab': (9, None), 'ArrowLeft': (37, None), 'ArrowUp': (38, None),
    'ArrowRight': (39, None), 'ArrowDown': (40, None), 'Home': (36, None),
    'End': (35, None), 'F3': (114, None),
}


class Chromium:
    def __init__(self, width=1200, height=800):
        self.size = (width, height)
        self.messages = []   # console lines, exceptions, policy violations
        self.requests = []   # addresses the page asked for
        self.features = {}
        self.ids = 0
        self.events = []
        self.buffer = b''
        self.session = None

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix='gp-chromium.')
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()

        def wire():
            # They may be 3 or 4 already: out of the way first.
            a, b = os.dup(to_r), os.dup(back_w)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(
            ['chromium'] + FLAGS + ['--user-data-dir=' + self.profile,
                                    '--window-size=%d,%d' % self.size],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=wire)
        os.close(to_r)
        os.close(back_w)
        target = self.send('Target.createTarget', url='about:blank')
        self.session = self.send('Target.attachToTarget', flatten=True,
                                 targetId=target['targetId'])['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.send(domain + '.enable')
        self.resize(*self.size)
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.send('Browser.close')
            self.process.wait(PATIENCE)
        except Exception:
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    # -- the protocol -----------------------------------------------------

    def receive(self):
        deadline = time.monotonic() + PATIENCE
        while b'\0' not in self.buffer:
            left = deadline - time.monotonic()
            ready = select.select([self.back], [], [], max(left, 0))[0]
            if not ready:
                raise TimeoutError('chromium does not answer')
            data = os.read(self.back, 1 << 20)
            if not data:
                raise EOFError('chromium is gone')
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\0', 1)
        message = json.loads(line)
        method, params = message.get('method'), message.get('params', {})
        if method == 'Log.entryAdded':
            # Advice about how tests read the canvas is not the page's fault.
            if 'Multiple readback' not in params['entry']['text']:
                self.messages.append(params['entry']['text'])
        elif method == 'Runtime.exceptionThrown':
            detail = params['exceptionDetails']
            self.messages.append(detail.get('exception', {}).get(
                'description', detail['text']))
        elif method == 'Runtime.consoleAPICalled':
            self.messages.append(' '.join(
                str(a.get('value', a.get('description')))
                for a in params['args']))
        elif method == 'Network.requestWillBeSent':
            self.requests.append(params['request']['url'])
        return message

    def send(self, method, **params):
        self.ids += 1
        message = {'id': self.ids, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self.to, data):]
        while True:
            answer = self.receive()
            if answer.get('id') == self.ids:
                break
            self.events.append(answer.get('method'))
        if 'error' in answer:
            raise RuntimeError('%s: %s' % (method, answer['error']))
        return answer['result']

    # -- the page ---------------------------------------------------------

    def js(self, expression):
        r = self.send('Runtime.evaluate', expression=expression,
                      returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in r:
            raise RuntimeError(r['exceptionDetails'].get(
                'exception', {}).get('description', 'exception'))
        return r['result'].get('value')

    def wait(self, expression, drawn=True):
        """Wait until it is true; return it. drawn: the page's scripts run."""
        deadline = time.monotonic() + PATIENCE
        while True:
            value = self.js(expression)
            if value:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError('never true: ' + expression)
            if drawn:
                self.settle()

    def settle(self):
        """Until what was asked for has been drawn."""
        self.js('new Promise((r) => requestAnimationFrame(() => '
                'requestAnimationFrame(() => r(1))))')

    def open(self, url):
        self.events.clear()
        self.send('Page.navigate', url='about:blank')
        self.send('Page.navigate', url=url)
        self.wait('document.readyState === "complete" && '
                  'location.href !== "about:blank"')

    def resize(self, width, height, scale=1):
        self.size = (width, height)
        self.send('Emulation.setDeviceMetricsOverride', width=width,
                  height=height, deviceScaleFactor=scale, mobile=False)

    def prefer(self, **features):
        """As in prefer(prefers_color_scheme='dark'); others stay."""
        self.features.update(features)
        self.send('Emulation.setEmulatedMedia', features=[
            {'name': k.replace('_', '-'), 'value': v}
            for k, v in self.features.items()])

    def move(self, x, y):
        self.send('Input.dispatchMouseEvent', type='mouseMoved', x=x, y=y)
        self.settle()

    def click(self, x, y):
        self.send('Input.dispatchMouseEvent', type='mouseMoved', x=x, y=y)
        for kind in ('mousePressed', 'mouseReleased'):
            self.send('Input.dispatchMouseEvent', type=kind, x=x, y=y,
                      button='left', clickCount=1)
        self.settle()

    def drag(self, start, end, shift=False):
        mouse = {'button': 'left', 'buttons': 1, 'clickCount': 1,
                 'modifiers': 8 if shift else 0}
        for kind, (x, y) in (('mouseMoved', start), ('mousePressed', start),
                             ('mouseMoved', end), ('mouseReleased', end)):
            self.send('Input.dispatchMouseEvent', type=kind, x=x, y=y,
                      **mouse)
        self.settle()

    def click_on(self, selector):
        box = self.js('(() => { const b = document.querySelector(%s)'
                      '.getBoundingClientRect(); return [b.left + b.width / '
                      '2, b.top + b.height / 2]; })()' % json.dumps(selector))
        self.click(*box)

    def key(self, key, shift=False):
        code, text = KEYS.get(key, (ord(key[0].upper()), key))
        event = {'key': key, 'windowsVirtualKeyCode': code,
                 'modifiers': 8 if shift else 0}
        self.send('Input.dispatchKeyEvent', type='keyDown',
                  **event, **({'text': text} if text else {}))
        self.send('Input.dispatchKeyEvent', type='keyUp', **event)
        self.settle()

    def type(self, text):
        self.send('Input.insertText', text=text)
        self.settle()

    def screenshot(self, path):
        data = self.send('Page.captureScreenshot', format='png')['data']
        with open(path, 'wb') as f:
            f.write(base64.b64decode(data))
