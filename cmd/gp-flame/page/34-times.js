/*
 * When samples were taken. Time is cut into slots; for each slot that has samples
 * there are the nodes in which their stacks end, and how many of each.
 */
class Times {
	/* text: what timeline_write() wrote; slot: its width; exact: how exactly
	 * times are known; in seconds. */
	constructor(text, slot, exact) {
		const numbers = new Numbers(text);
		this.slot = slot;
		this.exact = Math.max(slot, exact);
		this.slots = [];    /* numbers of slots that have samples */
		this.sums = [];     /* samples in each of those */
		this.from = [0];    /* where the entries of each begin */
		this.nodes = [];
		this.counts = [];
		let at = 0;
		while (!numbers.end) {
			let node = 0, sum = 0;
			at += numbers.next();
			for (let n = numbers.next(); n > 0; n--) {
				node += numbers.next();
				this.nodes.push(node);
				const c = numbers.next();
				this.counts.push(c);
				sum += c;
			}
			this.slots.push(at);
			this.sums.push(sum);
			this.from.push(this.nodes.length);
		}
		/* The last one lasts as long as the others. */
		this.length = at * slot + this.exact;
	}

	/* Samples that end in each of n nodes, taken in [from, until) seconds. */
	selfs(n, from, until) {
		const self = new Float64Array(n);
		const lo = Math.round(from / this.slot);
		const hi = Math.round(until / this.slot);
		this.slots.forEach((s, i) => {
			if (s < lo || s >= hi)
				return;
			for (let e = this.from[i]; e < this.from[i + 1]; e++)
				self[this.nodes[e]] += this.counts[e];
		});
		return self;
	}
}

/*
 * How a heat map is cut: a column of so many seconds, rows of a part of it. Short
 * recordings have a column a second, as one looks for what takes seconds; longer
 * ones a column a minute, an hour or a day. exact: how exactly times are known.
 */
function heatGrid(length, exact) {
	const sizes = [[1, 50], [60, 60], [3600, 60], [86400, 24]];
	const [size, most] = sizes.find(([s]) => length <= 300 * s) ||
		sizes[3];
	const column = Math.max(size, exact);
	const rows = Math.max(1, Math.min(most, Math.floor(column / exact + 1e-9)));
	return { column, rows, row: column / rows,
		columns: Math.max(1, Math.ceil(length / column - 1e-9)) };
}

/* "1:02:03.5" */
function clock(seconds) {
	const s = Math.round(seconds * 100) / 100;
	const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
	const rest = String(Math.round(s % 60 * 100) / 100);
	const two = (v) => v.split('.')[0].length < 2 ? '0' + v : v;
	return h ? `${h}:${two(String(m))}:${two(rest)}` :
		m ? `${m}:${two(rest)}` : `${rest} s`;
}
