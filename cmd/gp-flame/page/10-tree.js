'use strict';
/*
 * A tree of frames in typed arrays, numbered level by level, so that
 *   - the children of i are first[i] to first[i + 1] - 1, side by side;
 *   - level d is level[d] to level[d + 1] - 1, and x grows along it;
 *   - children have greater numbers than their parents.
 *
 * sums[0] holds the samples in each node and below, sums[1] those of the base if
 * two profiles are compared. total is the width: sums[0], or a mix of both. x is
 * in the same unit. Node 0 is the root. A name is an index into the list of
 * names; ALL stands for the root's.
 */
const ALL = 0xffffffff;
const NEW = 0, BASE = 1;

/* The first of lo to hi - 1 that something is true of, as of all that follow it;
 * hi if there is none. */
function firstOf(lo, hi, holds) {
	while (lo < hi) {
		const mid = (lo + hi) >>> 1;
		if (holds(mid))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

class Tree {
	/* mix: how much a sample of each side counts in the width. x: if frames do
	 * not simply follow each other. */
	constructor(parent, first, name, sums, mix, x) {
		this.n = parent.length;
		this.parent = parent;
		this.first = first;
		this.name = name;
		this.sums = sums;
		this.total = mixed(sums, mix);
		this.x = x || this.placed();
		this.omitted = 0; /* nodes narrower than this were left out */
		this.level = [0];
		for (let i = 0; i < this.n; i = first[i])
			this.level.push(first[i]);
		this.levels = this.level.length - 1;
	}

	/* Children side by side from where their parent begins. */
	placed() {
		const { n, first, total } = this, x = new Float64Array(n);
		for (let i = 0; i < n; i++)
			for (let k = first[i], at = x[i]; k < first[i + 1]; k++) {
				x[k] = at;
				at += total[k];
			}
		return x;
	}

	depth(node) {
		return firstOf(0, this.levels, (d) => this.level[d + 1] > node);
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

	/* The same, of what is mostly near lo. */
	soonEndingAfter(x, lo, hi) {
		let step = 1;
		while (lo + step < hi &&
		    this.x[lo + step] + this.total[lo + step] <= x) {
			lo += step;
			step *= 2;
		}
		return this.firstEndingAfter(x, lo, Math.min(hi, lo + step + 1));
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
		return firstOf(1, this.levels, (d) => {
			const end = this.level[d + 1];
			const i = this.firstEndingAfter(x0, this.level[d], end);
			return i === end || this.x[i] >= x1;
		});
	}

	/* Samples whose stack ends in a node. */
	self(node, side = NEW) {
		const sum = this.sums[side];
		let s = sum[node];
		for (let k = this.first[node]; k < this.first[node + 1]; k++)
			s -= sum[k];
		return s;
	}

	/* The same of all nodes. */
	selfs(side) {
		const { n, parent } = this, sum = this.sums[side];
		const self = Float64Array.from(sum);
		for (let i = 1; i < n; i++)
			self[parent[i]] -= sum[i];
		return self;
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

	/* The node with the names of a path, or as much of it as there is. */
	find(ids) {
		let node = 0;
		for (const id of ids) {
			let k = this.first[node];
			while (k < this.first[node + 1] && this.name[k] !== id)
				k++;
			if (k === this.first[node + 1])
				break;
			node = k;
		}
		return node;
	}
}

function mixed(sums, mix) {
	if (sums.length === 1)
		return sums[0];
	const total = new Float64Array(sums[0].length);
	for (let i = 0; i < total.length; i++)
		total[i] = mix[NEW] * sums[NEW][i] + mix[BASE] * sums[BASE][i];
	return total;
}

/* Reads the numbers that flame_write_number() wrote. */
class Numbers {
	constructor(text) {
		this.text = text;
		this.at = 0;
	}

	get end() {
		return this.at >= this.text.length;
	}

	next() {
		let c = this.text.charCodeAt(this.at++) - 63;
		let v = c & 31, unit = 32;
		while (c & 32) {
			c = this.text.charCodeAt(this.at++) - 63;
			v += (c & 31) * unit;
			unit *= 32;
		}
		return v;
	}
}

/* Sums of the nodes and what is below them, in place. */
function sumUp(parent, sum) {
	for (let i = sum.length - 1; i > 0; i--)
		sum[parent[i]] += sum[i];
}

/* Where frames begin that have gaps between them. */
function placedWithGaps(first, total, gap) {
	const x = new Float64Array(gap.length);
	for (let i = 0; i < gap.length; i++)
		for (let k = first[i], at = x[i]; k < first[i + 1]; k++) {
			x[k] = at + gap[k];
			at = x[k] + total[k];
		}
	return x;
}

/* Read the text that flame_write_nodes() wrote: with a base (two sides), or in
 * the order of the input (a chart). */
function decodeTree(text, n, sides, chart) {
	const parent = new Uint32Array(n), first = new Uint32Array(n + 1);
	const name = new Uint32Array(n), sums = [];
	const gap = chart ? new Float64Array(n) : null;
	const numbers = new Numbers(text), unit = 2 ** sides;
	let tail = 1;

	for (let s = 0; s < sides; s++)
		sums.push(new Float64Array(n));
	for (let i = 0; i < n; i++) {
		const v = numbers.next();
		let kids = Math.floor(v / unit);
		name[i] = i ? numbers.next() : ALL;
		if (v & 1)
			sums[NEW][i] = numbers.next();
		if (sides > 1 && v & 2)
			sums[BASE][i] = numbers.next();
		if (gap)
			gap[i] = numbers.next();
		first[i] = tail;
		for (; kids > 0; kids--)
			parent[tail++] = i;
	}
	first[n] = tail;
	if (tail !== n || numbers.at !== text.length)
		throw new Error('the data in this file is damaged');
	for (const sum of sums)
		sumUp(parent, sum);
	return new Tree(parent, first, name, sums, [1, 0],
	    gap && placedWithGaps(first, sums[NEW], gap));
}
