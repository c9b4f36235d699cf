/*
 * The table of functions: self and total, sortable, of any length (only the rows
 * in sight exist).
 */
const TABLE_ROW = 26, TABLE_HEAD = 32;
const COLUMNS = [
	{ key: 'self', text: 'Self', sort: true },
	{ key: 'self', text: '%', sort: false },
	{ key: 'total', text: 'Total', sort: true },
	{ key: 'total', text: '%', sort: false },
	{ key: 'name', text: 'Function', sort: true },
];

class FunctionTable {
	/* choose(id): a row was clicked. */
	constructor(palette, totals, whole, choose) {
		this.palette = palette;
		this.totals = totals;
		this.whole = whole;
		this.choose = choose;
		this.key = 'self';
		this.hits = null;
		this.current = 0; /* row that the keyboard is at */
		this.element = element('div', 'table');
		this.element.setAttribute('role', 'grid');
		this.element.setAttribute('aria-label', 'Self and total');
		this.element.tabIndex = 0;
		this.head = element('div', 'head');
		this.head.setAttribute('role', 'row');
		this.body = element('div');
		this.body.style.position = 'relative';
		this.element.append(this.head, this.body);
		for (const c of COLUMNS)
			this.head.append(this.headCell(c));
		this.element.addEventListener('scroll', () => this.draw());
		this.element.addEventListener('keydown', (e) => this.keyDown(e));
		new ResizeObserver(() => this.draw()).observe(this.element);
		this.sort('self');
	}

	headCell(column) {
		const cell = element('span');
		cell.setAttribute('role', 'columnheader');
		if (!column.sort)
			return cell;
		const b = element('button', '', column.text);
		b.type = 'button';
		b.dataset.key = column.key;
		b.addEventListener('click', () => this.sort(column.key));
		cell.append(b);
		return cell;
	}

	sort(key) {
		this.key = key;
		this.arrange();
		for (const b of this.head.querySelectorAll('button')) {
			const on = b.dataset.key === key;
			const c = COLUMNS.find((o) => o.sort &&
			    o.key === b.dataset.key);
			b.textContent = c.text + (on ? ' \u25be' : '');
			b.parentNode.setAttribute('aria-sort', !on ? 'none' :
			    key === 'name' ? 'ascending' : 'descending');
		}
		this.element.scrollTop = 0;
	}

	/* Only names that match, or all with null. */
	filter(hits) {
		this.hits = hits;
		this.arrange();
	}

	arrange() {
		const names = this.palette.names, order = [];
		const by = this.totals[this.key];
		for (let i = 0; i < names.length; i++)
			if (!this.hits || this.hits[i])
				order.push(i);
		order.sort((a, b) => (by ? by[b] - by[a] : 0) ||
		    (names[a] < names[b] ? -1 : 1));
		this.order = order;
		this.current = 0;
		this.body.style.height = order.length * TABLE_ROW + 'px';
		this.element.setAttribute('aria-rowcount', order.length + 1);
		this.draw();
	}

	keyDown(event) {
		const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20,
			PageUp: -20, Home: -Infinity, End: Infinity }[event.key];
		if (event.target !== this.element || event.ctrlKey ||
		    event.metaKey || event.altKey)
			return;
		if (event.key === 'Enter' && this.order.length)
			this.choose(this.order[this.current]);
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
		const { self, total } = this.totals, name = this.palette.names[id];
		row.setAttribute('role', 'row');
		row.setAttribute('aria-rowindex', i + 2);
		row.id = 'row-' + i;
		row.classList.toggle('current', i === this.current);
		row.style.top = i * TABLE_ROW + 'px';
		row.dataset.name = id;
		const cells = [count(self[id]), share(self[id], this.whole),
			count(total[id]), share(total[id], this.whole), ''];
		for (const text of cells) {
			const cell = element('span', '', text);
			cell.setAttribute('role', 'gridcell');
			row.append(cell);
		}
		const swatch = element('i');
		swatch.style.background = this.palette.fill(id,
		    this.palette.outer.has(id));
		row.lastChild.append(swatch,
		    shorten(visible(name), SHOWN_MAX));
		row.addEventListener('click', () => this.choose(id));
		return row;
	}
}
