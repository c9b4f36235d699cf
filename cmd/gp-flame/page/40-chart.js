/*
 * A chart: one tree on a canvas as large as the window shows, whatever the
 * tree's size. Each visible level is found by binary search and walked a pixel at
 * a time, so drawing costs levels times pixels, not frames.
 *
 * The scrolled element is the tree for screen readers too: it has the keyboard
 * focus and one hidden item, which says what is selected.
 *
 * What it shows stands in data- attributes of its element, for tests and for the
 * curious: zoom, select, x0, x1, drawn.
 */
const ROW = 20;        /* height of a level in CSS pixels */
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, ' +
    '"Noto Sans", "DejaVu Sans", sans-serif';
const LABEL_MAX = 300; /* characters of a name that can be seen in a frame */

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

class Chart {
	/* on: { zoom(chart), select(chart), hover(chart, node, event) } */
	constructor(palette, label, on) {
		this.palette = palette;
		this.on = on;
		this.tree = null;
		this.way = CALLEES;
		this.rootOnTop = false;
		this.found = null;
		this.hovered = -1;
		this.frame = 0;
		this.widths = new Map();
		this.build(label);
	}

	build(label) {
		this.element = element('section', 'chart');
		this.caption = element('h2');
		this.caption.hidden = true;
		this.scroll = element('div', 'scroll');
		this.scroll.tabIndex = 0;
		this.scroll.setAttribute('role', 'tree');
		this.scroll.setAttribute('aria-label', label);
		this.spacer = element('div');
		this.canvas = element('canvas');
		this.canvas.setAttribute('aria-hidden', 'true');
		this.item = element('div', 'unseen');
		this.item.setAttribute('role', 'treeitem');
		this.item.id = 'item-' + label.toLowerCase().replace(/\W+/g, '-');
		this.scroll.setAttribute('aria-activedescendant', this.item.id);
		this.spacer.append(this.canvas);
		this.scroll.append(this.spacer, this.item);
		this.element.append(this.caption, this.scroll);
		this.ctx = this.canvas.getContext('2d', { alpha: false });

		const s = this.scroll;
		s.addEventListener('scroll', () => this.redraw());
		s.addEventListener('focus', () => this.redraw());
		s.addEventListener('blur', () => this.redraw());
		s.addEventListener('pointermove', (e) => this.pointAt(e));
		s.addEventListener('pointerleave', () => this.pointAt(null));
		s.addEventListener('click', (e) => this.click(e));
		s.addEventListener('keydown', (e) => this.key(e));
		this.observer = new ResizeObserver(() => this.resize());
		this.observer.observe(s);
	}

	show(tree, way, rootOnTop) {
		this.tree = tree;
		this.way = way;
		this.rootOnTop = rootOnTop;
		this.found = null;
		this.trail = [];
		this.selected = 0;
		this.hovered = -1;
		this.look(0);
		this.toRoot();
	}

	/* Look at a node: it spans the chart, its callers too. */
	look(node) {
		this.zoom = node;
		this.x0 = this.tree.x[node];
		this.x1 = this.x0 + this.tree.total[node];
		this.rows = this.tree.levelsBetween(this.x0, this.x1);
		this.resize();
	}

	/* remember: so that back() returns. */
	zoomTo(node, remember) {
		if (node === this.zoom)
			return;
		if (remember)
			this.trail.push(this.zoom);
		this.look(node);
		this.reveal(node);
		this.on.zoom(this);
	}

	back() {
		if (!this.trail.length && !this.zoom)
			return false;
		const node = this.trail.length ? this.trail.pop() : 0;
		this.look(node);
		this.select(node);
		this.on.zoom(this);
		return true;
	}

	select(node) {
		this.selected = node;
		this.describe();
		this.reveal(node);
		this.on.select(this);
	}

	/* Whether the node is the outermost frame of its stacks. */
	isOuter(node) {
		const t = this.tree;
		if (this.way === STACKS)
			return node > 0 && t.parent[node] === 0;
		return this.way === CALLERS && t.first[node] === t.first[node + 1] &&
		    this.palette.outer.has(t.name[node]);
	}

	fill(node) {
		return this.palette.fill(this.tree.name[node],
		    this.isOuter(node));
	}

	describe() {
		const t = this.tree, node = this.selected, up = t.parent[node];
		const name = shorten(visible(this.palette.text(t.name[node])),
		    SHOWN_MAX);
		const set = (k, v) => this.item.setAttribute(k, v);
		set('aria-level', t.depth(node) + 1);
		set('aria-setsize', node ? t.first[up + 1] - t.first[up] : 1);
		set('aria-posinset', node ? node - t.first[up] + 1 : 1);
		set('aria-selected', 'true');
		set('aria-label', `${name}, ${share(t.total[node], t.total[0])}` +
		    `, ${samples(t.total[node])}`);
	}

	/* ---- geometry ---- */

	resize() {
		const w = this.scroll.clientWidth, h = this.scroll.clientHeight;
		if (!w || !h || !this.tree)
			return;
		const dpr = window.devicePixelRatio || 1;
		const full = Math.max(this.rows * ROW + 1, h);
		const fromBottom = this.height - this.scroll.scrollTop;
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
			if (!this.rootOnTop)
				this.scroll.scrollTop = full - fromBottom;
		}
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

	/* ---- input ---- */

	pointAt(event) {
		const node = event && this.tree ? this.nodeAt(event) : -1;
		this.on.hover(this, node, event);
		if (node === this.hovered)
			return;
		this.hovered = node;
		this.scroll.classList.toggle('pointing', node >= 0);
		this.redraw();
	}

	click(event) {
		const node = this.nodeAt(event);
		if (node < 0)
			return;
		this.select(node);
		this.zoomTo(node, true);
	}

	key(event) {
		if (event.ctrlKey || event.metaKey || event.altKey)
			return;
		const t = this.tree, node = this.selected, up = t.parent[node];
		const outward = this.rootOnTop ? 'ArrowDown' : 'ArrowUp';
		const inward = this.rootOnTop ? 'ArrowUp' : 'ArrowDown';
		let to = -1;

		switch (event.key) {
		case outward:
			to = this.widestKid(node);
			break;
		case inward:
			to = up;
			break;
		case 'ArrowLeft':
			to = node > t.first[up] ? node - 1 : node;
			break;
		case 'ArrowRight':
			to = node && node + 1 < t.first[up + 1] ? node + 1 : node;
			break;
		case 'Home':
			to = node ? t.first[up] : 0;
			break;
		case 'End':
			to = node ? t.first[up + 1] - 1 : 0;
			break;
		case 'Enter':
			this.zoomTo(node, true);
			to = node;
			break;
		default:
			return;
		}
		event.preventDefault();
		if (to < 0)
			return;
		this.bringIntoZoom(to);
		this.select(to);
	}

	widestKid(node) {
		const t = this.tree;
		let best = -1;
		for (let k = t.first[node]; k < t.first[node + 1]; k++)
			if (best < 0 || t.total[k] > t.total[best])
				best = k;
		return best;
	}

	/* Zoom out as far as it takes to have the node in view. */
	bringIntoZoom(node) {
		const t = this.tree, x0 = t.x[node], x1 = x0 + t.total[node];
		let z = this.zoom;
		while (z && (x1 <= t.x[z] || x0 >= t.x[z] + t.total[z]))
			z = t.parent[z];
		if (z !== this.zoom)
			this.zoomTo(z, true);
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

	draw() {
		const c = this.ctx, theme = this.palette.theme, t = this.tree;
		const top = this.scroll.scrollTop, began = performance.now();
		if (!this.width)
			return;
		c.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
		c.fillStyle = theme.back;
		c.fillRect(0, 0, this.width, this.view);
		c.font = FONT;
		c.textBaseline = 'middle';
		c.direction = 'ltr';
		this.drawn = 0;
		for (let d = this.firstRow(top); d < this.rows; d++) {
			const y = this.top(d) - top;
			if (this.rootOnTop ? y > this.view : y + ROW < 0)
				break;
			this.drawLevel(y, t.level[d], t.level[d + 1]);
		}
		this.ring(this.hovered, theme.hover, 1);
		if (this.found || document.activeElement === this.scroll)
			this.ring(this.selected, theme.ring, 2.5);
		const data = this.element.dataset;
		data.zoom = this.zoom;
		data.select = this.selected;
		data.x0 = this.x0;
		data.x1 = this.x1;
		data.rows = this.rows;
		data.drawn = this.drawn;
		data.ms = (performance.now() - began).toFixed(1);
	}

	/* The level nearest to the root that is not scrolled away. */
	firstRow(top) {
		const hidden = this.rootOnTop ? top :
		    this.height - top - this.view;
		return Math.max(0, Math.floor(hidden / ROW));
	}

	drawLevel(y, lo, hi) {
		const t = this.tree, k = this.width / (this.x1 - this.x0);
		let i = t.firstEndingAfter(this.x0, lo, hi);

		while (i < hi && t.x[i] < this.x1) {
			const left = Math.max((t.x[i] - this.x0) * k, 0);
			const right = Math.min((t.x[i] + t.total[i] - this.x0) * k,
			    this.width);
			this.drawn++;
			if (right - left >= 1.5) {
				this.box(i, left, y, right - left);
				i++;
				continue;
			}
			/* All that share this pixel are one box. */
			const edge = Math.floor(left) + 1;
			const next = Math.max(i + 1,
			    t.firstEndingAfter(this.x0 + edge / k, i, hi));
			this.sliver(i, next, edge - 1, y);
			i = next;
		}
	}

	sliver(from, until, x, y) {
		const c = this.ctx;
		c.fillStyle = this.fill(from);
		if (this.found) {
			c.globalAlpha = 0.45;
			for (let i = from; i < until; i++)
				if (this.found.hit[i] & MATCH) {
					c.fillStyle = this.palette.theme.hit;
					c.globalAlpha = 1;
					break;
				}
		}
		c.fillRect(x, y, 1, ROW - 1);
		c.globalAlpha = 1;
	}

	box(i, x, y, w) {
		const c = this.ctx, theme = this.palette.theme;
		const id = this.tree.name[i];
		const match = this.found && this.found.hit[i] & MATCH;
		const dim = (this.found && !match && !this.found.hit[i]) ||
		    this.tree.total[i] > this.x1 - this.x0;

		const gap = w > 4 ? 1 : w > 2.5 ? 0.5 : 0;

		c.fillStyle = match ? theme.hit : this.fill(i);
		if (dim)
			c.globalAlpha = 0.45;
		c.fillRect(x, y, w - gap, ROW - 1);
		c.globalAlpha = 1;
		if (w < 24)
			return;
		const label = this.label(id, w - 9);
		if (label) {
			c.fillStyle = match ? theme.hitText : theme.text;
			c.fillText(label, x + 4, y + ROW / 2);
		}
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
		const k = this.width / (this.x1 - this.x0);
		const left = Math.max((t.x[node] - this.x0) * k, 0);
		const right = Math.min((t.x[node] + t.total[node] - this.x0) * k,
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
