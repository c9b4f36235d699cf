/*
 * The tooltip: what is under the pointer.
 */
function hideTip() {
	$('tip').hidden = true;
}

/* Rows of a frame's tooltip: what, and how much. */
function tipRows(chart, node) {
	const t = chart.tree, whole = wholes()[NEW], total = t.sums[NEW][node];
	const rows = [[meta.countname, count(total)],
		[filtered() ? 'of shown' : 'of all', share(total, whole)]];
	if (filtered())
		rows.push(['of all', share(total, base.sums[NEW][0])]);
	if (node) {
		const up = t.parent[node];
		rows.push(['of ' + shown(bare(palette.text(t.name[up])), 40),
			share(total, t.sums[NEW][up])]);
	}
	if (chart.way === STACKS)
		rows.push(['self', `${count(t.self(node))} (${share(t.self(node),
		    whole)})`]);
	return rows;
}

/* Rows of a comparison. */
function diffRows(chart, node) {
	const t = chart.tree, c = chart.compared(node);
	const side = (s) => `${count(t.sums[s][node])} (${share(c.share[s], 1)})`;
	const sure = c.sure ? '' : ', no clear change';
	return [['base', side(BASE)], ['new', side(NEW)],
		['change', chart.shares ? `${signed(c.points, 2)} points` :
			signed(c.count, 0)],
		['ratio', `${times(c.ratio)}, 95 %: ${times(c.low)} \u2013 ` +
			times(c.high)],
		['so it is', c.kind === 'new' || c.kind === 'gone' ?
			VERDICTS[c.kind] + sure : VERDICTS[c.kind]]];
}

function filtered() {
	return Boolean(allFilters().length || state.span);
}

function kindRows(chart, node) {
	const id = chart.tree.name[node];
	if (id === ALL)
		return [];
	const rows = [['kind', meta.kinds[palette.kind(id, chart.isOuter(node))]]];
	const module = palette.modules[palette.module(id)];
	if (module !== '[no module]' && module !== '[kernel]')
		rows.push(['module', shown(module, 100)]);
	return rows;
}

function fillTip(chart, node) {
	const rows = meta.diff ? diffRows(chart, node) : tipRows(chart, node);
	$('tip-name').textContent = shown(bare(
	    palette.text(chart.tree.name[node])));
	$('tip').querySelector('tbody').replaceChildren(
	    ...[...rows, ...kindRows(chart, node)].map(([k, v]) => {
		const row = element('tr');
		row.append(element('th', '', k), element('td', '', v));
		return row;
	}));
}

function showTip(chart, node, event) {
	const tip = $('tip');
	if (node < 0 || !event || chart.glide) {
		hideTip();
		return;
	}
	if (tip.hidden || chart.hovered !== node) {
		fillTip(chart, node);
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
