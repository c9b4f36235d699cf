# A program that prints the stack it is in, once for each thread, and stays there.
#
#	shapes.py SHAPE [lines]
#	truth TID frame;frame;...      outermost first, as gp-record names them
#	ready
#
# With lines, those that are executed, as gp-record --lines has them. A thread that
# has several stacks in turn tells them all. Status 77 if this Python does not have
# what the shape takes.
#
# For Python 2.7 and 3.6 to the newest: no syntax that one of them lacks.
from __future__ import print_function
import functools
import inspect
import os
import sys
import threading
import time

END = time.time() + 600
expected = 1
lines = len(sys.argv) > 2
told = []


def functions(value):
    # What an attribute of a class leads to.
    yield value
    for name in '__func__', 'fget', 'fset', 'fdel':
        yield getattr(value, name, None)


def qualified(f):
    # The qualified name; to 3.10 the class is that of the first argument.
    c = f.f_code
    if hasattr(c, 'co_qualname'):
        return c.co_qualname
    if not c.co_argcount or c.co_varnames[0] in c.co_cellvars:
        return c.co_name
    first = f.f_locals.get(c.co_varnames[0])
    kind = getattr(first, '__class__', None)
    kind = first if isinstance(first, type) else kind
    for base in inspect.getmro(kind) if inspect.isclass(kind) else ():
        for g in functions(base.__dict__.get(c.co_name)):
            if getattr(g, '__code__', None) is c:
                return getattr(g, '__qualname__',
                               base.__name__ + '.' + c.co_name)
    return c.co_name


def stack(f):
    frames = []
    while f:
        c = f.f_code
        frames.append(u'%s (%s:%d)_[p]' % (
            qualified(f), os.path.basename(c.co_filename),
            f.f_lineno if lines else c.co_firstlineno))
        f = f.f_back
    return u';'.join(reversed(frames))


def gettid():
    if hasattr(threading, 'get_native_id'):
        return threading.get_native_id()
    import ctypes
    return ctypes.CDLL(None).syscall(186)


def tell():
    tid = gettid()
    line = u'truth %d %s\n' % (tid, stack(sys._getframe(1)))
    os.write(1, line.encode('utf-8'))
    told.append(tid)
    if len(told) == expected:
        os.write(1, b'ready\n')


def burn(*args):
    tell()
    x = 0
    while time.time() < END:
        for i in range(2000):
            x += i * i
    return x


def deep(n):
    return burn() if n == 0 else deep(n - 1)


class Old:
    # To Python 2, a class of another kind.
    def old(self):
        return Derived().of_class(1)


class Base(object):
    def method(self):
        return self.attribute

    @property
    def attribute(self):
        return Old().old()

    @classmethod
    def of_class(cls, a, b=2):
        return cls.of_none(a, b)

    @staticmethod
    def of_none(a, b):
        return Derived.Inner().run()


class Derived(Base):
    class Inner(object):
        def run(self):
            return burn()

    def __getattr__(self, name):
        return self.method()


def generator(n):
    if n == 0:
        yield burn()
    else:
        for x in generator(n - 1):
            yield x


def closure():
    def inner():
        return (lambda: burn())()
    return inner


def raises(n):
    if n == 0:
        raise ValueError('deep')
    try:
        raises(n - 1)
    finally:
        n += 1


def caught():
    try:
        raises(40)
    except ValueError:
        burn()


def import_it():
    import tempfile
    d = tempfile.mkdtemp()
    sys.path.insert(0, d)
    with open(os.path.join(d, 'imported.py'), 'w') as f:
        f.write('import __main__\n\n\ndef at_import():\n    __main__.burn()'
                '\n\n\nat_import()\n')
    sys.dont_write_bytecode = True
    __import__('imported')


def compressing(tell=tell):
    import zlib
    data = os.urandom(100000)
    tell()
    while time.time() < END:
        zlib.compress(data)


def hashing(tell=tell):
    # OpenSSL's: where there is none, hashlib's own is Python.
    from _hashlib import pbkdf2_hmac
    tell()
    while time.time() < END:
        pbkdf2_hmac('sha256', b'secret', b'salt', 10000)


def calls():
    # Calls and returns all the time: many samples fall on the way.
    def f(n):
        return n + 1 if n < 20 else n
    tell()
    x = 0
    while time.time() < END:
        for i in range(2000):
            x += f(i)


def recursing():
    # Down and up again all the time. Of frames of this size, some end where a page
    # does; and without arguments, nothing behind them is written when they begin.
    scope = {}
    exec(compile('def f():\n    global n\n    n -= 1\n    if n > 0:\n        f()\n'
                 '    if n > 999:\n        print(n)\n', 'shapes.py', 'exec'), scope)
    tell()
    while time.time() < END:
        scope['n'] = 400
        scope['f']()


class Enters(object):
    def f(self, n):
        if n:
            self(n - 1)

    __call__ = f


def entering():
    # The same through C: each call begins the interpreter's C function.
    enters = Enters()
    tell()
    while time.time() < END:
        enters(40)


def starting():
    # While other threads begin and end all the time.
    def others():
        while time.time() < END:
            t = threading.Thread(target=time.time)
            t.start()
            t.join()
    t = threading.Thread(target=others)
    t.daemon = True
    t.start()
    compressing()


def run_threads(*functions):
    all = [threading.Thread(target=f) for f in functions]
    for t in all:
        t.start()
    for t in all:
        t.join()


def threads():
    # They wait for the lock of the interpreter most of the time.
    def one():
        burn()

    def two():
        sorted([1], key=burn)
    run_threads(one, two, closure())


def unlocked():
    # They run at the same time: the C functions release it.
    import zlib
    import _hashlib
    run_threads(compressing, hashing, compressing)


def callback():
    import ctypes
    ctypes.CFUNCTYPE(ctypes.c_long)(burn)()


def greenlets():
    # Behind a single frame of the interpreter's function.
    try:
        from _thread import start_new_thread
    except ImportError:
        from thread import start_new_thread
    __import__('greenlet')
    start_new_thread(greet, (3000000,))
    time.sleep(600)


def greet(work):
    # Two that switch to each other, on the stack of whoever began them.
    from greenlet import greenlet

    def ping():
        tell()
        while time.time() < END:
            sum(range(work))
            other.switch()

    def deeper(n):
        if n:
            return deeper(n - 1)
        tell()
        while time.time() < END:
            sum(range(work))
            one.switch()

    one, other = greenlet(ping), greenlet(lambda: deeper(5))
    one.switch()


def switching():
    # All the time.
    greet(20)


inside = """
import os, sys, time
def burn():
    names, f = [], sys._getframe()
    while f:
        c = f.f_code
        names.insert(0, '%%s (%%s:%%d)_[p]' %% (
            getattr(c, 'co_qualname', c.co_name),
            os.path.basename(c.co_filename),
            f.f_lineno if %r else c.co_firstlineno))
        f = f.f_back
    text = '\\n'.join(['truth %d %s;' + ';'.join(names), 'ready', ''])
    os.write(1, text.encode('utf-8'))
    while time.time() < %f:
        sum(range(1000))
        time.sleep(0)
def go(n):
    return go(n - 1) if n else burn()
go(5)
"""


def subinterpreter():
    # Its frames are another thread state's, of the same thread.
    def code(f):
        return inside % (lines, gettid(), stack(f), END)

    for name in '_interpreters', '_xxsubinterpreters':
        try:
            m = __import__(name)
        except ImportError:
            continue
        run, new = getattr(m, 'exec', getattr(m, 'run_string', None)), m.create()
        return run(new, code(sys._getframe()))
    from _testcapi import run_in_subinterp
    run_in_subinterp(code(sys._getframe()))


def tasks():
    # A coroutine has a syntax that 2.7 lacks.
    scope = {'burn': burn}
    exec(compile('import asyncio\n'
                 'async def leaf():\n    burn()\n'
                 'async def task():\n    await asyncio.sleep(0)\n'
                 '    await leaf()\n'
                 'async def main():\n    await asyncio.gather(task())\n'
                 'asyncio.get_event_loop_policy().new_event_loop()'
                 '.run_until_complete(main())\n', 'tasks.py', 'exec'), scope)


def named():
    if sys.version_info < (3,):
        raise ImportError('names are ASCII')
    scope = {'burn': burn}
    exec(compile(u'def gr\xf6\xdfe():\n    burn()\n'
                 u'def \u6f22\u5b57():\n    gr\xf6\xdfe()\n'
                 u'\u6f22\u5b57()\n', u'na me;\u20ac.py', 'exec'), scope)


def forked():
    import multiprocessing
    p = multiprocessing.Process(target=burn)
    p.start()
    p.join()


shapes = {
    'recursion': lambda: deep(30),
    'deep': lambda: deep(900),
    'methods': lambda: Derived().anything,
    'generator': lambda: list(generator(20)),
    'closure': lambda: closure()(),
    'sorted': lambda: sorted([3], key=lambda x: burn(x)),
    'reduce': lambda: functools.reduce(burn, [1, 2]),
    'ctypes': callback,
    'caught': caught,
    'import': import_it,
    'zlib': compressing,
    'hashlib': hashing,
    'calls': calls,
    'recursing': recursing,
    'entering': entering,
    'starting': starting,
    'threads': threads,
    'unlocked': unlocked,
    'greenlets': greenlets,
    'switching': switching,
    'subinterpreter': subinterpreter,
    'tasks': tasks,
    'named': named,
    'forked': forked,
}

stacks = {'threads': 3, 'unlocked': 3, 'greenlets': 2, 'switching': 2}

if __name__ == '__main__':
    sys.setrecursionlimit(2000)
    expected = stacks.get(sys.argv[1], 1)
    try:
        shapes[sys.argv[1]]()
    except (ImportError, SyntaxError) as e:
        sys.stderr.write('%s\n' % e)
        sys.exit(77)
