"""firefox.py [--times] FILE - a profile of the Firefox Profiler as folded text.

Checks that it is one of version 48 of the processed format: each field there and
of its type, columns of one length, numbers of rows that there are, prefixes before
what they are of. Also what later versions need to take it over: since 53 the
category of a stack is that of its frame. With --times the samples come in their
order, "time TAB stack TAB weight". A thread of an event, "sh (cycles:u)", has it in
front of its stacks.

Source: src/types/profile and docs-developer/CHANGELOG-formats.md of
firefox-devtools/profiler.
"""
import json
import sys

SUFFIX = {
    'kernel': '_[k]', 'jit': '_[j]', 'inline': '_[i]', 'interpreted': '_[0]',
    'c1': '_[1]', 'waker': '_[w]', 'python': '_[p]', 'python-native': '_[pn]',
    'pyperf': '_[pe]', 'ruby': '_[rb]', 'php': '_[php]', 'dotnet': '_[net]',
    'javascript': '_[js]', 'perl': '_[pl]',
}


# Columns and fields by what they hold: a type, or the table that a number is a row
# of. "?" may also be null, "-" also -1, "[]" is a list of any.
TABLES = {
    'samples': {'stack': 'stackTable?', 'time': 'number', 'weight': 'number'},
    'stackTable': {
        'prefix': 'stackTable?', 'frame': 'frameTable',
        'category': 'categories', 'subcategory': 'int'},
    'frameTable': {
        'address': 'int-', 'inlineDepth': 'int', 'category': 'categories?',
        'subcategory': 'int?', 'func': 'funcTable',
        'nativeSymbol': 'nativeSymbols?', 'innerWindowID': 'int?',
        'implementation': 'stringArray?', 'line': 'int?', 'column': 'int?'},
    'funcTable': {
        'name': 'stringArray', 'isJS': 'bool', 'relevantForJS': 'bool',
        'resource': 'resourceTable-', 'fileName': 'stringArray?',
        'lineNumber': 'int?', 'columnNumber': 'int?'},
    'resourceTable': {
        'lib': 'libs?', 'name': 'stringArray', 'host': 'stringArray?',
        'type': 'int'},
    'markers': {
        'data': '[]', 'name': 'stringArray', 'startTime': 'number?',
        'endTime': 'number?', 'phase': 'int', 'category': 'categories'},
    'nativeSymbols': {
        'libIndex': 'libs', 'address': 'int', 'name': 'stringArray',
        'functionSize': 'int?'},
}
THREAD = {
    'name': 'str', 'processName': 'str', 'pid': 'str', 'tid': 'int',
    'isMainThread': 'bool', 'processType': 'str',
    'processStartupTime': 'number', 'processShutdownTime': 'number?',
    'registerTime': 'number', 'unregisterTime': 'number?',
    'pausedRanges': '[]', 'stringArray': '[]',
}
META = {
    'interval': 'number', 'startTime': 'number', 'version': 'int',
    'preprocessedProfileVersion': 'int', 'processType': 'int',
    'stackwalk': 'int', 'debug': 'bool', 'product': 'str',
    'importedFrom': 'str', 'platform': 'str', 'toolkit': 'str', 'misc': 'str',
    'abi': 'str', 'oscpu': 'str', 'symbolicated': 'bool',
    'sourceCodeIsNotOnSearchfox': 'bool', 'usesOnlyOneStackType': 'bool',
    'markerSchema': '[]', 'categories': '[]',
}
META_OPTIONAL = {'logicalCPUs': 'int'}
LIB = {
    'name': 'str', 'path': 'str', 'debugName': 'str', 'debugPath': 'str',
    'breakpadId': 'str', 'codeId': 'str?', 'arch': 'str',
}
COLORS = {'transparent', 'lightblue', 'red', 'lightred', 'orange', 'blue',
          'green', 'purple', 'yellow', 'brown', 'magenta', 'lightgreen',
          'grey', 'darkgrey'}


def fits(value, kind, rows):
    """Whether a value is what it should be; rows: how many tables have."""
    if kind == '[]':
        return isinstance(value, list)
    if kind.endswith('?'):
        return value is None or fits(value, kind[:-1], rows)
    if kind.endswith('-'):
        return value == -1 or fits(value, kind[:-1], rows)
    if kind in ('bool', 'str'):
        return isinstance(value, {'bool': bool, 'str': str}[kind])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if kind == 'number':
        return True
    return isinstance(value, int) and 0 <= value < rows.get(kind, 2 ** 53)


def check_fields(o, fields, name, optional=None):
    assert set(fields) <= set(o) <= set(fields) | set(optional or ()), (
        name, set(fields) ^ set(o))
    for key, kind in {**fields, **(optional or {})}.items():
        assert key not in o or fits(o[key], kind, {}), (name, key, o[key])


def check_thread(thread, rows):
    tables = {k: v for k, v in thread.items() if k in TABLES}
    assert set(tables) == set(TABLES), set(tables) ^ set(TABLES)
    check_fields({k: v for k, v in thread.items() if k not in TABLES}, THREAD,
                 thread['name'])
    rows = dict(rows, stringArray=len(thread['stringArray']),
                **{k: v['length'] for k, v in tables.items()})
    assert all(isinstance(s, str) for s in thread['stringArray'])
    assert tables['samples'].pop('weightType') in ('samples', 'bytes')
    for name, table in tables.items():
        columns = TABLES[name]
        assert set(table) == set(columns) | {'length'}, (name, list(table))
        for key, kind in columns.items():
            assert len(table[key]) == table['length'], (name, key)
            for value in table[key] if kind != '[]' else ():
                assert fits(value, kind, rows), (name, key, value)
    check_frames(thread)


def check_frames(thread):
    frames, stack = thread['frameTable'], thread['stackTable']
    for i, frame in enumerate(stack['frame']):
        for key in ('category', 'subcategory'):
            assert frames[key][frame] == stack[key][i]
    resource = thread['resourceTable']
    for func, address in zip(frames['func'], frames['address']):
        # An address is one in the library of the function.
        if address != -1:
            row = thread['funcTable']['resource'][func]
            assert row != -1 and resource['lib'][row] is not None


def check(profile):
    assert set(profile) == {'meta', 'threads', 'libs'}, list(profile)
    meta = profile['meta']
    check_fields(meta, META, 'meta', META_OPTIONAL)
    assert meta['preprocessedProfileVersion'] == 48
    for c in meta['categories']:
        assert set(c) == {'name', 'color', 'subcategories'}
        assert c['color'] in COLORS and c['subcategories'][0] == 'Other'
    assert any(c['color'] == 'grey' for c in meta['categories'])
    for lib in profile['libs']:
        check_fields(lib, LIB, 'lib')
    used, ids = set(), set()
    for thread in profile['threads']:
        check_thread(thread, {'categories': len(meta['categories']),
                              'libs': len(profile['libs'])})
        used.update(thread['resourceTable']['lib'])
        ids.add((thread['pid'], thread['tid'], thread['name'],
                 thread['processName']))
    assert used - {None} == set(range(len(profile['libs'])))
    assert len(ids) == len(profile['threads'])
    # Of several main threads of a process the last hides the others.
    main = [t['pid'] for t in profile['threads'] if t['isMainThread']]
    assert len(set(main)) == len(main)


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
        # No comm has a blank.
        head, _, event = thread['name'].partition(' (')
        if thread['pid'] == '0' and head == 'samples':
            head = ''
        texts, last = stacks(profile, thread), 0
        rows = thread['samples']
        for stack, time, weight in zip(rows['stack'], rows['time'],
                                       rows['weight']):
            assert time >= last
            last = time
            parts = [event[:-1]] if event else []
            parts += [head] if head else []
            if stack is not None:
                parts.append(texts[stack])
            yield time, ';'.join(parts), weight


def main():
    times = sys.argv[1] == '--times'
    with open(sys.argv[-1], encoding='utf-8') as f:
        profile = json.load(f)
    check(profile)
    total = {}
    for time, text, weight in samples(profile):
        if times:
            print('%g\t%s\t%d' % (time, text, weight))
        total[text] = total.get(text, 0) + weight
    if not times:
        lines = ['%s %d\n' % item for item in total.items()]
        sys.stdout.buffer.write(''.join(sorted(lines)).encode())


main()
