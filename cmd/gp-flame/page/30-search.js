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
 * further out does. What is just MATCH is a place. Places do not overlap, so their
 * sums, one for each side, are the share.
 *
 * A million nodes are searched while a key goes down, so arrays are gone
 * through in their order, and no list is made: what else is to be known of the
 * matches is found in hit when it is asked for.
 */
const MATCH = 1, INSIDE = 2;
const PIECE = 8192; /* nodes: browsers make code fast between calls, not in them */

function emptyFound({ n, sums }) {
	return { hit: new Uint8Array(n), places: 0, sums: sums.map(() => 0) };
}

function matchTree(tree, nameHit) {
	const { n, name, sums } = tree;
	const found = emptyFound(tree), { hit } = found;

	hit[0] = name[0] === ALL ? 0 : nameHit[name[0]];
	for (let lo = 1; lo < n; lo += PIECE)
		markPiece(tree, nameHit, hit, lo, Math.min(n, lo + PIECE));
	for (let lo = 0; lo < n; lo += PIECE)
		sumPiece(sums, found, lo, Math.min(n, lo + PIECE));
	return found;
}

function markPiece({ parent, name }, nameHit, hit, lo, hi) {
	for (let i = lo; i < hi; i++) {
		const up = hit[parent[i]];
		hit[i] = nameHit[name[i]] | (up | up << 1) & INSIDE;
	}
}

function sumPiece(sums, found, lo, hi) {
	const { hit } = found, [sum, other] = sums;
	let all = 0, allOther = 0, places = 0;
	for (let i = lo; i < hi; i++)
		if (hit[i] === MATCH) {
			places++;
			all += sum[i];
			if (other)
				allOther += other[i];
		}
	found.places += places;
	found.sums[NEW] += all;
	if (other)
		found.sums[BASE] += allOther;
}

/* Whether any of the nodes from lo to hi - 1 matches. */
function anyMatch({ hit }, lo, hi) {
	while (lo < hi && !(hit[lo] & MATCH))
		lo++;
	return lo < hi;
}

/* The first (or last) place from lo to hi - 1, or -1. */
function placeIn(hit, lo, hi, last) {
	const part = hit.subarray(lo, hi);
	const k = last ? part.lastIndexOf(MATCH) : part.indexOf(MATCH);
	return k < 0 ? -1 : lo + k;
}

/* How many places begin at x or left of it. */
function placesUntil(tree, hit, x) {
	let n = 0;
	for (let d = 0; d < tree.levels; d++) {
		const lo = tree.level[d], end = firstOf(lo, tree.level[d + 1],
		    (i) => tree.x[i] > x);
		for (let i = lo; i < end; i++)
			n += hit[i] === MATCH ? 1 : 0;
	}
	return n;
}

/* The place after (or before) x, going round; its number among all, from 1. */
function nextPlace(tree, { hit }, x, backwards) {
	let best = -1, wrap = -1;
	const outer = (a, b) => a < 0 || (b >= 0 && (backwards ?
		tree.x[b] > tree.x[a] : tree.x[b] < tree.x[a])) ? b : a;
	for (let d = 0; d < tree.levels; d++) {
		const lo = tree.level[d], hi = tree.level[d + 1];
		const cut = firstOf(lo, hi, (i) => backwards ?
			tree.x[i] >= x : tree.x[i] > x);
		const left = placeIn(hit, lo, cut, backwards);
		const right = placeIn(hit, cut, hi, backwards);
		best = outer(best, backwards ? left : right);
		wrap = outer(wrap, backwards ? right : left);
	}
	const node = best < 0 ? wrap : best;
	return { node, rank: placesUntil(tree, hit, tree.x[node]) };
}
