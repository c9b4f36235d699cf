/*
 * The table of functions: self and total, or what two profiles have of each;
 * sortable both ways, of any length (only the rows in sight exist).
 *
 * A column: { key, text, cell(id) }, and if it can be sorted by, value(id); the
 * one without cell() has the names.
 */
const TABLE_ROW = 26, TABLE_HEAD = 32;

function plainColumns({ self, total }, wholes) {
	const of = (v) => [(id) => count(v[id]), (id) => v[id]];
	const column = (key, text, [cell, value]) => ({ key, text, cell, value });
	return [
		column('self', 'Self', of(self[NEW])),
		column('self-share', '%', [(id) => share(self[NEW][id],
		    wholes[NEW])]),
		column('total', 'Total', of(total[NEW])),
		column('total-share', '%', [(id) => share(total[NEW][id],
		    wholes[NEW])]),
		{ key: 'name', text: 'Function' },
	];
}

/* Of totals, since what a function calls is its cost too; self tells where to
 * look. */
function diffColumns({ self, total }, wholes, shares) {
	const of = (v) => (id) => compare(v.map((s) => s[id]), wholes, shares);
	const all = of(total), own = of(self);
	const change = (c) => shares ? signed(c.points, 2) : signed(c.count, 0);
	const size = (c) => Math.abs(shares ? c.points : c.count);
	const part = (side) => (id) => shares ?
		share(total[side][id], wholes[side]) : count(total[side][id]);
	return [
		{ key: 'base', text: 'Base', cell: part(BASE),
			value: (id) => all(id).share[BASE] },
		{ key: 'new', text: 'New', cell: part(NEW),
			value: (id) => all(id).share[NEW] },
		{ key: 'change', text: shares ? 'Points' : 'Change',
			cell: (id) => change(all(id)),
			value: (id) => size(all(id)) },
		{ key: 'self', text: 'Self', cell: (id) => change(own(id)),
			value: (id) => size(own(id)) },
		{ key: 'ratio', text: '95 % of ratio', cell: (id) => {
			const c = all(id);
			return `${times(c.low)} \u2013 ${times(c.high)}`;
		}, value: (id) => Math.abs(Math.log(all(id).ratio)) },
		{ key: 'verdict', text: '', cell: (id) =>
			VERDICTS[all(id).kind] },
		{ key: 'name', text: 'Function' },
	];
}

class FunctionTable {
	/* on: { choose(id): a row was clicked, sorted(): another order } */
	constructor(palette, on) {
		this.palette = palette;
		this.on = on;
		this.key = '';
		this.up = false;  /* the smallest first */
		this.hits = null;
		this.current = 0; /* row that the keyboard is at */
		this.element = element('div', 'table');
		this.element.setAttribute('role', 'grid');
		this.element.setAttribute('aria-label', 'Functions');
		this.element.tabIndex = 0;
		this.head = element('div', 'head');
		this.head.setAttribute('role', 'row');
		this.body = element('div', 'body');
		this.element.append(this.head, this.body);
		this.element.addEventListener('scroll', () => this.draw());
		this.element.addEventListener('keydown', (e) => this.keyDown(e));
		new ResizeObserver(() => this.draw()).observe(this.element);
	}

	/* ids: names that occur. fill(id): their colours. */
	show(columns, ids, fill) {
		Object.assign(this, { columns, ids, fill });
		this.element.dataset.columns = columns.length;
		this.head.replaceChildren(...columns.map((c) => this.headCell(c)));
		if (!columns.some((c) => c.key === this.key && this.sortable(c)))
			this.key = columns.some((c) => c.key === 'change') ?
				'change' : 'self';
		this.sort(this.key, this.up);
	}

	sortable(column) {
		return column.value || column.key === 'name';
	}

	headCell(column) {
		const cell = element('span');
		cell.setAttribute('role', 'columnheader');
		cell.dataset.key = column.key;
		if (!this.sortable(column)) {
			cell.append(column.text);
			return cell;
		}
		const b = element('button', '', column.text);
		b.type = 'button';
		b.dataset.key = column.key;
		b.addEventListener('click', () => {
			this.sort(column.key, this.key === column.key && !this.up);
			this.on.sorted();
		});
		cell.append(b);
		return cell;
	}

	/* Names start at A, numbers at the largest; up turns that round. */
	sort(key, up) {
		this.key = key;
		this.up = up;
		this.arrange();
		for (const b of this.head.querySelectorAll('button')) {
			const on = b.dataset.key === key;
			const c = this.columns.find((o) => o.key === b.dataset.key);
			const rises = (key === 'name') !== up;
			b.textContent = c.text +
				(on ? rises ? ' \u25b4' : ' \u25be' : '');
			b.parentNode.setAttribute('aria-sort', !on ? 'none' :
				rises ? 'ascending' : 'descending');
		}
		this.element.scrollTop = 0;
	}

	/* Only names that match, or all with null. */
	filter(hits) {
		this.hits = hits;
		this.arrange();
	}

	arrange() {
		const { value } = this.columns.find((c) => c.key === this.key);
		const order = this.ids.filter((id) => !this.hits || this.hits[id]);
		const turn = this.up ? -1 : 1;
		const values = value && new Map(order.map((id) => [id, value(id)]));
		const place = rank();
		order.sort((a, b) => turn * (values ?
			values.get(b) - values.get(a) : 0) ||
			(values ? 1 : turn) * (place[a] - place[b]));
		this.order = order;
		this.current = Math.min(this.current, Math.max(order.length - 1, 0));
		this.element.setAttribute('aria-rowcount', order.length + 1);
		this.body.style.height = order.length * TABLE_ROW + 'px';
		this.draw();
	}

	keyDown(event) {
		const page = Math.max(1, Math.floor(this.element.clientHeight /
			TABLE_ROW) - 2);
		const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page,
			PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
		if (event.target !== this.element)
			return;
		if (event.key === 'Enter' && this.order.length)
			this.on.choose(this.order[this.current]);
		if (step === undefined)
			return;
		event.preventDefault();
		this.current = Math.max(0, Math.min(this.order.length - 1,
		    this.current + step));
		const e = this.element, y = this.current * TABLE_ROW;
		if (y < e.scrollTop)
			e.scrollTop = y;
		else if (y + TABLE_ROW + TABLE_HEAD > e.scrollTop + e.clientHeight)
			e.scrollTop = y + TABLE_ROW + TABLE_HEAD - e.clientHeight;
		this.draw();
	}

	draw() {
		if (!this.order)
			return;
		const rows = [], e = this.element;
		const from = Math.max(0, Math.floor(e.scrollTop / TABLE_ROW) - 2);
		const until = Math.min(this.order.length,
		    from + Math.ceil((e.clientHeight || 800) / TABLE_ROW) + 4);
		for (let i = from; i < until; i++)
			rows.push(this.row(i));
		this.body.replaceChildren(...rows);
		this.element.setAttribute('aria-activedescendant',
		    'row-' + this.current);
	}

	row(i) {
		const id = this.order[i], row = element('div', 'row');
		row.setAttribute('role', 'row');
		row.setAttribute('aria-rowindex', i + 2);
		row.id = 'row-' + i;
		row.classList.toggle('current', i === this.current);
		row.style.top = i * TABLE_ROW + 'px';
		for (const column of this.columns) {
			const cell = element('span', '',
			    column.cell ? column.cell(id) : undefined);
			cell.setAttribute('role', 'gridcell');
			cell.dataset.key = column.key;
			row.append(cell);
		}
		const swatch = element('i');
		swatch.style.background = this.fill(id);
		row.lastChild.append(swatch, shown(this.palette.names[id]));
		row.addEventListener('click', () => this.on.choose(id));
		return row;
	}
}
