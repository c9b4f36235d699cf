/*
 * Names: how they are shown, what kind of frame they are, which colour that has.
 *
 * Strangers choose names. They reach the page only through fillText() and
 * textContent, and visible() takes the power from characters that would reorder
 * or hide their neighbours.
 */
const SHOWN_MAX = 2000; /* characters of a name in tooltips and labels */

const INVISIBLE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c' +
    '\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff' +
    '\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]', 'gu');

function visible(name) {
	return name.replace(INVISIBLE, (c) => '\u2039U+' +
	    c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') +
	    '\u203a');
}

function shorten(name, max) {
	return name.length <= max ? name : name.slice(0, max) + '\u2026';
}

/* hue, saturation, lightness in light and in dark mode; then what it is. */
const KINDS = {
	process: [220, 16, 80, 18, 36, 'process'],
	native: [40, 92, 70, 62, 27, 'native'],
	kernel: [12, 88, 76, 58, 36, 'kernel'],
	jit: [128, 46, 71, 44, 26, 'JIT-compiled'],
	inlined: [178, 46, 70, 52, 24, 'inlined'],
	interpreted: [92, 44, 74, 38, 27, 'interpreted'],
	python: [212, 82, 79, 52, 37, 'Python'],
	ruby: [345, 78, 83, 48, 38, 'Ruby'],
	js: [62, 66, 66, 60, 22, 'JavaScript'],
	php: [252, 66, 85, 36, 46, 'PHP'],
	net: [286, 52, 84, 36, 41, '.NET'],
	perl: [196, 62, 76, 56, 27, 'Perl'],
	unnamed: [0, 0, 84, 0, 34, 'unnamed'],
};
const KIND_OF_SUFFIX = {
	k: 'kernel', j: 'jit', i: 'inlined', 0: 'interpreted', 1: 'jit',
	w: 'kernel', p: 'python', pn: 'native', pe: 'python', rb: 'ruby', js: 'js', php: 'php', net: 'net', pl: 'perl',
};
const KIND_OF_FILE = {
	py: 'python', rb: 'ruby', js: 'js', mjs: 'js', php: 'php', pl: 'perl',
	pm: 'perl',
};
/* As in libcommon/profile/suffix.c. */
const SUFFIX = /_\[(k|j|i|0|1|w|p|pn|pe|rb|js|php|net|pl)\]$/;
const FILE = /\.(py|rb|m?js|php|p[lm])(:\d+)*\)$/;

/* outer: it is the outermost frame of a stack, which stands for the process. */
function kindOf(name, outer) {
	const tail = name.slice(-40);
	let m = SUFFIX.exec(tail);
	if (m)
		return KIND_OF_SUFFIX[m[1]];
	if (/^(\[.*\]$|\$(k|j?\d+)\+[0-9a-f]+$)/.test(name.slice(0, 200)))
		return 'unnamed';
	if (outer)
		return 'process';
	m = FILE.exec(tail);
	return m ? KIND_OF_FILE[m[1]] : 'native';
}

/* The name without the suffix that its colour stands for. */
function bare(name) {
	return name.replace(SUFFIX, '');
}

/* 0 to 6: neighbours of one kind differ a little, the same name never. */
function shade(name) {
	let h = 0;
	for (let i = 0; i < name.length && i < 64; i++)
		h = (h * 31 + name.charCodeAt(i)) >>> 0;
	return h % 7;
}

function fillOf(kind, step, dark) {
	const k = KINDS[kind];
	const light = (dark ? k[4] : k[2]) + (step - 3) * (dark ? 0.9 : 1.3);
	const hue = k[0] + (step - 3) * 1.6;
	return `hsl(${hue.toFixed(1)},${dark ? k[3] : k[1]}%,` +
	    `${light.toFixed(1)}%)`;
}

const THEMES = {
	light: { back: '#fff', text: '#16181d', ring: '#0b3d91', edge: '#fff',
		hit: '#8a2be2', hitText: '#fff', hover: '#16181d' },
	dark: { back: '#14171c', text: '#f4f5f7', ring: '#fff', edge: '#000',
		hit: '#e79bff', hitText: '#1b0524', hover: '#f4f5f7' },
};

/* All frames, by name: kind and fill, made when first drawn. */
class Palette {
	constructor(names, outer) {
		this.names = names;
		this.outer = outer; /* set of names of outermost frames */
		this.kinds = new Map();
		this.fills = new Map();
		this.dark = false;
	}

	setDark(dark) {
		this.dark = dark;
		this.fills.clear();
	}

	get theme() {
		return this.dark ? THEMES.dark : THEMES.light;
	}

	text(id) {
		return id === ALL ? 'all' : this.names[id];
	}

	kind(id, isOuter) {
		if (id === ALL)
			return 'process';
		const key = isOuter ? ~id : id;
		let k = this.kinds.get(key);
		if (k === undefined) {
			k = kindOf(this.names[id], isOuter);
			this.kinds.set(key, k);
		}
		return k;
	}

	fill(id, isOuter) {
		const key = isOuter ? ~id : id;
		let f = this.fills.get(key);
		if (f === undefined) {
			f = fillOf(this.kind(id, isOuter),
			    id === ALL ? 3 : shade(this.names[id]), this.dark);
			this.fills.set(key, f);
		}
		return f;
	}
}

function count(n) {
	return n.toLocaleString('en-US');
}

function share(part, whole) {
	return whole > 0 ? (100 * part / whole).toFixed(2) + ' %' : '0 %';
}

function samples(n) {
	return count(n) + (n === 1 ? ' sample' : ' samples');
}
