/*
 * Keys, buttons, and the start.
 */
let heat = null;

const KEYS = {
	'/': () => $('search').select(),
	Escape: goBack, Backspace: goBack,
	n: () => toMatch(false), N: () => toMatch(true), m: toggleOnly,
	c: copyName, C: copyStack, s: sandwich, d: toggleTheme,
	k: () => filterSelected('keep'), x: () => filterSelected('drop'),
	h: () => filterSelected('hide'), u: undo, f: togglePanel,
	r: reset, t: () => go('table'),
	i: () => go(state.view === 'icicle' ? 'flame' : 'icicle'),
	v: () => go(state.view === 'reversed' ? 'flame' : 'reversed'),
	o: () => choose('order', state.order === 'name' ? 'width' : 'name'),
	'?': () => $('help').showModal(),
};

function onKey(event) {
	const ctrl = event.ctrlKey || event.metaKey;
	if (event.key === 'F3' || (ctrl && event.key.toLowerCase() === 'f')) {
		event.preventDefault();
		if (event.key === 'F3' && state.search)
			toMatch(event.shiftKey);
		else
			$('search').select();
		return;
	}
	if (event.target === $('search')) {
		searchKey(event);
		return;
	}
	if (ctrl || event.altKey || $('help').open ||
	    event.target.matches('input, select'))
		return;
	if (Object.hasOwn(KEYS, event.key)) {
		event.preventDefault();
		KEYS[event.key]();
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
		focusView();
	}
}

function goBack() {
	if (active)
		active.back();
}

function togglePanel() {
	const panel = $('panel');
	panel.hidden = !panel.hidden;
	$('filters').setAttribute('aria-expanded', !panel.hidden);
	if (!panel.hidden)
		$('filter-text').focus();
}

/* "1,234 samples · 5 lost" */
function sumsOf(n, lost, more) {
	const part = (v, word, loss) => {
		const e = element('span', loss ? 'loss' : '');
		e.append(element('b', '', count(v)), ' ' + word);
		return e;
	};
	const parts = [part(n, n === 1 ? samples(1).slice(2) : meta.countname)];
	if (lost || meta.streams)
		parts.push(part(lost, 'lost', lost > 0));
	for (const [v, word, loss] of more)
		if (v || (loss && meta.streams))
			parts.push(part(v, word, loss && v > 0));
	return parts.flatMap((e, i) => [i ? ' \u00b7 ' : '', e]);
}

function showHeading() {
	const sums = sumsOf(meta.samples, meta.lost,
	    [[meta.truncated, 'truncated', true], [meta.filtered, 'filtered']]);
	$('totals').append(...sums);
	if (meta.diff)
		$('totals').append(element('br'), 'base: ',
		    ...sumsOf(meta.baseSamples, meta.baseLost, []));
	$('title').textContent = visible(meta.title);
	$('subtitle').textContent = visible(meta.subtitle);
	$('notes').textContent = visible(meta.notes);
	$('notes').hidden = !meta.notes;
	$('generator').textContent = meta.generator;
	if (meta.incomplete) {
		$('incomplete').textContent = 'Incomplete: ' +
		    visible(meta.incomplete);
		$('incomplete').hidden = false;
	}
}

function listen() {
	const click = (id, f) => $(id).addEventListener('click', f);
	for (const b of document.querySelectorAll('button[data-view]'))
		b.addEventListener('click', () => go(b.dataset.view, state.fn));
	click('prev', () => toMatch(true));
	click('next', () => toMatch(false));
	click('only', toggleOnly);
	click('filters', togglePanel);
	click('back', goBack);
	click('reset', reset);
	click('undo', undo);
	click('theme', toggleTheme);
	click('help-open', () => $('help').showModal());
	click('copy-name', copyName);
	click('copy-stack', copyStack);
	click('show-callers', sandwich);
	click('save-folded', saveFolded);
	click('save-svg', saveSvg);
	for (const op of OPS)
		click(op, () => filterSelected(op));
	for (const key of ['order', 'colour', 'width', 'compare'])
		$(key).addEventListener('change', () => choose(key, $(key).value));
	$('panel').addEventListener('submit', addTyped);
	$('filter-process').addEventListener('change', (e) =>
		addChosen(e.target, 'process'));
	$('filter-kind').addEventListener('change', (e) =>
		addChosen(e.target, 'kind'));
	$('search').addEventListener('input', searchTyped);
	document.addEventListener('keydown', onKey);
	addEventListener('popstate', readAddress);
	darkPreferred.addEventListener('change', () => setTheme(state.theme));
}

function start() {
	showHeading();
	fillPanel();
	for (const e of document.querySelectorAll('[data-if]'))
		e.hidden = e.dataset.if === 'diff' ? !meta.diff : !timed;
	for (const o of document.querySelectorAll('#colour option'))
		if (!CHOICES.colour.includes(o.value))
			o.remove();
	$('toolbar').hidden = false;
	document.querySelector('footer').hidden = false;
	if (timed)
		heat = new Heat(timed, palette, { span: takeSpan });
	listen();
	readAddress();
	document.documentElement.dataset.ready =
	    Math.round(performance.now());
	if (window.requestIdleCallback && active === mainChart)
		requestIdleCallback(rehearse);
}

start();
