/*
 * Two profiles compared: how much more or less, and whether that can be chance.
 *
 * The same arithmetic as libcommon/profile/diffstat.h has for one run a side: L
 * is the logarithm of the ratio of shares, half a sample added to each; its
 * variance is that of two binomials, times PHI, since runs differ by more than
 * chance alone. Compared by counts instead of shares, it is that of two Poisson
 * numbers.
 */
const PHI = 2, T95 = 1.959963984540054;

/* x, n: [new, base], the part and the whole. Bounds of the ratio, 95 % sure. */
function interval(x, n, shares) {
	const p = [0, 0];
	let variance = 0;
	for (let i = 0; i < 2; i++) {
		p[i] = (x[i] + 0.5) / (shares ? n[i] + 1 : 1);
		variance += (!shares ? 1 : x[i] >= n[i] ? 0 : 1 - p[i]) /
		    (x[i] + 0.5);
	}
	const log = Math.log(p[NEW] / p[BASE]);
	const se = Math.sqrt(PHI * variance);
	if (!(n[NEW] > 0) || !(n[BASE] > 0) || !(se > 0))
		return { ratio: 1, low: 1, high: 1, sure: false };
	return { ratio: Math.exp(log), low: Math.exp(log - T95 * se),
		high: Math.exp(log + T95 * se),
		sure: Math.abs(log) > T95 * se };
}

const VERDICTS = {
	new: 'new', gone: 'gone', more: 'more', less: 'less',
	same: 'no clear change',
};
const STEPS = 5; /* of colour, on each side of none */

/* What to say and to paint of a part of two wholes. */
function compare(x, n, shares) {
	const i = interval(x, n, shares);
	const verdict = !i.sure ? 'same' : i.ratio > 1 ? 'more' : 'less';
	const kind = x[BASE] === 0 ? 'new' : x[NEW] === 0 ? 'gone' : verdict;
	const step = Math.min(Math.max(Math.round(
	    Math.abs(Math.log2(i.ratio)) * STEPS), 1), STEPS);
	const share = x.map((v, s) => n[s] > 0 ? v / n[s] : 0);
	return { ...i, kind, share,
		points: 100 * (share[NEW] - share[BASE]),
		count: x[NEW] - x[BASE],
		step: verdict === 'same' ? 0 : verdict === 'more' ? step : -step };
}

function signed(v, digits) {
	const text = Math.abs(v).toFixed(digits);
	return Number(text) === 0 ? text : (v < 0 ? '\u2212' : '+') + text;
}

function times(v) {
	return '\u00d7' + (v >= 1000 ? v.toLocaleString('en-US',
	    { maximumSignificantDigits: 2 }) : v.toFixed(2));
}
