/*
 * What is on the page: the views, the zoom and its breadcrumbs, the selected frame,
 * the tooltip.
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
		    callersTree(base, names, fn)), CALLERS, false);
		callees.show(lazily('down' + fn, () =>
		    calleesTree(base, names, fn)), CALLEES, true);
		for (const c of [callers, callees])
			c.element.style.flexGrow =
			    Math.min(Math.max(c.rows, 4), 30);
		active = callees;
	} else {
		main.replaceChildren(mainChart.element);
		if (view === 'reversed')
			mainChart.show(lazily('reversed', () =>
			    reversedTree(base, names)), CALLERS, true);
		else
			mainChart.show(base, STACKS, view === 'icicle');
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
	if (active.way === CALLERS)
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
	if (chart.way === STACKS)
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
