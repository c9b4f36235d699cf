/*
 * The address: what it takes to see the same again, in the fragment.
 *
 *	#view=icicle&zoom=17&at=20&search=foo&only=1&f=keep.re.^main&span=2-7.5
 *
 * Nodes are numbers in the tree that the rest of the address makes. Whatever is
 * wrong in it is as if it were not there.
 */
const ADDRESS_WORDS = ['view', 'order', 'colour', 'width', 'compare', 'theme'];

function address() {
	const p = new URLSearchParams();
	for (const key of ADDRESS_WORDS)
		if (state[key] !== INITIAL[key])
			p.set(key, state[key]);
	if (state.view === 'sandwich') {
		p.set('fn', state.fn);
		if (callers.zoom)
			p.set('up', callers.zoom);
		if (callees.zoom)
			p.set('down', callees.zoom);
	} else if (active) {
		if (active.zoom)
			p.set('zoom', active.zoom);
		if (active.selected && active.selected !== active.zoom)
			p.set('at', active.selected);
	} else {
		const { key, up } = table;
		if (up || key !== (meta.diff ? 'change' : 'self'))
			p.set('sort', (up ? '-' : '') + key);
	}
	if (state.search)
		p.set('search', state.search);
	if (state.only)
		p.set('only', 1);
	for (const f of state.filters)
		p.append('f', filterText(f));
	if (state.span)
		p.set('span', state.span.join('-'));
	return '#' + p;
}

/* step: a new entry of the history, so that Alt-Left comes back here. */
function writeAddress(step) {
	if (restoring)
		return;
	const a = address();
	if (a === (location.hash || '#'))
		return;
	try {
		if (step)
			history.pushState(null, '', a);
		else
			history.replaceState(null, '', a);
	} catch (e) {
		/* a sandboxed frame has no history; all else works */
	}
}

function readSpan(text) {
	const m = /^([\d.]+)-([\d.]+)$/.exec(text || '');
	const [from, until] = m ? [Number(m[1]), Number(m[2])] : [0, 0];
	return timed && from < until && from < timed.length ?
		[from, Math.min(until, timed.length)] : null;
}

function readState(p) {
	for (const key of ADDRESS_WORDS)
		state[key] = CHOICES[key].includes(p.get(key)) ? p.get(key) :
			INITIAL[key];
	state.search = p.get('search') ||
		(location.hash.length > 1 ? '' : meta.search);
	state.only = p.has('only') && state.search !== '';
	state.filters = p.getAll('f').map(parseFilter).filter(Boolean);
	state.span = readSpan(p.get('span'));
	const sort = /^(-?)([a-z]+)$/.exec(p.get('sort') || '');
	table.up = Boolean(sort && sort[1]);
	table.key = sort ? sort[2] : '';
}

function readAddress() {
	const p = new URLSearchParams(location.hash.slice(1));
	const number = (key) => /^\d{1,10}$/.test(p.get(key) || '') ?
		Number(p.get(key)) : -1;
	const zoom = (chart, key) => {
		const node = number(key);
		if (node > 0 && node < chart.tree.n) {
			chart.select(node);
			chart.zoomTo(node, false);
		}
	};
	restoring = true;
	readState(p);
	showChoices();
	showView(state.view, number('fn'));
	setTheme(state.theme);
	if (state.view === 'sandwich') {
		zoom(callers, 'up');
		zoom(callees, 'down');
	} else if (active) {
		zoom(mainChart, 'zoom');
		if (number('at') > 0 && number('at') < mainChart.tree.n)
			mainChart.select(number('at'));
	}
	showFilters();
	restoring = false;
}
