/*
 * What the page holds: the data of the file, what the user asked for (state), and
 * the tree that follows from both (work), from which all views are made.
 */
const $ = (id) => document.getElementById(id);

/* The text of a data element, which is then half of the memory less. */
function take(id) {
	const e = $(id), text = e.textContent;
	e.remove();
	return text;
}

const meta = JSON.parse(take('gp-meta'));
const names = JSON.parse(take('gp-names'));
const base = decodeTree(take('gp-nodes'), meta.nodes, meta.diff ? 2 : 1,
    meta.chart);
const timeText = take('gp-times');
const timed = meta.slotNs && !meta.diff ?
	new Times(timeText, meta.slotNs / 1e9, meta.intervalNs / 1e9) : null;

const outer = new Set();
for (let i = base.first[0]; i < base.first[1]; i++)
	outer.add(base.name[i]);

function decodeModules() {
	const of = new Uint32Array(names.length);
	const numbers = new Numbers(take('gp-module-of'));
	for (let i = 0; i < of.length; i++)
		of[i] = numbers.next();
	return of;
}
const palette = new Palette(names, take('gp-kinds'),
    JSON.parse(take('gp-modules')), decodeModules(), outer);
const darkPreferred = matchMedia('(prefers-color-scheme: dark)');

const CHOICES = {
	view: ['flame', 'icicle', 'reversed', 'table', 'sandwich'],
	order: ['name', 'width'],
	colour: meta.diff ? ['diff', 'kind', 'module'] : ['kind', 'module'],
	width: ['both', 'new', 'base'],
	compare: ['shares', 'counts'],
	theme: ['', 'light', 'dark'],
};
const INITIAL = {
	view: meta.view, fn: -1, search: '', only: false, theme: '',
	filters: [], span: null, order: meta.order,
	colour: meta.diff ? 'diff' : meta.colour, width: 'both',
	compare: meta.normalize ? 'shares' : 'counts',
};
/* What the address holds, but the zooms, which the charts know. fn is a name. */
const state = { ...INITIAL };
const undoable = [];   /* lists of filters, and spans, from before */
let nameHit = null;    /* of the search, or null */
let work = null;       /* the tree of what the filters leave */
let cache = {};        /* what was made of it: other trees, sums */
let workKey = '';

function samples(n) {
	return `${count(n)} ${n === 1 ? meta.countname.replace(/s$/, '') :
		meta.countname}`;
}

function lazily(key, make) {
	if (!cache[key])
		cache[key] = make();
	return cache[key];
}

/* How much a sample of each side counts in the width: as much as the width says,
 * and as its share if those are compared. */
function mix(width = state.width) {
	if (!meta.diff)
		return [1];
	const sums = base.sums.map((s) => s[0]);
	const even = state.compare === 'shares' && sums[BASE] > 0 ?
		sums[NEW] / sums[BASE] : 1;
	return width === 'new' ? [1, 0] : width === 'base' ?
		[0, even] : [0.5, 0.5 * even];
}

/* The place of each name in the order of names. */
let ranks = null;
function rank() {
	if (!ranks) {
		const order = names.map((_, id) => id).sort((a, b) =>
			names[a] < names[b] ? -1 : 1);
		ranks = new Uint32Array(names.length);
		order.forEach((id, i) => {
			ranks[id] = i;
		});
	}
	return ranks;
}

function how(width) {
	return { mix: mix(width), byWidth: state.order === 'width', rank: rank() };
}

function wholes() {
	return work.sums.map((s) => s[0]);
}

/* For charts of a difference. */
function compared() {
	return { wholes: wholes(), shares: state.compare === 'shares' };
}

function allFilters() {
	return state.only && state.search ? [...state.filters,
		{ op: 'keep', by: 're', text: state.search }] : state.filters;
}

/* Samples that end in each node, for each side, of what span and filters leave. */
function selfsLeft(filters) {
	const keep = keptStacks(filters, base, palette);
	return base.sums.map((_, s) => {
		const self = s === NEW && state.span ?
			timed.selfs(base.n, ...state.span) : base.selfs(s);
		for (let i = 0; i < base.n; i++)
			if (!keep[i])
				self[i] = 0;
		return self;
	});
}

/* Make work anew if something that it depends on has changed. */
function makeWork() {
	const filters = allFilters();
	const key = JSON.stringify([filters, state.span, state.order,
		meta.diff && [state.width, state.compare]]);
	if (key === workKey)
		return false;
	workKey = key;
	cache = {};
	work = base;
	if (filters.length || state.span || meta.diff)
		work = cutTree(base, selfsLeft(filters), mix());
	const hidden = hiddenNames(filters, names);
	if (hidden)
		work = treeWithout(work, hidden, how());
	else if (state.order === 'width')
		work = widestFirst(work, mix());
	return true;
}

/* For a chart of stacks. Of work all is kept: its sums are those of both sides. */
function wideWork() {
	return meta.diff ? lazily('wide', () => wideTree(work, mix())) : work;
}

function totals() {
	return lazily('totals', () => functionTotals(work, names.length));
}

/* Ids of names that occur in work. */
function namesLeft() {
	return lazily('left', () => {
		const { total } = totals(), left = [];
		for (let id = 0; id < names.length; id++)
			if (total.some((t) => t[id] > 0))
				left.push(id);
		return left;
	});
}
