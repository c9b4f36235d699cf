"""world.py - what chaos.py and soak.py share: folders, servers, processes.

A World is a temporary folder with the state, spool, store and caches of one
machine, a server on loopback that plays the receiver of bundles and the control
server, and the means to see which processes are left. Its process adopts whatever
its descendants leave behind (PR_SET_CHILD_SUBREAPER), so that nothing escapes.
"""
import ctypes
import glob
import gzip
import http.server
import io
import json
import os
import shutil
import signal
import struct
import sys
import tarfile
import tempfile
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER = 36
SYS_BPF = 321
MAP_LOOKUP, MAP_GET_FD_BY_ID = 1, 14
HANG_S = 240


# -- processes ---------------------------------------------------------------

def children(pid):
    found = []
    for path in glob.glob('/proc/%d/task/*/children' % pid):
        try:
            with open(path) as f:
                found += [int(word) for word in f.read().split()]
        except OSError:
            pass
    return found


def descendants():
    """All that live, zombies apart: (pid, name)."""
    found, todo = [], children(os.getpid())
    while todo:
        pid = todo.pop()
        try:
            with open('/proc/%d/stat' % pid) as f:
                head, _, rest = f.read().rpartition(')')
        except OSError:
            continue
        if rest.split()[0] not in 'ZX':
            found.append((pid, head.partition('(')[2]))
        todo += children(pid)
    return found


ended = {}  # pid -> exit status, or -signal, of what spawn() started


def spawn(argv, said):
    """Start a program; what it says is added to the file said."""
    return os.posix_spawn(argv[0], argv, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, '/dev/null', os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, said, os.O_WRONLY | os.O_APPEND |
         os.O_CREAT, 0o600)])


def reap():
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            ended[pid] = os.waitstatus_to_exitcode(status)
    except ChildProcessError:
        pass


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


# -- the kernel's own count --------------------------------------------------

class Witness:
    """The counters of a gp-record, held open so that they outlive it.

    The program counts each sample in the map before it does anything else with
    it: whoever is killed when, that number stands.
    """

    def __init__(self, pid):
        self.fd = -1
        try:
            for name in os.listdir('/proc/%d/fdinfo' % pid):
                with open('/proc/%d/fdinfo/%s' % (pid, name)) as f:
                    info = dict(line.split(':', 1) for line in f
                                if ':' in line)
                if info.get('map_type', '').strip() == '6' and \
                        info['value_size'].strip() == '32':
                    attr = struct.pack('III', int(info['map_id']), 0, 0)
                    self.fd = libc.syscall(SYS_BPF, MAP_GET_FD_BY_ID, attr,
                                           len(attr))
                    return
        except (OSError, KeyError):
            pass

    def fired(self):
        with open('/sys/devices/system/cpu/possible') as f:
            cpus = int(f.read().strip().split('-')[-1]) + 1
        key = ctypes.c_uint32(0)
        value = (ctypes.c_uint64 * (4 * cpus))()
        attr = struct.pack('QQQQ', self.fd, ctypes.addressof(key),
                           ctypes.addressof(value), 0)
        if libc.syscall(SYS_BPF, MAP_LOOKUP, attr, len(attr)) != 0:
            raise OSError(ctypes.get_errno(), 'bpf')
        return sum(value[::4])

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


# -- profiles ----------------------------------------------------------------

class Profile:
    """What a folded profile says of itself, and what is in it."""

    def __init__(self, text):
        self.text, self.head, self.end, self.lost = text, {}, {}, []
        self.samples = 0
        for line in text.decode(errors='replace').split('\n'):
            if not line.startswith('#'):
                self.samples += int(line.rpartition(' ')[2]) if line else 0
                continue
            fields = dict(word.partition('=')[::2]
                          for word in line.split(' ')[1:])
            if line.startswith('#gp '):
                self.head = fields
            elif line.startswith('#end '):
                self.end = fields
            elif line.startswith('#lost '):
                self.lost.append(fields)
        self.freq = int(self.head.get('freq', 0))
        self.missing = int(self.end.get('lost', 0))

    def is_cut(self):
        return any(r['reason'] in ('run-died', 'record-died', 'run-cut')
                   for r in self.lost)


# -- the server --------------------------------------------------------------

class Server(http.server.ThreadingHTTPServer):
    """Takes bundles at /in, and is the control server, as
    tests/fixtures/control_server.py is: it repeats its command for ever.

    moods: a function that says for each bundle what to do: 'take', 'refuse'
    (503) or 'lose' (it is taken, the answer is not sent).
    """
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Handler)
        self.lock = threading.Lock()
        self.bundles = {}        # id -> Profile
        self.arrivals = 0
        self.broken = []         # what is no bundle, or differs under one id
        self.keep = True         # the profiles; else only their number
        self.moods = lambda: 'take'
        self.command = None
        self.completed = {}      # command id -> [status, ...]
        self.beats = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = 'http://127.0.0.1:%d' % self.server_address[1]

    def handle_error(self, request, client_address):
        # A client that is killed is what is tested; all else is a mistake.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def take(self, key, body):
        try:
            with tarfile.open(fileobj=io.BytesIO(body), mode='r:gz') as tar:
                meta = json.load(tar.extractfile('meta.json'))
                p = Profile(tar.extractfile('profile.folded').read())
        except Exception as e:  # whatever it is, the test must see it
            self.broken.append('%s: %r' % (key, e))
            return
        self.arrivals += 1
        if not meta['complete']:
            self.broken.append(key + ' is partial')
        if key in self.bundles and self.bundles[key].text != p.text:
            self.broken.append(key + ' came with another content')
        if self.keep:
            self.bundles[key] = p


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def answer(self, status, text):
        self.send_response(status)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        size = int(self.headers['Content-Length'])
        body = self.rfile.read(size)
        if len(body) < size:  # its sender was killed
            self.close_connection = True
            return
        with self.server.lock:
            if self.path == '/in':
                return self.bundle(body)
            return self.control(json.loads(body))

    def bundle(self, body):
        mood = self.server.moods()
        if mood == 'refuse':
            return self.answer(503, b'later\n')
        self.server.take(self.headers['Idempotency-Key'].strip('"'), body)
        if mood == 'lose':
            self.close_connection = True
            return None
        return self.answer(200, b'ok\n')

    def control(self, body):
        s = self.server
        if self.path == '/api/metrics/heartbeat':
            s.beats += 1
            answer = {'success': True, 'message': 'ok', 'command_id': None,
                      'profiling_command': None}
            answer.update(s.command or {})
        elif body['command_id'] in s.completed:
            answer = {'success': False, 'message': 'not assigned'}
        else:
            s.completed[body['command_id']] = body['status']
            answer = {'success': True, 'message': 'ok'}
        return self.answer(200, json.dumps(answer).encode())


# -- all of it ---------------------------------------------------------------

class World:
    def __init__(self, name):
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.build = os.environ.get('BUILD', 'build')
        self.bin = os.path.abspath(self.build + '/bin')
        self.top = tempfile.mkdtemp(prefix='gp-%s.' % name)
        for name in 'state spool store tmp cache heartbeat'.split():
            os.mkdir(self.at(name))
        self.server = Server()
        for name in list(os.environ):
            if name.lower().endswith('_proxy'):
                del os.environ[name]
        os.environ.update(GP_CACHE_DIR=self.at('cache'), GP_CONFIG='',
                          TMPDIR=self.at('tmp'), NO_PROXY='*', LC_ALL='C')

    def at(self, *names):
        return os.path.join(self.top, *names)

    def run_options(self):
        """Of gp-run, wherever it is started from."""
        return ['--state', self.at('state'), '--lock', self.at('lock'),
                '--tmpdir', self.at('tmp'), '--dir', self.at('store'),
                '--spool', self.at('spool'), '--deadline', '20s',
                '--pass', 'upload:--to=%s/in name=http' % self.server.url,
                '--pass', 'upload:--retries=0']

    def run(self, *options):
        return spawn([self.bin + '/gp-run', *self.run_options(), *options],
                     self.at('said'))

    def beat(self, *options):
        """One poll; its worker runs gp-run with the same folders."""
        passed = [word for option in self.run_options()
                  for word in ('--run', option)]
        return spawn([
            self.bin + '/gp-heartbeat', '--server', self.server.url,
            '--service', 'test', '--hostname', 'test', '--timeout', '20s',
            '--state', self.at('heartbeat'), *passed, *options],
            self.at('said'))

    def said(self):
        """What was said since the last call."""
        try:
            with open(self.at('said'), errors='replace') as f:
                text = f.read()
            os.unlink(self.at('said'))
        except FileNotFoundError:
            return ''
        return text

    def stored(self):
        """Every profile in the directory."""
        found = []
        for top, _, names in os.walk(self.at('store')):
            for name in names:
                if name.endswith('.gz'):
                    with gzip.open(os.path.join(top, name)) as f:
                        found.append(Profile(f.read()))
        return found

    def files(self):
        """Every file here but the profiles in the store, and caches' entries
        that have their final names."""
        found = []
        for top, _, names in os.walk(self.top):
            for name in names:
                path = os.path.relpath(os.path.join(top, name), self.top)
                if path.startswith('store/2') and path.endswith('.gz'):
                    continue
                found.append(path)
        return sorted(found)

    def wait_alone(self, except_for=()):
        """Until no descendant is left; those that are after HANG_S."""
        until = time.monotonic() + HANG_S
        while True:
            reap()
            left = [p for p in descendants() if p[0] not in except_for]
            if not left or time.monotonic() > until:
                return left
            time.sleep(0.005)

    def close(self):
        for pid, _ in descendants():
            kill(pid)
        self.server.shutdown()
        shutil.rmtree(self.top, ignore_errors=True)
