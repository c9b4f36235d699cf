/*
 * The views, the zoom and its breadcrumbs, the selected frame.
 */
let active = null;     /* the chart that was used last */
let restoring = false; /* the address is being applied: do not write it */

/* "12.34 %, 1,234 samples", or what a comparison says. */
function spoken(chart, node) {
	const t = chart.tree;
	if (!meta.diff)
		return `${share(t.total[node], wholes()[NEW])}, ` +
			samples(t.sums[NEW][node]);
	const c = chart.compared(node);
	return `${VERDICTS[c.kind]}, ${share(c.share[BASE], 1)} before, ` +
		`${share(c.share[NEW], 1)} now`;
}

const on = { zoom: zoomed, select: selected, hover: showTip, spoken };
const mainChart = new Chart(palette, 'Flame graph', on);
const callers = new Chart(palette, 'Callers', on);
const callees = new Chart(palette, 'Callees', on);
callers.caption.hidden = callees.caption.hidden = false;
const table = new FunctionTable(palette, {
	choose: (id) => go('sandwich', id),
	sorted: () => writeAddress(false),
});

function say(text) {
	$('live').textContent = text;
}

function charts() {
	if (state.view === 'table')
		return [];
	return state.view === 'sandwich' ? [callers, callees] : [mainChart];
}

function showTable() {
	const columns = meta.diff ? diffColumns(totals(), wholes(),
	    state.compare === 'shares') : plainColumns(totals(), wholes());
	table.show(columns, namesLeft(), (id) => {
		if (palette.mode !== 'diff')
			return palette.fill(id, outer.has(id));
		return palette.difference(compare(totals().total.map((t) => t[id]),
		    wholes(), state.compare === 'shares').step);
	});
	$('main').replaceChildren(table.element);
	active = null;
}

function showSandwich(fn) {
	const name = shown(names[fn], 200);
	/* What has no samples of the side that gives the width is as wide as both. */
	const wide = !meta.diff || mixed(totals().total.map((t) => [t[fn]]), mix())[0] > 0;
	const way = how(wide ? state.width : 'both');
	callers.caption.textContent = 'Callers of ' + name;
	callees.caption.textContent = 'Callees of ' + name;
	$('main').replaceChildren(callers.element, callees.element);
	callers.show(lazily('up' + fn, () =>
		callersTree(work, fn, way)), CALLERS, false, compared());
	callees.show(lazily('down' + fn, () =>
		calleesTree(work, fn, way)), CALLEES, true, compared());
	for (const c of [callers, callees])
		c.element.style.flexGrow = Math.min(Math.max(c.rows, 4), 30);
	active = callees;
}

function showChart(view) {
	$('main').replaceChildren(mainChart.element);
	if (view === 'reversed')
		mainChart.show(lazily('reversed', () =>
			reversedTree(work, how())), CALLERS, true, compared());
	else
		mainChart.show(wideWork(), STACKS, view === 'icicle', compared());
	active = mainChart;
}

/* Show a view of the present state. */
function showView(view, fn) {
	if (view === 'sandwich' && !(fn >= 0 && fn < names.length))
		view = 'flame';
	state.view = view;
	if (view === 'sandwich')
		state.fn = fn;
	makeWork();
	for (const b of document.querySelectorAll('button[data-view]')) {
		b.setAttribute('aria-pressed', b.dataset.view === view);
		if (b.dataset.view === 'sandwich')
			b.hidden = state.fn < 0;
	}
	document.documentElement.dataset.view = view;
	hideTip();
	if (view === 'table')
		showTable();
	else if (view === 'sandwich')
		showSandwich(fn);
	else
		showChart(view);
	applySearch();
	for (const c of charts())
		c.toRoot();
	showOmitted();
	showZoom();
	showSelected();
}

/* Views of merged stacks leave out what nobody could see. */
function showOmitted() {
	$('omitted').hidden = !charts().some((c) => c.tree.omitted > 0);
}

/* Do something that makes another tree, and look at the same frame in it. */
function keepingZoom(change) {
	const chart = active, same = state.view === 'flame' ||
		state.view === 'icicle' || state.view === 'reversed';
	const idsOf = (node) => chart.tree.path(node).slice(1)
	    .map((i) => chart.tree.name[i]);
	const paths = chart && same ? [idsOf(chart.zoom),
		idsOf(chart.selected)] : null;
	change();
	if (!paths || active !== mainChart)
		return;
	const [zoom, select] = paths.map((ids) => mainChart.tree.find(ids));
	if (zoom && paths[0].length)
		mainChart.zoomTo(zoom, false);
	if (select)
		mainChart.select(select);
}

/* A view the user asked for. The zoom survives a change of flame to icicle. */
function go(view, fn) {
	const flat = ['flame', 'icicle'];
	if (flat.includes(view) && flat.includes(state.view))
		keepingZoom(() => showView(view, fn));
	else
		showView(view, fn);
	focusView();
	say(`View: ${state.view}`);
	writeAddress(true);
}

function focusView() {
	const e = active ? active.scroll : table.element;
	e.focus({ preventScroll: true });
}

/* Filters, order and what else makes another tree. */
function rebuild(said) {
	keepingZoom(() => showView(state.view, state.fn));
	showFilters();
	showLegend();
	say(said);
	writeAddress(true);
}

/* ---- zoom and selection ---- */

function zoomed(chart) {
	active = chart;
	hideTip();
	showZoom();
	say(`Zoomed to ${shown(palette.text(chart.tree.name[chart.zoom]), 200)}, ` +
	    spoken(chart, chart.zoom));
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
	const b = element('button', '', shown(
	    bare(palette.text(chart.tree.name[node])), 200));
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

/* Walking with the keys is not written at each step: browsers allow only so many
 * changes of the address in a while. */
let selecting = 0;
function selected(chart) {
	active = chart;
	showSelected();
	clearTimeout(selecting);
	if (!restoring)
		selecting = setTimeout(() => writeAddress(false), 300);
}

const OF_SELECTED = ['copy-name', 'copy-stack', 'show-callers', 'keep', 'drop',
	'hide'];

function showSelected() {
	const node = active ? active.selected : 0;
	const has = node > 0 || (active && active.tree.name[0] !== ALL);
	for (const id of OF_SELECTED)
		$(id).disabled = !has;
	$('selected').replaceChildren();
	if (!has)
		return;
	const name = element('b', '', shown(
	    palette.text(active.tree.name[node])));
	name.dir = 'ltr';
	$('selected').append(name, ` \u00b7 ${spoken(active, node)}`);
}

/* The frames of a stack, outermost first, whatever the view. */
function stackOf(chart, node) {
	const t = chart.tree;
	const ids = t.path(node).map((i) => t.name[i])
	    .filter((id) => id !== ALL);
	if (chart.way === CALLERS)
		ids.reverse();
	return ids.map((id) => names[id]);
}
