'use strict';
/*
 * A tree of frames in typed arrays, numbered level by level, so that
 *   - the children of i are first[i] to first[i + 1] - 1, side by side;
 *   - level d is level[d] to level[d + 1] - 1, and x grows along it;
 *   - children have greater numbers than their parents.
 * x and total are in samples. Node 0 is the root. A name is an index into the
 * list of names; ALL stands for the root's.
 */
const ALL = 0xffffffff;

class Tree {
	constructor(parent, first, name, total, x) {
		this.n = parent.length;
		this.parent = parent;
		this.first = first;
		this.name = name;
		this.total = total;
		this.x = x;
		this.omitted = 0; /* nodes narrower than this were left out */
		this.level = [0];
		for (let i = 0; i < this.n; i = first[i])
			this.level.push(first[i]);
		this.levels = this.level.length - 1;
	}

	depth(node) {
		let lo = 0, hi = this.levels;
		while (hi - lo > 1) {
			const mid = (lo + hi) >>> 1;
			if (this.level[mid] <= node)
				lo = mid;
			else
				hi = mid;
		}
		return lo;
	}

	/* First node in lo..hi - 1, all of one level, that ends right of x. */
	firstEndingAfter(x, lo, hi) {
		while (lo < hi) {
			const mid = (lo + hi) >>> 1;
			if (this.x[mid] + this.total[mid] > x)
				hi = mid;
			else
				lo = mid + 1;
		}
		return lo;
	}

	/* The node at a place, or -1. */
	at(depth, x) {
		if (depth < 0 || depth >= this.levels)
			return -1;
		const end = this.level[depth + 1];
		const i = this.firstEndingAfter(x, this.level[depth], end);
		return i < end && this.x[i] <= x ? i : -1;
	}

	/* How many levels have a node between x0 and x1. */
	levelsBetween(x0, x1) {
		let lo = 1, hi = this.levels;
		while (lo < hi) {
			const mid = (lo + hi + 1) >>> 1;
			const end = this.level[mid];
			const i = this.firstEndingAfter(x0,
			    this.level[mid - 1], end);
			if (i < end && this.x[i] < x1)
				lo = mid;
			else
				hi = mid - 1;
		}
		return lo;
	}

	self(node) {
		let s = this.total[node];
		for (let k = this.first[node]; k < this.first[node + 1]; k++)
			s -= this.total[k];
		return s;
	}

	/* Nodes from the root to node, both included. */
	path(node) {
		const p = [node];
		while (node) {
			node = this.parent[node];
			p.push(node);
		}
		return p.reverse();
	}
}

/* Read the text that flame_write_nodes() wrote. */
function decodeTree(text, n) {
	const parent = new Uint32Array(n), first = new Uint32Array(n + 1);
	const name = new Uint32Array(n), total = new Float64Array(n);
	const x = new Float64Array(n);
	let at = 0, tail = 1;

	function number() {
		let c = text.charCodeAt(at++) - 63, v = c & 31, unit = 32;
		while (c & 32) {
			c = text.charCodeAt(at++) - 63;
			v += (c & 31) * unit;
			unit *= 32;
		}
		return v;
	}
	for (let i = 0; i < n; i++) {
		const v = number(), kids = Math.floor(v / 2);
		name[i] = i ? number() : ALL;
		if (kids === 0 || v % 2)
			total[i] = number();
		first[i] = tail;
		for (let k = 0; k < kids; k++)
			parent[tail++] = i;
	}
	first[n] = tail;
	if (tail !== n || at !== text.length)
		throw new Error('the data in this file is damaged');
	for (let i = n - 1; i > 0; i--)
		total[parent[i]] += total[i];
	for (let i = 0; i < n; i++)
		for (let k = first[i], at = x[i]; k < first[i + 1]; k++) {
			x[k] = at;
			at += total[k];
		}
	return new Tree(parent, first, name, total, x);
}

/* A copy with room for n and as much again. */
function grown(array, n) {
	const a = new array.constructor(2 * n);
	a.set(array);
	return a;
}

/*
 * Merge stacks along another direction than that of the samples.
 *
 * seeds: node numbers of base, with their weights. The new root has the name and
 * the sum of the seeds. Below it come, level by level, the nodes that step()
 * makes of each entry, merged by name where they have the same parent; step(node,
 * weight, emit) calls emit(node, weight) for each. What is narrower than a
 * 16,384th of the whole is left out: it could not be seen.
 */
function mergeTree(base, names, rootName, seeds, weights, step) {
	const parent = [0], first = [], name = [rootName], total = [0], x = [0];
	const sum = new Float64Array(names.length);
	const count = new Uint32Array(names.length);
	const slot = new Uint32Array(names.length);
	let entry = Int32Array.from(seeds), weight = Float64Array.from(weights);
	let end = [seeds.length], lo = 0, omitted = 0;

	for (let i = 0; i < weights.length; i++)
		total[0] += weights[i];
	const least = total[0] / 16384;
	while (lo < parent.length) {
		const hi = parent.length, nextEnd = [];
		const entries = end.length ? end[end.length - 1] : 0;
		let nextEntry = new Int32Array(entries);
		let nextWeight = new Float64Array(entries);
		let at = 0;
		for (let i = lo, e = 0; i < hi; i++) {
			const from = e, until = end[i - lo], seen = [];
			let left = x[i];
			for (; e < until; e++)
				step(entry[e], weight[e], (node, w) => {
					const id = base.name[node];
					if (count[id]++ === 0)
						seen.push(id);
					sum[id] += w;
				});
			first.push(parent.length);
			seen.sort((a, b) => names[a] < names[b] ? -1 : 1);
			for (const id of seen) {
				if (sum[id] < least) {
					omitted = least;
					slot[id] = ALL;
					continue;
				}
				parent.push(i);
				name.push(id);
				total.push(sum[id]);
				x.push(left);
				left += sum[id];
				slot[id] = at;
				at += count[id];
				nextEnd.push(at);
			}
			if (at > nextEntry.length) {
				nextEntry = grown(nextEntry, at);
				nextWeight = grown(nextWeight, at);
			}
			for (e = from; e < until; e++)
				step(entry[e], weight[e], (node, w) => {
					const s = slot[base.name[node]];
					if (s === ALL)
						return;
					slot[base.name[node]]++;
					nextEntry[s] = node;
					nextWeight[s] = w;
				});
			for (const id of seen)
				sum[id] = count[id] = 0;
		}
		lo = hi;
		entry = nextEntry;
		weight = nextWeight;
		end = nextEnd;
	}
	first.push(parent.length);
	const t = new Tree(Uint32Array.from(parent), Uint32Array.from(first),
	    Uint32Array.from(name), Float64Array.from(total),
	    Float64Array.from(x));
	t.omitted = omitted;
	return t;
}

/* Every stack from its innermost frame outwards. */
function reversedTree(base, names) {
	const seeds = [], weights = [];
	for (let i = 1; i < base.n; i++) {
		const self = base.self(i);
		if (self > 0) {
			seeds.push(i);
			weights.push(self);
		}
	}
	/* The seeds themselves are the first level: ~node marks a seed. */
	return mergeTree(base, names, ALL, seeds.map((i) => ~i), weights,
	    (node, w, emit) => {
		const up = node < 0 ? ~node : base.parent[node];
		if (up)
			emit(up, w);
	});
}

/* The outermost nodes of a function: recursion counts once. */
function outermost(base, fn) {
	const inside = new Uint8Array(base.n), seeds = [], weights = [];
	for (let i = 1; i < base.n; i++) {
		inside[i] = inside[base.parent[i]];
		if (base.name[i] === fn && !inside[i]) {
			inside[i] = 1;
			seeds.push(i);
			weights.push(base.total[i]);
		}
	}
	return { seeds, weights };
}

function callersTree(base, names, fn) {
	const { seeds, weights } = outermost(base, fn);
	return mergeTree(base, names, fn, seeds, weights, (node, w, emit) => {
		if (base.parent[node])
			emit(base.parent[node], w);
	});
}

function calleesTree(base, names, fn) {
	const { seeds, weights } = outermost(base, fn);
	return mergeTree(base, names, fn, seeds, weights, (node, w, emit) => {
		for (let k = base.first[node]; k < base.first[node + 1]; k++)
			emit(k, base.total[k]);
	});
}

/* Self and total of each name; a recursive function's total counts once. */
function functionTotals(base, count) {
	const self = new Float64Array(count), total = new Float64Array(count);
	const open = new Uint32Array(count);
	const next = base.first.slice();
	let node = 0;

	for (;;) {
		if (next[node] < base.first[node + 1]) {
			node = next[node]++;
			const id = base.name[node];
			self[id] += base.self(node);
			if (open[id]++ === 0)
				total[id] += base.total[node];
		} else if (node) {
			open[base.name[node]]--;
			node = base.parent[node];
		} else {
			return { self, total };
		}
	}
}
