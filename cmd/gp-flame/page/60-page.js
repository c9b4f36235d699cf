/*
 * The page: views, search, selection, and the address that brings them back.
 */
const $ = (id) => document.getElementById(id);
const meta = JSON.parse($('gp-meta').textContent);
const names = JSON.parse($('gp-names').textContent);
const base = decodeTree($('gp-nodes').textContent, meta.nodes);
for (const id of ['gp-names', 'gp-nodes'])
	$(id).remove(); /* half of the memory */

const outer = new Set();
for (let i = base.first[0]; i < base.first[1]; i++)
	outer.add(base.name[i]);
const palette = new Palette(names, outer);
const darkPreferred = matchMedia('(prefers-color-scheme: dark)');

/* What the address holds. zoom and select are nodes, fn is a name. */
const state = { view: '', fn: -1, search: '', theme: '' };
const cache = {};      /* trees and totals, made when first needed */
let nameHit = null;    /* of the search, or null */
let active = null;     /* the chart that was used last */
let restoring = false; /* the address is being applied: do not write it */

const on = { zoom: zoomed, select: selected, hover: showTip };
const mainChart = new Chart(palette, 'Flame graph', on);
const callers = new Chart(palette, 'Callers', on);
const callees = new Chart(palette, 'Callees', on);
callers.caption.hidden = callees.caption.hidden = false;
let table = null;

function say(text) {
	$('live').textContent = text;
}

/* ---- views ---- */

function charts() {
	if (state.view === 'table')
		return [];
	return state.view === 'sandwich' ? [callers, callees] : [mainChart];
}

function lazily(key, make) {
	if (!cache[key])
		cache[key] = make();
	return cache[key];
}

function showView(view, fn) {
	if (view === 'sandwich' && !(fn >= 0 && fn < names.length))
		view = 'flame';
	const main = $('main');
	state.view = view;
	if (view === 'sandwich')
		state.fn = fn;
	for (const b of document.querySelectorAll('[data-view]')) {
		b.setAttribute('aria-pressed', b.dataset.view === view);
		if (b.dataset.view === 'sandwich')
			b.hidden = state.fn < 0;
	}
	document.documentElement.dataset.view = view;
	hideTip();
	if (view === 'table') {
		if (!table)
			table = new FunctionTable(palette,
			    functionTotals(base, names.length), base.total[0],
			    (id) => go('sandwich', id));
		main.replaceChildren(table.element);
		active = null;
	} else if (view === 'sandwich') {
		const name = shorten(visible(names[fn]), 200);
		callers.caption.textContent = 'Callers of ' + name;
		callees.caption.textContent = 'Callees of ' + name;
		main.replaceChildren(callers.element, callees.element);
		callers.show(lazily('up' + fn, () =>
		    callersTree(base, names, fn)), false, false);
		callees.show(lazily('down' + fn, () =>
		    calleesTree(base, names, fn)), false, true);
		active = callees;
	} else {
		main.replaceChildren(mainChart.element);
		if (view === 'reversed')
			mainChart.show(lazily('reversed', () =>
			    reversedTree(base, names)), false, true);
		else
			mainChart.show(base, true, view === 'icicle');
		active = mainChart;
	}
	applySearch();
	for (const c of charts())
		c.toRoot();
	showZoom();
	showSelected();
}

/* A view the user asked for. The zoom survives a change of flame to icicle. */
function go(view, fn) {
	const keep = (view === 'flame' || view === 'icicle') &&
	    (state.view === 'flame' || state.view === 'icicle') ?
	    mainChart.zoom : 0;
	showView(view, fn);
	if (keep) {
		mainChart.selected = keep;
		mainChart.zoomTo(keep, false);
	}
	if (active)
		active.scroll.focus({ preventScroll: true });
	say(`View: ${state.view}`);
	writeAddress(true);
}

/* ---- zoom and selection ---- */

function zoomed(chart) {
	const t = chart.tree;
	active = chart;
	hideTip();
	showZoom();
	say(`Zoomed to ${shorten(visible(palette.text(t.name[chart.zoom])), 200)}, ` +
	    `${share(t.total[chart.zoom], base.total[0])}`);
	writeAddress(true);
}

function showZoom() {
	const list = $('crumbs').firstElementChild;
	$('back').disabled = !active || (!active.zoom && !active.trail.length);
	$('crumbs').hidden = !active || !active.zoom;
	list.replaceChildren();
	if ($('crumbs').hidden)
		return;
	const chart = active, path = chart.tree.path(chart.zoom);
	for (let i = 0; i < path.length; i++) {
		if (path.length > 12 && i > 1 && i < path.length - 8) {
			if (i === 2)
				list.append(element('li', '', '\u2026'));
			continue;
		}
		list.append(crumb(chart, path[i]));
	}
}

function crumb(chart, node) {
	const item = element('li');
	const b = element('button', '', shorten(visible(
	    bare(palette.text(chart.tree.name[node]))), 200));
	b.type = 'button';
	b.dir = 'ltr';
	b.addEventListener('click', () => {
		chart.select(node);
		chart.zoomTo(node, true);
	});
	if (node === chart.zoom)
		b.setAttribute('aria-current', 'true');
	item.append(b);
	return item;
}

function selected(chart) {
	active = chart;
	showSelected();
}

function showSelected() {
	const node = active ? active.selected : 0;
	const has = node > 0 || (active && active.tree.name[0] !== ALL);
	for (const id of ['copy-name', 'copy-stack', 'show-callers'])
		$(id).disabled = !has;
	if (!has) {
		$('selected').replaceChildren();
		return;
	}
	const t = active.tree;
	const name = element('b', '', shorten(visible(
	    palette.text(t.name[node])), SHOWN_MAX));
	name.dir = 'ltr';
	$('selected').replaceChildren(name, ` \u00b7 ${samples(t.total[node])} ` +
	    `\u00b7 ${share(t.total[node], base.total[0])}`);
}

/* The frames of the selected stack, outermost first, whatever the view. */
function stackText() {
	const t = active.tree;
	const ids = t.path(active.selected).map((i) => t.name[i])
	    .filter((id) => id !== ALL);
	if (state.view === 'reversed' || active === callers)
		ids.reverse();
	return ids.map((id) => names[id]).join(';');
}

/* ---- the tooltip ---- */

function hideTip() {
	$('tip').hidden = true;
}

function tipRows(chart, node) {
	const t = chart.tree, total = t.total[node], self = t.self(node);
	const rows = [['samples', count(total)],
		['of all', share(total, base.total[0])]];
	if (node) {
		const up = t.parent[node];
		rows.push(['of ' + shorten(visible(
		    bare(palette.text(t.name[up]))), 40),
		share(total, t.total[up])]);
		rows.push(['kind', KINDS[palette.kind(t.name[node],
		    chart.isOuter(node))][5]]);
	}
	if (chart.isBase)
		rows.push(['self', `${count(self)} (${share(self,
		    base.total[0])})`]);
	return rows;
}

function showTip(chart, node, event) {
	const tip = $('tip');
	if (node < 0 || !event) {
		hideTip();
		return;
	}
	if (tip.hidden || chart.hovered !== node) {
		const body = tip.querySelector('tbody');
		$('tip-name').textContent = shorten(visible(bare(
		    palette.text(chart.tree.name[node]))), SHOWN_MAX);
		body.replaceChildren(...tipRows(chart, node).map(([k, v]) => {
			const row = element('tr');
			row.append(element('th', '', k), element('td', '', v));
			return row;
		}));
		tip.hidden = false;
	}
	const w = tip.offsetWidth, h = tip.offsetHeight;
	let x = event.clientX + 14, y = event.clientY + 18;
	if (x + w > innerWidth - 8)
		x = Math.max(8, event.clientX - w - 10);
	if (y + h > innerHeight - 8)
		y = Math.max(8, event.clientY - h - 12);
	tip.style.transform = `translate(${x}px, ${y}px)`;
}

/* ---- search ---- */

function applySearch() {
	const box = $('search'), out = $('matched');
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
	const f = nameHit && (state.view === 'flame' || state.view === 'icicle' ?
	    mainChart.found : matchTree(base, nameHit));
	out.value = !f ? '' : f.places ?
	    `${share(f.sum, base.total[0])} in ${count(f.places)} ` +
	    `place${f.places === 1 ? '' : 's'}` : 'no match';
	$('next').disabled = $('prev').disabled =
	    !(active && active.found && active.found.places);
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
	state.search = $('search').value;
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
	active.scroll.focus({ preventScroll: true });
	say(`Match ${m.rank} of ${active.found.places}: ` +
	    active.item.getAttribute('aria-label'));
}

/* ---- the address ---- */

function address() {
	const p = new URLSearchParams();
	if (state.view !== (meta.icicle ? 'icicle' : 'flame'))
		p.set('view', state.view);
	if (state.view === 'sandwich')
		p.set('fn', state.fn);
	else if (active && active.zoom)
		p.set('zoom', active.zoom);
	if (state.search)
		p.set('search', state.search);
	if (state.theme)
		p.set('theme', state.theme);
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

function readAddress() {
	const p = new URLSearchParams(location.hash.slice(1));
	const views = ['flame', 'icicle', 'reversed', 'table', 'sandwich'];
	const number = (key) => /^\d{1,10}$/.test(p.get(key) || '') ?
	    Number(p.get(key)) : -1;
	let view = p.get('view');
	if (!views.includes(view))
		view = meta.icicle ? 'icicle' : 'flame';
	restoring = true;
	setTheme(['light', 'dark'].includes(p.get('theme')) ?
	    p.get('theme') : '');
	state.search = p.get('search') || '';
	showView(view, number('fn'));
	const zoom = number('zoom');
	if (active === mainChart && zoom > 0 && zoom < mainChart.tree.n) {
		mainChart.select(zoom);
		mainChart.zoomTo(zoom, false);
	}
	restoring = false;
}

/* ---- theme, copying, reset ---- */

function setTheme(theme) {
	const dark = theme ? theme === 'dark' : darkPreferred.matches;
	state.theme = theme;
	document.documentElement.dataset.theme = dark ? 'dark' : 'light';
	palette.setDark(dark);
	showLegend();
	for (const c of charts())
		c.redraw();
	if (table)
		table.draw();
}

function toggleTheme() {
	setTheme(palette.dark ? 'light' : 'dark');
	writeAddress(false);
}

function showLegend() {
	const used = new Set();
	for (let i = 0; i < names.length && used.size < 13; i++)
		used.add(kindOf(names[i], false));
	for (const id of outer)
		used.add(kindOf(names[id], true));
	$('legend').replaceChildren(...Object.keys(KINDS)
	    .filter((k) => used.has(k)).map((k) => {
		const item = element('li'), swatch = element('i');
		swatch.style.background = fillOf(k, 3, palette.dark);
		item.append(swatch, KINDS[k][5]);
		return item;
	}));
}

function copy(text, what) {
	const done = () => say(`${what} copied`);
	const byHand = () => {
		const area = element('textarea', 'unseen');
		const focus = document.activeElement;
		area.value = text;
		document.body.append(area);
		area.select();
		const ok = document.execCommand('copy');
		area.remove();
		if (focus)
			focus.focus({ preventScroll: true });
		if (ok)
			done();
		else
			say('Copying is not allowed here');
	};
	if (navigator.clipboard)
		navigator.clipboard.writeText(text).then(done, byHand);
	else
		byHand();
}

function copyName() {
	if (!$('copy-name').disabled)
		copy(names[active.tree.name[active.selected]], 'Name');
}

function copyStack() {
	if (!$('copy-stack').disabled)
		copy(stackText(), 'Stack');
}

function sandwich() {
	if (!$('show-callers').disabled)
		go('sandwich', active.tree.name[active.selected]);
}

function reset() {
	state.search = '';
	showView(state.view, state.fn);
	say('Reset');
	writeAddress(true);
}

/* ---- start ---- */

function onKey(event) {
	const find = (event.ctrlKey || event.metaKey) &&
	    event.key.toLowerCase() === 'f';
	if (find || event.key === 'F3') {
		event.preventDefault();
		if (event.key === 'F3' && state.search)
			toMatch(event.shiftKey);
		else
			$('search').select();
		return;
	}
	if (event.ctrlKey || event.metaKey || event.altKey || $('help').open)
		return;
	if (event.target === $('search')) {
		searchKey(event);
		return;
	}
	const keys = {
		'/': () => $('search').select(),
		Escape: goBack, Backspace: goBack,
		n: () => toMatch(false), N: () => toMatch(true),
		c: copyName, C: copyStack, s: sandwich, d: toggleTheme,
		r: reset, t: () => go('table'),
		i: () => go(state.view === 'icicle' ? 'flame' : 'icicle'),
		'?': () => $('help').showModal(),
	};
	if (Object.hasOwn(keys, event.key)) {
		event.preventDefault();
		keys[event.key]();
	} else if (active && event.target === document.body) {
		active.scroll.focus({ preventScroll: true });
		active.key(event);
	}
}

function searchKey(event) {
	if (event.key === 'Enter') {
		event.preventDefault();
		searchNow();
		toMatch(event.shiftKey);
	} else if (event.key === 'Escape') {
		event.preventDefault();
		$('search').value = '';
		searchNow();
		if (active)
			active.scroll.focus({ preventScroll: true });
	}
}

function goBack() {
	if (active)
		active.back();
}

function showHeading() {
	const part = (n, word, loss) => {
		const e = element('span', loss ? 'loss' : '');
		e.append(element('b', '', count(n)), ' ' + word);
		return e;
	};
	const parts = [part(meta.samples, 'samples', false)];
	if (meta.lost || meta.streams)
		parts.push(part(meta.lost, 'lost', meta.lost > 0));
	if (meta.truncated || meta.streams)
		parts.push(part(meta.truncated, 'truncated', meta.truncated > 0));
	parts.forEach((e, i) => $('totals').append(i ? ' \u00b7 ' : '', e));
	$('title').textContent = visible(meta.title);
	$('subtitle').textContent = visible(meta.subtitle);
	if (meta.incomplete) {
		$('incomplete').textContent = 'Incomplete: ' +
		    visible(meta.incomplete);
		$('incomplete').hidden = false;
	}
}

function start() {
	showHeading();
	$('toolbar').hidden = false;
	document.querySelector('footer').hidden = false;
	for (const b of document.querySelectorAll('[data-view]'))
		b.addEventListener('click', () => go(b.dataset.view, state.fn));
	const click = (id, f) => $(id).addEventListener('click', f);
	click('prev', () => toMatch(true));
	click('next', () => toMatch(false));
	click('back', goBack);
	click('reset', reset);
	click('theme', toggleTheme);
	click('help-open', () => $('help').showModal());
	click('copy-name', copyName);
	click('copy-stack', copyStack);
	click('show-callers', sandwich);
	$('search').addEventListener('input', searchTyped);
	document.addEventListener('keydown', onKey);
	addEventListener('popstate', readAddress);
	darkPreferred.addEventListener('change', () => setTheme(state.theme));
	readAddress();
	document.documentElement.dataset.ready =
	    Math.round(performance.now());
}

start();
