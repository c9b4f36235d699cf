/*
 * Search: which names match, and how much of the samples that is. A stack in
 * which several frames match counts once.
 */
const REGEX_MAX = 10000; /* characters of a name that a regex looks at */

/* Capital letters make a search mind case. */
function minds(text) {
	return text !== text.toLowerCase();
}

function literally(text) {
	if (minds(text))
		return (name) => name.includes(text);
	return (name) => name.toLowerCase().includes(text);
}

/* A test of names, or null if the text is no regular expression. */
function asRegex(text) {
	try {
		const re = new RegExp(text, minds(text) ? 'u' : 'iu');
		return (name) => re.test(name.slice(0, REGEX_MAX));
	} catch (e) {
		return null;
	}
}

/* 1 for each name that matches. What is no regular expression, or as one finds
 * nothing (a[i], read_[k]), is looked for as it stands. */
function matchNames(names, text) {
	const plain = literally(text);
	const regex = /[\\^$.*+?()[\]{}|]/.test(text) ? asRegex(text) : null;
	const hit = new Uint8Array(names.length);
	const mark = (match) => {
		let n = 0;
		for (let i = 0; i < names.length; i++)
			n += hit[i] = match(names[i]) ? 1 : 0;
		return n;
	};
	if (!regex || mark(regex) === 0)
		mark(plain);
	return hit;
}

/*
 * Matches in a tree. hit[i] is MATCH if the name matches, plus INSIDE if a frame
 * further out does. matches and places are numbers of nodes: all that match, and
 * those that are not inside another. The latter do not overlap, so their sums, one
 * for each side, are the share.
 */
const MATCH = 1, INSIDE = 2;

function matchTree(tree, nameHit) {
	const { n, parent, name } = tree, hit = new Uint8Array(n);
	const id = name[0], sums = tree.sums.map(() => 0);
	let m = hit[0] = id === ALL ? 0 : nameHit[id], p = m;
	for (let i = 1; i < n; i++) {
		const own = nameHit[name[i]], inside = hit[parent[i]] !== 0;
		hit[i] = inside ? own | INSIDE : own;
		m += own;
		p += inside ? 0 : own;
	}
	const matches = new Uint32Array(m), places = new Uint32Array(p);
	for (let i = 0, k = 0, j = 0; k < m; i++)
		if (hit[i] & MATCH) {
			matches[k++] = i;
			if (hit[i] === MATCH)
				places[j++] = i;
		}
	for (const i of places)
		for (let s = 0; s < sums.length; s++)
			sums[s] += tree.sums[s][i];
	return { hit, matches, places, sums };
}

/* Whether any of the nodes from lo to hi - 1 matches. */
function anyMatch({ matches }, lo, hi) {
	return matches[firstOf(0, matches.length, (k) => matches[k] >= lo)] < hi;
}

/* The place after (or before) x, going round; its number among all, from 1. Along
 * each level places lie as they are numbered. */
function nextPlace(tree, { places }, x, backwards) {
	const at = (k) => tree.x[places[k]], ends = tree.level.map((node) =>
		firstOf(0, places.length, (k) => places[k] >= node));
	const side = (k) => backwards ? -at(k) : at(k);
	let best = -1, wrap = -1, rank = 0;
	for (let d = 0; d < tree.levels; d++) {
		const lo = ends[d], hi = ends[d + 1];
		if (lo === hi)
			continue;
		const k = backwards ? firstOf(lo, hi, (j) => at(j) >= x) - 1 :
			firstOf(lo, hi, (j) => at(j) > x);
		const outer = backwards ? hi - 1 : lo;
		if (k >= lo && k < hi && (best < 0 || side(k) < side(best)))
			best = k;
		if (wrap < 0 || side(outer) < side(wrap))
			wrap = outer;
	}
	if (best < 0)
		best = wrap;
	for (let d = 0; d < tree.levels; d++)
		rank += firstOf(ends[d], ends[d + 1], (k) => at(k) > at(best)) -
			ends[d];
	return { node: places[best], rank };
}
