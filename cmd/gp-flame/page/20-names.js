/*
 * Names: how they are shown. Strangers choose them. They reach the page only
 * through fillText() and textContent, and visible() takes the power from
 * characters that would reorder or hide their neighbours.
 */
const SHOWN_MAX = 2000; /* characters of a name in tooltips and labels */

const INVISIBLE = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c' +
    '\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff' +
    '\\ufff9-\\ufffb\\ufffe\\uffff\\u{e0000}-\\u{e007f}]', 'gu');

function visible(name) {
	return name.replace(INVISIBLE, (c) => '\u2039U+' +
	    c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') +
	    '\u203a');
}

function shorten(name, max) {
	return name.length <= max ? name : name.slice(0, max) + '\u2026';
}

/* As in libcommon/profile/suffix.c. */
const SUFFIX = /_\[(k|j|i|0|1|w|p|pn|pe|rb|js|php|net|pl)\]$/;

/* The name without the suffix that its colour stands for. */
function bare(name) {
	return name.replace(SUFFIX, '');
}

/* A name as it is shown somewhere with room for max characters. */
function shown(name, max = SHOWN_MAX) {
	return shorten(visible(shorten(name, max)), max);
}

/* palette_hash() of libcommon/profile/palette.c. */
function hashOf(name) {
	let h = 0;
	for (let i = 0, n = 0; i < name.length && n < 64; i++) {
		const c = name.charCodeAt(i);
		if (c < 0x80) {
			h = (Math.imul(h, 31) + c) >>> 0;
			n++;
		}
	}
	h = Math.imul(h ^ h >>> 15, 0x85ebca6b) >>> 0;
	return (h ^ h >>> 13) >>> 0;
}

function count(n) {
	return n.toLocaleString('en-US');
}

function share(part, whole) {
	return whole > 0 ? (100 * part / whole).toFixed(2) + ' %' : '0 %';
}
