"""firefox.py [--times] FILE - a profile of the Firefox Profiler as folded text.

Checks that the tables of every thread are whole: columns of one length, numbers
of rows that there are, prefixes before what they are of. With --times the samples
come in their order, "time TAB stack TAB weight".
"""
import json
import sys

SUFFIX = {
    'kernel': '_[k]', 'jit': '_[j]', 'inline': '_[i]', 'interpreted': '_[0]',
    'c1': '_[1]', 'waker': '_[w]', 'python': '_[p]', 'python-native': '_[pn]',
    'pyperf': '_[pe]', 'ruby': '_[rb]', 'php': '_[php]', 'dotnet': '_[net]',
    'javascript': '_[js]', 'perl': '_[pl]',
}


def check_table(table, name):
    for key, column in table.items():
        if isinstance(column, list):
            assert len(column) == table['length'], (name, key)


def frame_text(profile, thread, frame):
    frames, funcs = thread['frameTable'], thread['funcTable']
    strings = thread['stringArray']
    func = frames['func'][frame]
    name = strings[funcs['name'][func]]
    line, file = frames['line'][frame], funcs['fileName'][func]
    if line is not None and file is not None:
        where = ' (%s:%d)' % (strings[file], line)
        if not name.endswith(where):
            name += where
    category = profile['meta']['categories'][frames['category'][frame]]
    if frames['inlineDepth'][frame]:
        return name + '_[i]'
    return name + SUFFIX.get(category['name'], '')


def stacks(profile, thread):
    table, out = thread['stackTable'], []
    for i in range(table['length']):
        prefix = table['prefix'][i]
        assert prefix is None or prefix < i
        text = frame_text(profile, thread, table['frame'][i])
        out.append(text if prefix is None else out[prefix] + ';' + text)
    return out


def samples(profile):
    for thread in profile['threads']:
        for name in ('frameTable', 'funcTable', 'stackTable', 'samples',
                     'resourceTable', 'markers', 'nativeSymbols'):
            check_table(thread[name], name)
        for lib in thread['resourceTable']['lib']:
            assert lib < len(profile['libs'])
        head = '' if thread['pid'] == '0' and thread['name'] == 'samples' \
            else thread['name']
        texts, last = stacks(profile, thread), 0
        rows = thread['samples']
        for stack, time, weight in zip(rows['stack'], rows['time'],
                                       rows['weight']):
            assert time >= last
            last = time
            parts = [head] if head else []
            if stack is not None:
                parts.append(texts[stack])
            yield time, ';'.join(parts), weight


def main():
    times = sys.argv[1] == '--times'
    with open(sys.argv[-1], encoding='utf-8') as f:
        profile = json.load(f)
    assert profile['meta']['preprocessedProfileVersion'] == 48
    total = {}
    for time, text, weight in samples(profile):
        if times:
            print('%g\t%s\t%d' % (time, text, weight))
        total[text] = total.get(text, 0) + weight
    if not times:
        lines = ['%s %d\n' % item for item in total.items()]
        sys.stdout.buffer.write(''.join(sorted(lines)).encode())


main()
