/*
 * A chart: a drawing that is zoomed, pointed at and walked with keys.
 *
 * The scrolled element is the tree for screen readers too: it has the keyboard
 * focus and one hidden item, which says what is selected.
 */
class Chart extends Drawing {
	/* on: { zoom(chart), select(chart), hover(chart, node, event) } */
	constructor(palette, label, on) {
		super(palette);
		this.on = on;
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

	/* compared: { wholes, shares } if two profiles are. */
	show(tree, way, rootOnTop, compared) {
		this.tree = tree;
		this.way = way;
		this.rootOnTop = rootOnTop;
		Object.assign(this, compared);
		this.found = null;
		this.trail = [];
		this.selected = 0;
		this.hovered = -1;
		this.glide = null;
		this.look(0);
		this.describe();
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
		if (!stillPreferred.matches && remember && this.ms < SLOW_MS)
			this.glide = { from: this.moving(),
				since: performance.now() };
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

	describe() {
		const t = this.tree, node = this.selected, up = t.parent[node];
		const name = shown(this.palette.text(t.name[node]));
		const set = (k, v) => this.item.setAttribute(k, v);
		set('aria-level', t.depth(node) + 1);
		set('aria-setsize', node ? t.first[up + 1] - t.first[up] : 1);
		set('aria-posinset', node ? node - t.first[up] + 1 : 1);
		set('aria-selected', 'true');
		if (t.first[node] < t.first[node + 1])
			set('aria-expanded', 'true');
		else
			this.item.removeAttribute('aria-expanded');
		set('aria-label', `${name}, ${this.on.spoken(this, node)}`);
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
}
