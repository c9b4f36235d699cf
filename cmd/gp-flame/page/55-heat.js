/*
 * The heat map: when there was how much. A column is a second (of long recordings
 * a minute, an hour or a day), a cell a part of it, as dark as it has samples.
 *
 * A click takes a column, dragging takes several, with Shift single cells from
 * here to there; two fields take any times. on.span(from, until) is told, in
 * seconds; null, null for all.
 */
class Heat {
	constructor(times, palette, on) {
		this.times = times;
		this.palette = palette;
		this.on = on;
		this.grid = heatGrid(times.length, times.exact);
		this.span = null;    /* [from, until), or null */
		this.cursor = null;  /* column of the keyboard */
		this.anchor = -1;
		this.cells = this.count();
		this.most = this.cells.reduce((a, b) => Math.max(a, b), 1);
		this.element = $('heat');
		this.canvas = $('heat-map');
		this.ctx = this.canvas.getContext('2d');
		this.listen();
		new ResizeObserver(() => this.draw()).observe(this.canvas);
	}

	count() {
		const { grid, times: t } = this;
		const cells = new Float64Array(grid.rows * grid.columns);
		t.slots.forEach((slot, i) => {
			const at = Math.floor(slot * t.slot / grid.row + 1e-9);
			cells[Math.min(at, cells.length - 1)] += t.sums[i];
		});
		return cells;
	}

	listen() {
		const c = this.canvas;
		let from = null;
		c.addEventListener('pointerdown', (e) => {
			from = this.cellAt(e);
			c.setPointerCapture(e.pointerId);
		});
		c.addEventListener('pointermove', (e) => {
			this.tell(this.cellAt(e));
			if (from !== null)
				this.mark(this.between(from, this.cellAt(e),
				    e.shiftKey));
		});
		c.addEventListener('pointerup', (e) => {
			if (from === null)
				return;
			const [a, b] = this.between(from, this.cellAt(e),
			    e.shiftKey);
			from = null;
			this.on.span(a, b);
		});
		c.addEventListener('pointercancel', () => {
			from = null;
			this.mark(this.span);
		});
		c.addEventListener('keydown', (e) => this.key(e));
		c.addEventListener('focus', () => this.draw());
		c.addEventListener('blur', () => this.draw());
		for (const id of ['span-from', 'span-until'])
			$(id).addEventListener('change', () => this.typed());
		$('span-all').addEventListener('click', () =>
			this.on.span(null, null));
	}

	/* Number of the cell under the pointer, in order of time. */
	cellAt(event) {
		const box = this.canvas.getBoundingClientRect(), { grid } = this;
		const clamp = (v, n) => Math.max(0, Math.min(n - 1, Math.floor(v)));
		const column = clamp((event.clientX - box.left) / box.width *
			grid.columns, grid.columns);
		const row = clamp((event.clientY - box.top) / box.height *
			grid.rows, grid.rows);
		return column * grid.rows + row;
	}

	/* The time from one cell to another; whole columns unless fine. */
	between(a, b, fine) {
		const { rows, row, column } = this.grid;
		const lo = Math.min(a, b), hi = Math.max(a, b);
		if (fine)
			return [lo * row, (hi + 1) * row];
		return [Math.floor(lo / rows) * column,
			(Math.floor(hi / rows) + 1) * column];
	}

	typed() {
		const from = parseFloat($('span-from').value) || 0;
		const until = parseFloat($('span-until').value);
		if (until > from)
			this.on.span(from, until);
	}

	key(event) {
		const last = this.grid.columns - 1, { column } = this.grid;
		const now = this.cursor === null ? 0 : this.cursor;
		const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0,
			End: last }[event.key];
		if (event.key === 'Escape' && this.span) {
			this.on.span(null, null);
		} else if (to !== undefined) {
			const at = this.cursor === null ? to === last ? last : 0 :
				Math.max(0, Math.min(last, to));
			if (!event.shiftKey || this.anchor < 0)
				this.anchor = at;
			this.cursor = at;
			this.on.span(Math.min(this.anchor, at) * column,
			    (Math.max(this.anchor, at) + 1) * column);
		} else {
			return;
		}
		event.preventDefault();
		event.stopPropagation();
	}

	/* What is under the pointer, in words. */
	tell(cell) {
		$('heat-note').textContent = `${clock(cell * this.grid.row)}: ` +
			samples(this.cells[cell]);
	}

	/* Show a span as selected; on.span() was told, or will be. */
	mark(span) {
		this.span = span;
		const [from, until] = span || [0, this.times.length];
		const text = (v) => String(Math.round(v * 1000) / 1000);
		$('span-from').value = text(from);
		$('span-until').value = text(until);
		$('span-all').disabled = !span;
		const sum = this.times.sums.reduce((a, v, i) => {
			const at = this.times.slots[i] * this.times.slot + 1e-9;
			return a + (at >= from && at < until ? v : 0);
		}, 0);
		this.canvas.setAttribute('aria-label', 'Samples over time, ' +
			`${clock(this.times.length)} in all; shown: ` +
			`${clock(from)} to ${clock(until)}, ${samples(sum)}`);
		this.draw();
	}

	shade(v) {
		const k = Math.sqrt(v / this.most);
		return this.palette.dark ?
			`hsl(24, 80%, ${(12 + 44 * k).toFixed(1)}%)` :
			`hsl(24, 88%, ${(97 - 40 * k).toFixed(1)}%)`;
	}

	draw() {
		const w = this.canvas.clientWidth, h = this.canvas.clientHeight;
		const { grid, ctx: c } = this, dpr = devicePixelRatio || 1;
		if (!w || !h)
			return;
		this.canvas.width = Math.round(w * dpr);
		this.canvas.height = Math.round(h * dpr);
		c.setTransform(dpr, 0, 0, dpr, 0, 0);
		const cw = w / grid.columns, ch = h / grid.rows;
		const gap = cw > 5 ? 1 : 0;
		for (let i = 0; i < this.cells.length; i++) {
			const x = Math.floor(i / grid.rows) * cw;
			c.fillStyle = this.shade(this.cells[i]);
			c.fillRect(x, i % grid.rows * ch, cw - gap, ch + 0.5);
		}
		if (this.span)
			this.drawSpan(cw, h);
		if (document.activeElement === this.canvas)
			this.outline((this.cursor || 0) * cw, 0, cw, h);
	}

	/* What is not selected fades; single cells are as they are. */
	drawSpan(cw, h) {
		const c = this.ctx, { grid } = this, [from, until] = this.span;
		c.fillStyle = this.palette.dark ? 'rgba(20,23,28,.72)' :
			'rgba(255,255,255,.72)';
		for (let i = 0; i < this.cells.length; i++) {
			const at = i * grid.row + 1e-9;
			if (at < from || at >= until)
				c.fillRect(Math.floor(i / grid.rows) * cw,
				    i % grid.rows * h / grid.rows, cw,
				    h / grid.rows + 0.5);
		}
		const lo = Math.floor(from / grid.column + 1e-9) * cw;
		const hi = Math.ceil(until / grid.column - 1e-9) * cw;
		this.outline(lo, 0, hi - lo, h);
	}

	outline(x, y, w, h) {
		const c = this.ctx;
		c.strokeStyle = this.palette.theme.ring;
		c.lineWidth = 2;
		c.strokeRect(x + 1, y + 1, Math.max(w - 2, 1), h - 2);
	}
}
