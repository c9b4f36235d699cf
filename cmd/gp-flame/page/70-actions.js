/*
 * Theme, copying, saving, resetting.
 */
function setTheme(theme) {
	const dark = theme ? theme === 'dark' : darkPreferred.matches;
	state.theme = theme;
	document.documentElement.dataset.theme = dark ? 'dark' : 'light';
	palette.dark = dark;
	for (const c of [mainChart, callers, callees])
		c.dimInk = dark ? '#c3c8d1' : '#3c414b';
	showLegend();
	for (const c of charts())
		c.redraw();
	table.draw();
	if (heat)
		heat.draw();
}

function toggleTheme() {
	setTheme(palette.dark ? 'light' : 'dark');
	writeAddress(false);
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
		copy(stackOf(active, active.selected).join(';'), 'Stack');
}

function sandwich() {
	if (!$('show-callers').disabled)
		go('sandwich', active.tree.name[active.selected]);
}

function reset() {
	if (state.filters.length || state.span)
		undoable.push([state.filters, state.span]);
	Object.assign(state, { search: '', only: false, filters: [], span: null });
	palette.lit = -1;
	showView(state.view, state.fn);
	showFilters();
	showLegend();
	say('Reset');
	writeAddress(true);
}

/* ---- saving ---- */

function save(name, type, text) {
	const a = element('a');
	a.href = URL.createObjectURL(new Blob([text], { type }));
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(a.href), 60000);
	say(`${name} saved`);
}

/* Folded lines of what filters leave; of a comparison two counts each. */
function foldedText() {
	const lines = [], stack = [], next = work.first.slice();
	let node = 0;
	for (;;) {
		if (next[node] < work.first[node + 1]) {
			node = next[node]++;
			stack.push(names[work.name[node]]);
			const self = work.sums.map((_, s) =>
				Math.round(work.self(node, s)));
			if (self.some((v) => v > 0))
				lines.push(`${stack.join(';')} ` +
					`${self.reverse().join(' ')}\n`);
		} else if (node) {
			stack.pop();
			node = work.parent[node];
		} else {
			return lines.join('');
		}
	}
}

const XML = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

function xml(text) {
	return visible(text).replace(/[<>&"]/g, (c) => XML[c]);
}

/* The present view as an image that does nothing. */
function svgText() {
	const chart = active, t = chart.tree, W = 1200, PAD = 40;
	const height = chart.rows * ROW + PAD, k = W / (chart.x1 - chart.x0);
	const out = [`<svg xmlns="http://www.w3.org/2000/svg" width="${W}" ` +
		`height="${height}" viewBox="0 0 ${W} ${height}" ` +
		`font-family="sans-serif" font-size="12" ` +
		`fill="${palette.ink}">\n<rect width="100%" height="100%" ` +
		`fill="${palette.theme.back}"/>\n<text x="8" y="25" ` +
		`font-size="16" fill="${palette.dark ? '#fff' : '#000'}">` +
		`${xml(shorten(meta.title, 120))}</text>\n`];
	for (let d = 0; d < chart.rows; d++) {
		const y = PAD + ROW * (chart.rootOnTop ? d : chart.rows - 1 - d);
		for (let i = t.firstEndingAfter(chart.x0, t.level[d],
		    t.level[d + 1]); i < t.level[d + 1] && t.x[i] < chart.x1; i++) {
			const x = Math.max(0, (t.x[i] - chart.x0) * k);
			const w = Math.min(W, (t.x[i] + t.total[i] - chart.x0) * k) - x;
			if (w < 0.2)
				continue;
			const name = palette.text(t.name[i]);
			const label = w < 24 ? '' : chart.label(t.name[i], w - 9);
			out.push(`<g><title>${xml(shorten(name, 300))}, ${
				xml(spoken(chart, i))}</title><rect x="${
				x.toFixed(2)}" y="${y}" width="${Math.max(
				w - (w > 4 ? 1 : 0), 0.2).toFixed(2)}" height="${
				ROW - 1}" fill="${chart.fill(i)}"/><text x="${
				(x + 4).toFixed(2)}" y="${y + 14}">${xml(label)
				}</text></g>\n`);
		}
	}
	return out.join('') + '</svg>\n';
}

/* What a file of this profile may be called. */
function fileName(suffix) {
	const name = meta.title.replace(/[^\w.-]+/g, '-').slice(0, 60);
	return (name || 'flame') + suffix;
}

function saveFolded() {
	save(fileName('.folded'), 'text/plain', foldedText());
}

function saveSvg() {
	if (active)
		save(fileName('.svg'), 'image/svg+xml', svgText());
}
