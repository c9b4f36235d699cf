/*
 * Search and filters as the user handles them, the span of time, and what other
 * choices make another tree.
 */

/* ---- search ---- */

function matchedText(found) {
	if (!found)
		return '';
	const places = found.places;
	if (!places)
		return 'no match';
	const all = wholes();
	const part = (s) => share(found.sums[s], all[s]);
	return `${meta.diff ? `${part(BASE)} \u2192 ${part(NEW)}` : part(NEW)} ` +
		`in ${count(places)} place${places === 1 ? '' : 's'}`;
}

function applySearch() {
	const box = $('search');
	nameHit = state.search ? matchNames(names, state.search) : null;
	if (box.value !== state.search)
		box.value = state.search;
	for (const c of charts()) {
		c.found = nameHit ? matchTree(c.tree, nameHit) : null;
		c.redraw();
	}
	if (state.view === 'table')
		table.filter(nameHit);
	/* The share is that of the samples, the same in every view. */
	$('matched').value = matchedText(nameHit && (charts()[0] &&
		charts()[0].tree === work ? mainChart.found :
		matchTree(work, nameHit)));
	$('next').disabled = $('prev').disabled =
	    !(active && active.found && active.found.places);
	$('only').disabled = !state.search;
	$('only').setAttribute('aria-pressed', state.only);
}

let typing = 0;
function searchTyped() {
	clearTimeout(typing);
	typing = setTimeout(searchNow, 120);
}

function searchNow() {
	clearTimeout(typing);
	if ($('search').value === state.search)
		return;
	const only = state.only;
	state.search = $('search').value;
	state.only = only && state.search !== '';
	if (only)
		keepingZoom(() => showView(state.view, state.fn));
	else
		applySearch();
	say(state.search ? 'Matched: ' + $('matched').value : 'Search cleared');
	writeAddress(false);
}

function toMatch(backwards) {
	if (!active || !active.found || !active.found.places)
		return;
	const t = active.tree, from = active.selected;
	const x = active.found.hit[from] & MATCH ? t.x[from] :
	    backwards ? Infinity : -1;
	const m = nextPlace(t, active.found, x, backwards);
	active.bringIntoZoom(m.node);
	active.select(m.node);
	say(`Match ${m.rank} of ${active.found.places}: ` +
	    active.item.getAttribute('aria-label'));
}

function toggleOnly() {
	searchNow();
	if (!state.search)
		return;
	state.only = !state.only;
	rebuild(state.only ? 'Only stacks that match' : 'All stacks');
}

/* ---- filters ---- */

/* Change filters or span so that undo() comes back to what was. */
function change(filters, span, said) {
	undoable.push([state.filters, state.span]);
	undoable.splice(0, undoable.length - 100);
	state.filters = filters;
	state.span = span;
	rebuild(said);
}

function undo() {
	if (!undoable.length)
		return;
	[state.filters, state.span] = undoable.pop();
	rebuild('Undone');
}

function addFilter(f) {
	const known = state.filters.some((o) => filterText(o) === filterText(f));
	if (!known)
		change([...state.filters, f], state.span, `Filter: ${filterWords(f)}`);
}

/* From the panel: a regular expression, a process, a kind of code. */
function addTyped(event) {
	const text = $('filter-text').value, op = $('filter-op').value;
	event.preventDefault();
	if (!text)
		return;
	$('filter-text').value = '';
	addFilter({ op, by: 're', text });
}

function addChosen(select, by) {
	if (select.value)
		addFilter({ op: 'keep', by, text: select.value });
	select.value = '';
}

/* The selected frame by its name. */
function filterSelected(op) {
	if ($(op).disabled)
		return;
	const text = names[active.tree.name[active.selected]];
	addFilter({ op, by: 'name', text });
}

function takeSpan(from, until) {
	const ms = (v) => Math.round(v * 1000) / 1000;
	const span = from === null || !timed ||
		(from <= 0 && until >= timed.length) ? null :
		[ms(Math.max(0, from)), ms(Math.min(timed.length, until))];
	if (JSON.stringify(span) !== JSON.stringify(state.span))
		change(state.filters, span, span ? `From ${clock(span[0])} to ` +
			clock(span[1]) : 'All of the time');
	else if (heat)
		heat.mark(span);
}

function chip(words, remove) {
	const item = element('li');
	const text = element('span', '', words);
	const b = element('button', '', '\u00d7');
	b.type = 'button';
	b.setAttribute('aria-label', `Remove: ${words}`);
	b.addEventListener('click', remove);
	item.append(text, b);
	return item;
}

function showFilters() {
	const { filters, span } = state;
	const chips = filters.map((f, i) => chip(filterWords(f), () =>
		change(filters.filter((_, k) => k !== i), span, 'Filter removed')));
	if (span)
		chips.push(chip(`${clock(span[0])} \u2013 ${clock(span[1])}`,
		    () => takeSpan(null, null)));
	$('chips').replaceChildren(...chips);
	$('undo').disabled = !undoable.length;
	$('filter-row').hidden = !chips.length && !undoable.length;
	$('nothing').hidden = work.sums.some((s) => s[0] > 0);
	if (heat)
		heat.mark(span);
}

/* The lists of the panel: processes by size, kinds that occur. */
function fillPanel() {
	const option = (value, text) => {
		const o = element('option', '', text);
		o.value = value;
		return o;
	};
	const top = [];
	for (let i = base.first[0]; i < base.first[1]; i++)
		top.push(i);
	top.sort((a, b) => base.total[b] - base.total[a] || a - b);
	$('filter-process').append(...top.slice(0, 500).map((i) => option(
	    names[base.name[i]], `${shown(names[base.name[i]], 60)} (${
		share(base.total[i], base.total[0])})`)));
	const used = kindsUsed().map((k) => meta.kinds[k])
	    .filter((k) => MANAGED.includes(k) || k === 'kernel');
	$('filter-kind').append(option('native', 'native only'),
	    ...used.map((k) => option(k, k)));
}

/* Kinds that some frame has, in order. */
function kindsUsed() {
	const used = new Set();
	for (let id = 0; id < names.length && used.size < meta.kinds.length; id++)
		used.add(palette.kind(id, false));
	for (const id of outer)
		used.add(palette.kind(id, true));
	return [...used].sort((a, b) => a - b);
}

/* ---- order, colours, comparison ---- */

function choose(key, value) {
	if (!CHOICES[key].includes(value) || state[key] === value)
		return;
	state[key] = value;
	if (key === 'colour')
		palette.lit = -1;
	palette.mode = state.colour;
	rebuild(`${key}: ${value}`);
}

function showChoices() {
	for (const key of ['order', 'colour', 'width', 'compare'])
		$(key).value = state[key];
	palette.mode = state.colour;
}

/* ---- the legend ---- */

/* An entry that can stand out: others fade while it is pressed. */
function legendEntry(number, text, colour) {
	const item = element('li'), b = element('button'), swatch = element('i');
	b.type = 'button';
	b.title = 'Let it stand out';
	b.setAttribute('aria-pressed', palette.lit === number);
	b.addEventListener('click', () => {
		palette.lit = palette.lit === number ? -1 : number;
		showLegend();
		for (const c of charts())
			c.redraw();
	});
	swatch.style.background = colour;
	b.append(swatch, text);
	item.append(b);
	return item;
}

/* The modules with most samples of their own. */
function modulesUsed() {
	return lazily('modules', () => {
		const sums = new Float64Array(palette.modules.length);
		totals().self[NEW].forEach((v, id) => {
			sums[palette.moduleOf[id]] += v;
		});
		return [...sums.keys()].filter((m) => sums[m] > 0)
		    .sort((a, b) => sums[b] - sums[a] || a - b).slice(0, 14);
	});
}

function diffLegend() {
	const words = ['much less', 'less', 'no clear change', 'more',
		'much more'];
	const entry = (step, text, className) => {
		const item = element('li'), swatch = element('i', className);
		swatch.style.backgroundColor = palette.difference(step);
		item.append(swatch, text);
		return item;
	};
	return [...words.map((text, i) => entry((i - 2) * 2.5 | 0, text)),
		entry(STEPS, 'new', 'new'), entry(-STEPS, 'gone', 'gone')];
}

function showLegend() {
	const { table: { kinds }, mode } = palette;
	$('legend').replaceChildren(...mode === 'diff' ? diffLegend() :
		mode === 'module' ? modulesUsed().map((m) => legendEntry(m,
		    shown(palette.modules[m], 40), palette.moduleFill(m))) :
			kindsUsed().map((k) => legendEntry(k, meta.kinds[k],
			    kinds[k][3])));
}
