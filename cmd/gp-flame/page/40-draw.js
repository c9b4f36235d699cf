/*
 * Drawing a tree on a canvas as large as the window shows, whatever the tree's
 * size. Each visible level is found by binary search and walked a pixel at a
 * time, so drawing costs levels times pixels, not frames.
 *
 * What is shown stands in data- attributes of the element, for tests and for the
 * curious: zoom, select, x0, x1, rows, drawn, ms.
 */
const ROW = 20;        /* height of a level in CSS pixels */
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, ' +
    '"Noto Sans", "DejaVu Sans", sans-serif';
const LABEL_MAX = 300; /* characters of a name that can be seen in a frame */
const GLIDE_MS = 80;   /* a zoom moves for so long, unless that is unwanted */
const SLOW_MS = 12;    /* or drawing takes longer than this */

const stillPreferred = matchMedia('(prefers-reduced-motion: reduce)');

function element(tag, className, text) {
	const e = document.createElement(tag);
	if (className)
		e.className = className;
	if (text !== undefined)
		e.textContent = text;
	return e;
}

/* Which way a tree leads from its root. */
const STACKS = 0;  /* as sampled: processes first */
const CALLERS = 1; /* from a function, or all innermost ones, to who calls it */
const CALLEES = 2; /* from a function to what it calls */

class Drawing {
	constructor(palette) {
		this.palette = palette;
		this.tree = null;
		this.way = CALLEES;
		this.rootOnTop = false;
		this.found = null;   /* of matchTree() */
		this.hovered = -1;
		this.selected = 0;
		this.zoom = 0;
		this.x0 = this.x1 = 0; /* what spans the chart */
		this.height = this.view = 0; /* of all, and of what is seen of it */
		this.glide = null;     /* on the way there: from where, since when */
		this.frame = 0;
		this.ms = 0;           /* that the last drawing took */
		this.widths = new Map();
		/* slivers that are not painted yet */
		this.run = { from: 0, end: -1, colour: '', alpha: 1 };
	}

	/* Whether the node is the outermost frame of its stacks. */
	isOuter(node) {
		const t = this.tree;
		if (this.way === STACKS)
			return node > 0 && t.parent[node] === 0;
		return this.way === CALLERS && t.first[node] === t.first[node + 1] &&
		    this.palette.outer.has(t.name[node]);
	}

	/* Of a node of a comparison: see compare(). */
	compared(node) {
		const { sums } = this.tree;
		return compare(sums.map((s) => s[node]), this.wholes,
		    this.shares);
	}

	fill(node) {
		if (this.palette.mode === 'diff')
			return this.palette.difference(node || this.way !== STACKS ?
				this.compared(node).step : 0);
		return this.palette.fill(this.tree.name[node],
		    this.isOuter(node));
	}

	/* ---- geometry ---- */

	resize() {
		const w = this.scroll.clientWidth, h = this.scroll.clientHeight;
		if (!w || !h || !this.tree)
			return;
		const dpr = window.devicePixelRatio || 1;
		const full = Math.max(this.rows * ROW + 1, h);
		/* A window that grew has moved its content down by itself. */
		const below = Math.max(0, this.height - this.scroll.scrollTop -
		    Math.max(this.view, h));
		const moved = this.height !== full || this.view !== h;
		this.width = w;
		this.view = h;
		this.dpr = dpr;
		if (this.canvas.width !== Math.round(w * dpr) ||
		    this.canvas.height !== Math.round(h * dpr)) {
			this.canvas.width = Math.round(w * dpr);
			this.canvas.height = Math.round(h * dpr);
			this.canvas.style.height = h + 'px';
		}
		if (this.height !== full) {
			this.height = full;
			this.spacer.style.height = full + 'px';
		}
		if (moved && !this.rootOnTop)
			this.scroll.scrollTop = full - h - below;
		this.redraw();
	}

	toRoot() {
		this.scroll.scrollTop = this.rootOnTop ? 0 : this.height;
		this.redraw();
	}

	/* Top of a level, from the top of what is scrolled. */
	top(depth) {
		return this.rootOnTop ? depth * ROW :
		    this.height - (depth + 1) * ROW;
	}

	reveal(node) {
		const y = this.top(this.tree.depth(node));
		const s = this.scroll;
		if (y < s.scrollTop)
			s.scrollTop = y - ROW;
		else if (y + ROW > s.scrollTop + this.view)
			s.scrollTop = y + 2 * ROW - this.view;
		this.redraw();
	}

	nodeAt(event) {
		const box = this.canvas.getBoundingClientRect();
		const y = event.clientY - box.top + this.scroll.scrollTop;
		const depth = this.rootOnTop ? Math.floor(y / ROW) :
		    Math.floor((this.height - y) / ROW);
		const x = (event.clientX - box.left) / this.width;
		if (x < 0 || x >= 1 || depth < 0)
			return -1;
		return this.tree.at(depth, this.x0 + x * (this.x1 - this.x0));
	}

	/* ---- drawing ---- */

	redraw() {
		if (this.frame || !this.tree)
			return;
		this.frame = requestAnimationFrame(() => {
			this.frame = 0;
			this.draw();
		});
	}

	/* Where the view is on its way to x0 and x1. */
	moving() {
		if (!this.glide)
			return [this.x0, this.x1];
		const t = (performance.now() - this.glide.since) / GLIDE_MS;
		if (t >= 1) {
			this.glide = null;
			return [this.x0, this.x1];
		}
		const k = 1 - (1 - t) ** 3, { from } = this.glide;
		return [from[0] + (this.x0 - from[0]) * k,
			from[1] + (this.x1 - from[1]) * k];
	}

	draw() {
		const c = this.ctx, theme = this.palette.theme, t = this.tree;
		const top = this.scroll.scrollTop, began = performance.now();
		if (!this.width)
			return;
		[this.left, this.right] = this.moving();
		c.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
		c.fillStyle = theme.back;
		c.fillRect(0, 0, this.width, this.view);
		c.font = FONT;
		c.textBaseline = 'middle';
		c.direction = 'ltr';
		this.drawn = 0;
		for (let d = this.firstRow(top); d < t.levels; d++) {
			const y = this.top(d) - top;
			if (this.rootOnTop ? y > this.view : y + ROW < 0)
				break;
			if (!this.glide && d >= this.rows)
				break;
			this.drawLevel(y, t.level[d], t.level[d + 1]);
		}
		this.ring(this.hovered, theme.hover, 1);
		if (this.selected || document.activeElement === this.scroll)
			this.ring(this.selected, theme.ring, 2.5);
		if (this.glide)
			this.redraw();
		this.ms = performance.now() - began;
		this.report();
	}

	/* Draw a level as if that were found, on another canvas. */
	rehearse(depth, found, ctx) {
		const { drawn, found: kept, ctx: seen, tree: { level } } = this;
		if (!(this.right > this.left))
			return;
		Object.assign(this, { found, ctx });
		ctx.font = FONT;
		this.drawLevel(0, level[depth], level[depth + 1]);
		Object.assign(this, { drawn, found: kept, ctx: seen });
	}

	report() {
		const data = this.element.dataset;
		data.zoom = this.zoom;
		data.select = this.selected;
		data.x0 = this.x0;
		data.x1 = this.x1;
		data.rows = this.rows;
		data.drawn = this.drawn;
		data.ms = this.ms.toFixed(1);
	}

	/* The level nearest to the root that is not scrolled away. */
	firstRow(top) {
		const hidden = this.rootOnTop ? top :
		    this.height - top - this.view;
		return Math.max(0, Math.floor(hidden / ROW));
	}

	drawLevel(y, lo, hi) {
		const t = this.tree, x0 = this.left;
		const k = this.width / (this.right - x0);
		let i = t.firstEndingAfter(x0, lo, hi), done = 0;

		while (i < hi && t.x[i] < this.right) {
			const left = Math.max((t.x[i] - x0) * k, 0);
			const right = Math.min((t.x[i] + t.total[i] - x0) * k,
			    this.width);
			this.drawn++;
			if (right - left >= 1.5) {
				this.endRun(y);
				this.box(i, left, y, right - left);
				i++;
				continue;
			}
			/* All that share this pixel are one box. What reaches out of
			 * it is seen in the next, or would fade what was found here. */
			const edge = Math.max(Math.floor(left), done) + 1;
			const next = Math.max(i + 1,
			    t.soonEndingAfter(x0 + edge / k, i, hi));
			this.sliver(i, next, edge - 1, y);
			done = edge;
			i = next;
		}
		this.endRun(y);
	}

	/* A pixel's worth of frames. Neighbours of one colour are painted at once: of
	 * a search that finds much, most are. */
	sliver(from, until, x, y) {
		const hit = this.found && anyMatch(this.found, from, until);
		const colour = hit ? this.palette.theme.hit : this.fill(from);
		const alpha = hit ? 1 : this.found ? 0.45 : this.palette.dimmed(
		    this.tree.name[from], this.isOuter(from)) ? 0.25 : 1;
		const run = this.run;

		if (run.end !== x || run.colour !== colour ||
		    run.alpha !== alpha) {
			this.endRun(y);
			Object.assign(run, { colour, alpha, from: x });
		}
		run.end = x + 1;
	}

	endRun(y) {
		const c = this.ctx, { run } = this;
		if (run.end >= 0) {
			c.fillStyle = run.colour;
			c.globalAlpha = run.alpha;
			c.fillRect(run.from, y, run.end - run.from, ROW - 1);
			c.globalAlpha = 1;
		}
		run.end = -1;
	}

	box(i, x, y, w) {
		const c = this.ctx, theme = this.palette.theme;
		const id = this.tree.name[i];
		const match = this.found && this.found.hit[i] & MATCH;
		const away = this.tree.total[i] > (this.x1 - this.x0) * (1 + 1e-9);
		const dim = (this.found && !this.found.hit[i]) || away ||
		    this.palette.dimmed(id, this.isOuter(i));
		const gap = w > 4 ? 1 : w > 2.5 ? 0.5 : 0;

		c.fillStyle = match ? theme.hit : this.fill(i);
		if (dim)
			c.globalAlpha = away && !this.found ? 0.5 : 0.3;
		c.fillRect(x, y, w - gap, ROW - 1);
		c.globalAlpha = 1;
		if (this.palette.mode === 'diff' && !match)
			this.hatch(i, x, y, w - gap);
		if (w < 24)
			return;
		const label = this.label(id, w - 9);
		if (label) {
			c.fillStyle = match ? theme.hitText : dim ?
				this.dimInk : this.palette.ink;
			c.fillText(label, x + 4, y + ROW / 2);
		}
	}

	/* What only one side has is hatched, for those who do not see by hue: new
	 * like //, gone like \\. */
	hatch(i, x, y, w) {
		const { sums } = this.tree;
		const side = sums[BASE][i] === 0 ? NEW :
		    sums[NEW][i] === 0 ? BASE : -1;
		if (side < 0 || w < 3)
			return;
		const c = this.ctx, h = ROW - 1, lean = side === NEW ? h : -h;
		c.save();
		c.beginPath();
		c.rect(x, y, w, h);
		c.clip();
		c.strokeStyle = this.palette.theme.hatch;
		c.lineWidth = 1;
		c.beginPath();
		for (let at = x - h; at < x + w + h; at += 7) {
			c.moveTo(at, y + h);
			c.lineTo(at + lean, y);
		}
		c.stroke();
		c.restore();
	}

	/* As much of the name as fits into a width. */
	label(id, room) {
		const text = id === ALL ? 'all' :
		    visible(bare(this.palette.names[id]).slice(0, LABEL_MAX));
		let w = this.widths.get(id);
		if (w === undefined) {
			w = this.ctx.measureText(text).width;
			this.widths.set(id, w);
		}
		if (w <= room)
			return text;
		let n = Math.floor(text.length * room / w);
		while (n > 0 && this.ctx.measureText(
		    text.slice(0, n) + '\u2026').width > room)
			n--;
		return n > 1 ? text.slice(0, n) + '\u2026' : '';
	}

	ring(node, colour, width) {
		const t = this.tree;
		if (node < 0)
			return;
		const k = this.width / (this.right - this.left);
		const left = Math.max((t.x[node] - this.left) * k, 0);
		const right = Math.min((t.x[node] + t.total[node] - this.left) * k,
		    this.width);
		const y = this.top(t.depth(node)) - this.scroll.scrollTop;
		if (right < 0 || left > this.width)
			return;
		const c = this.ctx, half = width / 2;
		if (width > 2) {
			c.strokeStyle = this.palette.theme.edge;
			c.lineWidth = width + 2;
			c.strokeRect(left + half, y + half,
			    Math.max(right - left - 1 - width, 1), ROW - 1 - width);
		}
		c.strokeStyle = colour;
		c.lineWidth = width;
		c.strokeRect(left + half, y + half,
		    Math.max(right - left - 1 - width, 1), ROW - 1 - width);
	}
}
