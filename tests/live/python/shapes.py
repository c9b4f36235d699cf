# A program that prints the stack it is in, once for each thread, and stays there.
#
#	shapes.py SHAPE
#	truth TID frame;frame;...      outermost first, as gp-record names them
#	ready
#
# For Python 2.7 and 3.6 to the newest: no syntax that one of them lacks.
from __future__ import print_function
import ctypes
import functools
import os
import sys
import threading
import time

END = time.time() + 60
expected = 1
told = []


def tell():
    f = sys._getframe(1)
    frames = []
    while f:
        c = f.f_code
        name = getattr(c, 'co_qualname', c.co_name)
        frames.append(u'%s (%s:%d)_[p]' % (
            name, os.path.basename(c.co_filename), c.co_firstlineno))
        f = f.f_back
    tid = ctypes.CDLL(None).syscall(186)  # gettid
    line = u'truth %d %s\n' % (tid, u';'.join(reversed(frames)))
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


class Base(object):
    def method(self):
        return self.of_class(1)

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


def compressing():
    import zlib
    data = os.urandom(100000)
    tell()
    while time.time() < END:
        zlib.compress(data)


def calls():
    # Calls and returns all the time: many samples fall on the way.
    def f(n):
        return n + 1 if n < 20 else n
    tell()
    x = 0
    while time.time() < END:
        for i in range(2000):
            x += f(i)


def threads():
    def one():
        burn()

    def two():
        sorted([1], key=burn)
    all = [threading.Thread(target=f) for f in (one, two, closure())]
    for t in all:
        t.start()
    for t in all:
        t.join()


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
    'ctypes': lambda: ctypes.CFUNCTYPE(ctypes.c_long)(burn)(),
    'caught': caught,
    'import': import_it,
    'zlib': compressing,
    'calls': calls,
    'threads': threads,
    'tasks': tasks,
    'named': named,
    'forked': forked,
}

if __name__ == '__main__':
    sys.setrecursionlimit(2000)
    if sys.argv[1] == 'threads':
        expected = 3
    shapes[sys.argv[1]]()
