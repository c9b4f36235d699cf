"""perf2raw - a recording of perf's as a raw stream of gp.

    perf script -F comm,pid,ip,dso --show-mmap-events | perf2raw.py > raw

So that both name the same samples. Equal stacks are counted, those of a process come
together, and in the order of the tree that they form, as gp-record writes them. The
kernel's functions are told of as gp-record would, which asks the kernel for each.
"""
import bisect
import re
import struct
import sys
from collections import Counter, defaultdict

MMAP = re.compile(r'PERF_RECORD_MMAP2 .*@ \S+(?: <([0-9a-f]+)>)?.*\]: '
                  r'\S+ (.*)$')
FRAME = re.compile(r'^\s+([0-9a-f]+) \((.*)\)$')
SAMPLE = re.compile(r'^(\S.*?)\s+(\d+)\s*$')


def segments(path):
    """(offset, size in the file, address) of what is executable."""
    found = []
    try:
        with open(path, 'rb') as f:
            head = f.read(64)
            if head[:4] != b'\x7fELF' or head[4] != 2:
                return found
            phoff, = struct.unpack_from('<Q', head, 32)
            size, n = struct.unpack_from('<HH', head, 54)
            f.seek(phoff)
            table = f.read(size * n)
        for i in range(n):
            kind, flags, off, addr, _, filesz = struct.unpack_from(
                '<IIQQQQ', table, i * size)
            if kind == 1 and flags & 1:
                found.append((off, filesz, addr))
    except (OSError, struct.error):
        pass
    return found


build_ids, modules, processes = {}, {}, defaultdict(Counter)


def module(path):
    if path not in modules:
        modules[path] = (len(modules) + 1, segments(path))
    return modules[path]


def frame(ip, dso, leaf):
    if dso.startswith('[kernel'):
        return '$k+%x' % ip
    if not dso.startswith('/') and dso != '[vdso]':
        return '[unknown]'
    number, segs = module(dso)
    addr = ip - (0 if leaf else 1)
    for off, size, vaddr in segs:
        if off - 4096 < addr < off + size + 4096:
            return '$%d+%x' % (number, addr - off + vaddr)
    return '$%d+%x' % (number, addr)


def kernel_functions():
    """(start, end, name, module) of those that stacks are in."""
    first = {}
    with open('/proc/kallsyms') as f:
        for line in f:
            addr, _, name, *module = line.split()
            first.setdefault(int(addr, 16), (name, module))
    starts = sorted(first)
    used = set()
    for stacks in processes.values():
        for stack in stacks:
            used.update(int(a, 16) for a in re.findall(r'\$k\+(\w+)', stack))
    told = {bisect.bisect(starts, addr) - 1 for addr in used}
    for i in sorted(told):
        if i < 0 or i + 1 == len(starts):
            continue
        name, module = first[starts[i]]
        if module and 'bpf' in module[0]:
            continue
        yield starts[i], starts[i + 1], name.removeprefix('__pfx_'), module


def in_tree_order(stacks):
    """(stack, count), one that begins like another next to it."""
    tree = [0, {}]
    for stack, count in stacks.items():
        node = tree
        for f in stack.split(';'):
            node = node[1].setdefault(f, [0, {}])
        node[0] = count
    todo = [('', tree)]
    while todo:
        stack, (count, below) = todo.pop()
        if count:
            yield stack[1:], count
        todo += [(stack + ';' + f, n) for f, n in reversed(below.items())]


def main():
    root, frames = None, []
    for line in sys.stdin:
        m = MMAP.search(line)
        if m:
            build_ids.setdefault(m.group(2), m.group(1))
            continue
        m = FRAME.match(line)
        if m and root:
            frames.append(frame(int(m.group(1), 16), m.group(2),
                                not frames))
            continue
        if root and frames:
            processes[root][';'.join([root] + frames[::-1])] += 1
        root, frames = None, []
        m = SAMPLE.match(line)
        if m:
            root = m.group(1).strip().replace(' ', '_').replace(';', ':')
            root += '-' + m.group(2)
    if root and frames:
        processes[root][';'.join([root] + frames[::-1])] += 1

    print('#gp version=1 kind=raw')
    for path, (number, _) in modules.items():
        bid = build_ids.get(path)
        print('#module id=%d%s path=%s' % (
            number, ' build_id=' + bid if bid else '',
            path.replace('%', '%25').replace(' ', '%20')))
    for start, end, name, module in kernel_functions():
        print('#kfunction addr=%x size=%d name=%s%s' % (
            start, end - start, name,
            ' module=' + module[0].strip('[]') if module else ''))
    for stacks in processes.values():
        for stack, count in in_tree_order(stacks):
            print(stack, count)
    print('#end lines=%d samples=%d lost=0' % (
        sum(map(len, processes.values())),
        sum(sum(s.values()) for s in processes.values())))


main()
