/*
 * What the user does: search, keys, buttons; and the address that brings a view
 * back.
 */

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
	if (meta.filtered)
		parts.push(part(meta.filtered, 'filtered', false));
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
