/*
 * Other trees of the same samples: merged along another direction, without some
 * of the stacks or frames, or in another order.
 */

/* A copy with room for n and as much again. */
function grown(array, n) {
	const a = new array.constructor(2 * n);
	a.set(array);
	return a;
}

/*
 * Merge parts of stacks by name, level by level from a new root.
 *
 * seeds: { nodes, weights }: node numbers of base, and for each side their
 * weights. Below an entry comes, for each node that step(node, emit) emits, an
 * entry of the same weight if carried is true, else of the node's own sums; those
 * of one parent with one name are one node of the result. With omit, what is narrower
 * than least is left out. byWidth: the widest of siblings first, not by name, whose
 * order rank has.
 */
class Merger {
	constructor(base, how) {
		const ids = how.rank.length;
		Object.assign(this, { base, ...how });
		this.sides = base.sums.length;
		this.sum = base.sums.map(() => new Float64Array(ids));
		this.count = new Uint32Array(ids);
		this.slot = new Uint32Array(ids);
		this.parent = [0];
		this.first = [];
		this.name = [how.rootName];
		this.sums = base.sums.map(() => [0]);
		this.omitted = 0;
	}

	width(id) {
		let w = 0;
		for (let s = 0; s < this.sides; s++)
			w += (this.sides > 1 ? this.mix[s] : 1) * this.sum[s][id];
		return w;
	}

	/* Sum up by name what entries from to until - 1 emit. */
	gather(entries, from, until) {
		const { base, count, sum, sides, carried, rank } = this;
		const seen = [];
		let e = from;
		const emit = (node) => {
			const id = base.name[node];
			if (count[id]++ === 0)
				seen.push(id);
			for (let s = 0; s < sides; s++)
				sum[s][id] += carried ? entries.weights[s][e] :
					base.sums[s][node];
		};
		for (; e < until; e++)
			this.step(entries.nodes[e], emit);
		if (seen.length < 2)
			return seen;
		return seen.sort(!this.byWidth ? (a, b) => rank[a] - rank[b] :
			(a, b) => this.width(b) - this.width(a) ||
				rank[a] - rank[b]);
	}

	/* Make nodes below parent i; their entries begin at next.n. */
	addNodes(i, seen, next) {
		for (const id of seen) {
			const w = this.width(id);
			if (this.omit && (w < this.least || w <= 0)) {
				if (w > 0)
					this.omitted = this.least;
				this.slot[id] = ALL;
				continue;
			}
			this.parent.push(i);
			this.name.push(id);
			for (let s = 0; s < this.sides; s++)
				this.sums[s].push(this.sum[s][id]);
			this.slot[id] = next.n;
			next.n += this.count[id];
			next.end.push(next.n);
		}
	}

	/* The entries of the nodes just made. */
	scatter(entries, from, until, next) {
		const { base, slot, sides } = this;
		if (next.n > next.nodes.length) {
			next.nodes = grown(next.nodes, next.n);
			next.weights = next.weights.map((w) => grown(w, next.n));
		}
		let e = from;
		const emit = (node) => {
			const at = slot[base.name[node]];
			if (at === ALL)
				return;
			slot[base.name[node]]++;
			next.nodes[at] = node;
			for (let s = 0; s < sides && this.carried; s++)
				next.weights[s][at] = entries.weights[s][e];
		};
		for (; e < until; e++)
			this.step(entries.nodes[e], emit);
	}

	run(seeds) {
		let entries = { nodes: Int32Array.from(seeds.nodes),
			weights: seeds.weights.map((w) => Float64Array.from(w)),
			end: [seeds.nodes.length], n: seeds.nodes.length };
		let lo = 0;

		for (let s = 0; s < this.sides; s++)
			for (const w of seeds.weights[s])
				this.sums[s][0] += w;
		this.least = mixedRoot(this.sums, this.mix) / 16384;
		while (lo < this.parent.length) {
			const hi = this.parent.length;
			const next = { nodes: new Int32Array(entries.n), end: [],
				weights: this.carried ? this.base.sums.map(() =>
					new Float64Array(entries.n)) : [], n: 0 };
			for (let i = lo, from = 0; i < hi; i++) {
				const until = entries.end[i - lo];
				const seen = this.gather(entries, from, until);
				this.first.push(this.parent.length);
				this.addNodes(i, seen, next);
				this.scatter(entries, from, until, next);
				for (const id of seen) {
					this.count[id] = 0;
					for (const sum of this.sum)
						sum[id] = 0;
				}
				from = until;
			}
			lo = hi;
			entries = next;
		}
		this.first.push(this.parent.length);
		const t = new Tree(Uint32Array.from(this.parent),
		    Uint32Array.from(this.first), Uint32Array.from(this.name),
		    this.sums.map((s) => Float64Array.from(s)), this.mix);
		t.omitted = this.omitted;
		return t;
	}
}

function mixedRoot(sums, mix) {
	return mixed(sums.map((s) => [s[0]]), mix)[0];
}

/* how: { mix, byWidth, rank }. Every stack from its innermost frame outwards. */
function reversedTree(base, how) {
	const selfs = base.sums.map((_, s) => base.selfs(s)), nodes = [];
	/* The seeds themselves are the first level: ~node marks a seed. */
	for (let i = 1; i < base.n; i++)
		if (selfs.some((self) => self[i] > 0))
			nodes.push(~i);
	const weights = selfs.map((self) => nodes.map((seed) => self[~seed]));
	return new Merger(base, { ...how, rootName: ALL, carried: true,
		omit: true, step: (node, emit) => {
			const up = node < 0 ? ~node : base.parent[node];
			if (up)
				emit(up);
		} }).run({ nodes, weights });
}

/* The outermost nodes of a function: recursion counts once. */
function outermost(base, fn) {
	const inside = new Uint8Array(base.n), nodes = [];
	for (let i = 1; i < base.n; i++) {
		inside[i] = inside[base.parent[i]];
		if (base.name[i] === fn && !inside[i]) {
			inside[i] = 1;
			nodes.push(i);
		}
	}
	return { nodes, weights: base.sums.map((s) => nodes.map((i) => s[i])) };
}

function callersTree(base, fn, how) {
	return new Merger(base, { ...how, rootName: fn, carried: true,
		omit: true, step: (node, emit) => {
			if (base.parent[node])
				emit(base.parent[node]);
		} }).run(outermost(base, fn));
}

function calleesTree(base, fn, how) {
	return new Merger(base, { ...how, rootName: fn, carried: false,
		omit: true, step: (node, emit) => {
			for (let k = base.first[node]; k < base.first[node + 1]; k++)
				emit(k);
		} }).run(outermost(base, fn));
}

/* 1 for each node that has a child with a hidden name. */
function hidingNodes(base, hidden) {
	const hides = new Uint8Array(base.n);
	for (let i = 1; i < base.n; i++)
		if (hidden[base.name[i]])
			hides[base.parent[i]] = 1;
	return hides;
}

/* The same stacks without the frames whose names are hidden. */
function treeWithout(base, hidden, how) {
	const inside = (node, emit) => {
		for (let k = base.first[node]; k < base.first[node + 1]; k++)
			emit(k);
	};
	const deeper = (node, emit) => {
		const open = [node];
		while (open.length)
			inside(open.pop(), (k) => {
				if (hidden[base.name[k]])
					open.push(k);
				else
					emit(k);
			});
	};
	const hides = hidingNodes(base, hidden);
	const emitKids = (node, emit) => {
		if (hides[node])
			deeper(node, emit);
		else
			inside(node, emit);
	};
	return new Merger(base, { ...how, rootName: ALL, carried: false,
		step: emitKids }).run({ nodes: [0],
		weights: base.sums.map((s) => [s[0]]) });
}

/* The nodes that keep has 1 for, as their parents have, with these sums. The order
 * stays. */
function partOf(base, sums, keep, mix) {
	const number = new Uint32Array(base.n);
	let n = 1;
	for (let i = 1; i < base.n; i++)
		if (keep[i])
			number[i] = n++;
	const parent = new Uint32Array(n), first = new Uint32Array(n + 1);
	const name = new Uint32Array(n);
	const out = sums.map(() => new Float64Array(n));
	let tail = 1;
	for (let i = 0; i < base.n; i++) {
		const at = number[i];
		if (i && !at)
			continue;
		parent[at] = number[base.parent[i]];
		name[at] = base.name[i];
		for (let s = 0; s < sums.length; s++)
			out[s][at] = sums[s][i];
		first[at] = tail;
		for (let k = base.first[i]; k < base.first[i + 1]; k++)
			tail += number[k] ? 1 : 0;
	}
	first[n] = tail;
	return new Tree(parent, first, name, out, mix);
}

/* The tree of those samples that selfs says, for each side and node. */
function cutTree(base, selfs, mix) {
	const sums = selfs.map((s) => Float64Array.from(s));
	const keep = new Uint8Array(base.n);
	for (const sum of sums) {
		sumUp(base.parent, sum);
		for (let i = 1; i < base.n; i++)
			if (sum[i] > 0)
				keep[i] = 1;
	}
	return partOf(base, sums, keep, mix);
}

/* What has a width, which is what a chart can show. */
function wideTree(base, mix) {
	const { n, total } = base, keep = new Uint8Array(n);
	let wide = 1;
	for (let i = 1; i < n; i++)
		if (total[i] > 0)
			wide += keep[i] = 1;
	return wide === n ? base : partOf(base, base.sums, keep, mix);
}

/* Most have few siblings, for which it takes no sort(). */
function sortByWidth(nodes, total) {
	if (nodes.length > 20) {
		nodes.sort((a, b) => total[b] - total[a] || a - b);
		return;
	}
	for (let i = 1; i < nodes.length; i++) {
		const node = nodes[i];
		let k = i;
		for (; k && total[nodes[k - 1]] < total[node]; k--)
			nodes[k] = nodes[k - 1];
		nodes[k] = node;
	}
}

/* The same tree with the widest of siblings first. */
function widestFirst(base, mix) {
	const { n } = base, order = new Uint32Array(n);
	const parent = new Uint32Array(n), first = new Uint32Array(n + 1);
	const name = new Uint32Array(n);
	const sums = base.sums.map(() => new Float64Array(n));
	let tail = 1;
	for (let i = 0; i < n; i++) {
		const from = order[i];
		const lo = base.first[from], hi = base.first[from + 1];
		name[i] = base.name[from];
		for (let s = 0; s < sums.length; s++)
			sums[s][i] = base.sums[s][from];
		first[i] = tail;
		for (let k = lo; k < hi; k++) {
			order[tail + k - lo] = k;
			parent[tail + k - lo] = i;
		}
		if (hi - lo > 1)
			sortByWidth(order.subarray(tail, tail + hi - lo),
			    base.total);
		tail += hi - lo;
	}
	first[n] = tail;
	return new Tree(parent, first, name, sums, mix);
}

/* Self and total of each name, for each side; a recursive function's total counts
 * each sample once. */
function functionTotals(base, count) {
	const own = base.sums.map((_, s) => base.selfs(s));
	const self = base.sums.map(() => new Float64Array(count));
	const total = base.sums.map(() => new Float64Array(count));
	const open = new Uint32Array(count), next = base.first.slice();
	let node = 0;

	for (;;) {
		if (next[node] < base.first[node + 1]) {
			node = next[node]++;
			const id = base.name[node];
			for (let s = 0; s < self.length; s++)
				self[s][id] += own[s][node];
			if (open[id]++ === 0)
				for (let s = 0; s < self.length; s++)
					total[s][id] += base.sums[s][node];
		} else if (node) {
			open[base.name[node]]--;
			node = base.parent[node];
		} else {
			return { self, total };
		}
	}
}
