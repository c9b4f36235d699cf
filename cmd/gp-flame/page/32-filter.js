/*
 * Filters: which stacks and frames are shown. A filter is { op, by, text }:
 *
 *	keep  only stacks with a frame that fits
 *	drop  no stack with one
 *	hide  stacks without the frames that fit
 *
 *	re       the name matches, as in a search
 *	name     the name is the text
 *	process  the outermost frame is the text
 *	kind     the kind of code; "native" is a stack without any runtime's
 *
 * Each narrows what the ones before left. In an address it is op.by.text.
 */
const OPS = ['keep', 'drop', 'hide'];
const BYS = ['re', 'name', 'process', 'kind'];
/* Kinds that a runtime compiles or interprets, by meta.kinds. */
const MANAGED = ['JIT-compiled', 'interpreted', 'Python', 'Ruby', 'JavaScript',
	'PHP', '.NET', 'Perl'];

function parseFilter(s) {
	const m = /^(\w+)\.(\w+)\.([^]+)$/.exec(s);
	if (!m || !OPS.includes(m[1]) || !BYS.includes(m[2]))
		return null;
	if (m[1] === 'hide' && m[2] !== 're' && m[2] !== 'name')
		return null;
	return { op: m[1], by: m[2], text: m[3] };
}

function filterText(f) {
	return `${f.op}.${f.by}.${f.text}`;
}

/* "keep Python" and so on, for people. */
function filterWords(f) {
	const what = f.by === 're' ? `/${f.text}/` : f.by === 'process' ?
		`process ${f.text}` : f.by === 'kind' && f.text === 'native' ?
			'native only' : f.text;
	return `${f.op} ${shown(what, 80)}`;
}

/* 1 for each name that fits a filter by re or name. */
function namesOf(f, names) {
	if (f.by === 're')
		return matchNames(names, f.text);
	const hit = new Uint8Array(names.length), id = names.indexOf(f.text);
	if (id >= 0)
		hit[id] = 1;
	return hit;
}

/* Whether node i itself has what the filter looks for. */
function fits(f, tree, palette) {
	const top = (i) => tree.parent[i] === 0;
	if (f.by === 'process') {
		const id = palette.names.indexOf(f.text);
		return (i) => top(i) && tree.name[i] === id;
	}
	if (f.by === 'kind') {
		const wanted = f.text === 'native' ? MANAGED : [f.text];
		const kinds = new Set(wanted.map((k) => meta.kinds.indexOf(k)));
		return (i) => kinds.has(palette.kind(tree.name[i], top(i)));
	}
	const hit = namesOf(f, palette.names);
	return (i) => hit[tree.name[i]] === 1;
}

/* 1 for each node whose stack all filters leave. */
function keptStacks(filters, tree, palette) {
	const keep = new Uint8Array(tree.n).fill(1);
	for (const f of filters) {
		if (f.op === 'hide')
			continue;
		const has = new Uint8Array(tree.n), fit = fits(f, tree, palette);
		const native = f.by === 'kind' && f.text === 'native';
		const want = (f.op === 'keep') !== native ? 1 : 0;
		for (let i = 1; i < tree.n; i++)
			has[i] = has[tree.parent[i]] || fit(i) ? 1 : 0;
		for (let i = 0; i < tree.n; i++)
			if (has[i] !== want)
				keep[i] = 0;
	}
	return keep;
}

/* 1 for each name that some filter hides, or null. */
function hiddenNames(filters, names) {
	const hiding = filters.filter((f) => f.op === 'hide');
	if (!hiding.length)
		return null;
	const all = hiding.map((f) => namesOf(f, names));
	return all[0].map((_, id) => all.some((hit) => hit[id]) ? 1 : 0);
}
