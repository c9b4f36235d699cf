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
 * further out does. places: matches that are not inside another; they do not
 * overlap, so their sums, one for each side, are the share.
 */
const MATCH = 1, INSIDE = 2;

function matchTree(tree, nameHit) {
	const hit = new Uint8Array(tree.n), sums = tree.sums.map(() => 0);
	let places = 0;
	for (let i = 0; i < tree.n; i++) {
		const up = i ? hit[tree.parent[i]] : 0;
		const id = tree.name[i];
		hit[i] = (up ? INSIDE : 0) |
		    (id !== ALL && nameHit[id] ? MATCH : 0);
		if (hit[i] === MATCH) {
			for (let s = 0; s < sums.length; s++)
				sums[s] += tree.sums[s][i];
			places++;
		}
	}
	return { hit, sums, places };
}

/* The place after (or before) x, going round; its number among all, from 1. */
function nextPlace(tree, found, x, backwards) {
	let best = -1, wrap = -1, rank = 0;
	for (let i = 0; i < tree.n; i++) {
		if (found.hit[i] !== MATCH)
			continue;
		const d = backwards ? x - tree.x[i] : tree.x[i] - x;
		const side = (j) => backwards ? -tree.x[j] : tree.x[j];
		if (d > 0 && (best < 0 || side(i) < side(best)))
			best = i;
		if (wrap < 0 || side(i) < side(wrap))
			wrap = i;
	}
	if (best < 0)
		best = wrap;
	for (let i = 0; i < tree.n; i++)
		if (found.hit[i] === MATCH && tree.x[i] <= tree.x[best])
			rank++;
	return { node: best, rank };
}
