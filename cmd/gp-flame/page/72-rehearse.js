/*
 * A search that nobody asked for, while nobody asks for anything.
 *
 * Browsers run code slowly until they have seen what it is used on: the first
 * search of a million frames took twice as long as the next. So when the page is
 * there, every other name is "found" once, and drawn where nobody sees it, in
 * pieces so short that no key or click waits for them.
 */
const SLICE_MS = 8;

class Rehearsal {
	constructor(chart) {
		this.chart = chart;
		this.tree = chart.tree;
		this.nameHit = Uint8Array.from(names, (_, id) => id & 1);
		this.found = emptyFound(this.tree);
		this.ctx = element('canvas').getContext('2d', { alpha: false });
		this.marked = 1;
		this.summed = this.level = 0;
	}

	/* A piece of the work; false if that was all. */
	step() {
		const { tree, found, chart } = this, { n } = tree;
		const end = (lo) => Math.min(n, lo + PIECE);
		if (this.marked < n) {
			markPiece(tree, this.nameHit, found.hit, this.marked,
			    end(this.marked));
			this.marked = end(this.marked);
		} else if (this.summed < n) {
			sumPiece(tree.sums, found, this.summed, end(this.summed));
			this.summed = end(this.summed);
		} else if (chart.tree === tree && this.level < chart.rows) {
			chart.rehearse(this.level++, found, this.ctx);
		} else {
			return false;
		}
		return true;
	}
}

function rehearse() {
	const work = new Rehearsal(mainChart);
	const slice = () => {
		const began = performance.now();
		while (work.step())
			if (performance.now() - began > SLICE_MS) {
				requestIdleCallback(slice);
				return;
			}
	};
	slice();
}
