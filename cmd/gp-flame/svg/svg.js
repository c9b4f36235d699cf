'use strict';
/*
 * The script in an image: details of what is pointed at, zoom, search. As long as
 * it has not run, the image has neither button.
 *
 * Places are read from the rectangles once and only written afterwards, and a
 * label is cut by the average width of a character instead of being measured:
 * either would have the browser lay out everything anew for each frame.
 *
 * No dialog asks for what to search: where images are shown in a sandbox there is
 * none. Keys go to the word "Search" itself.
 */
(() => {
	const svg = document.querySelector('svg');
	const part = (id) => svg.getElementById(id);
	const charWidth = Number(svg.dataset.char);
	const inverted = svg.dataset.inverted === '1';
	const HIT = '#e600e6';
	const frames = [...part('frames').children].map((g) => {
		const [title, rect, text] = g.children;
		const get = (key) => Number(rect.getAttribute(key));
		const told = title.textContent;
		return { g, rect, text, told, x: get('x'), w: get('width'),
			y: get('y'), fill: rect.getAttribute('fill'),
			name: told.replace(/ \([^()]*\)$/, '') };
	});
	const whole = frames[0];
	let zoomed = whole, typing = null, search = '', later = 0;

	/* Whether a is nearer to the root than b. */
	function below(a, b) {
		return inverted ? a.y < b.y : a.y > b.y;
	}

	function label(f, w) {
		const name = f.name.replace(/_\[[a-z0-9]{1,3}\]$/, '');
		const chars = [...name.slice(0, 2000)];
		const room = Math.floor(w / charWidth);
		return room < 3 ? '' : chars.length <= room ? name :
		    chars.slice(0, room - 2).join('') + '..';
	}

	function place(f, x, w) {
		f.rect.setAttribute('x', x.toFixed(1));
		f.rect.setAttribute('width', w.toFixed(1));
		f.text.setAttribute('x', (x + 3).toFixed(2));
		f.text.textContent = label(f, w);
	}

	/* Frames touch exactly, whatever doubles make of tenths. */
	const SLACK = 0.01;

	function inside(f, z) {
		return f.x >= z.x - SLACK && f.x + f.w <= z.x + z.w + SLACK;
	}

	function zoom(z) {
		const ratio = z.w > 0 ? whole.w / z.w : 1;
		zoomed = z;
		for (const f of frames) {
			const caller = f !== z && below(f, z) && inside(z, f);
			const seen = caller || (inside(f, z) && !below(f, z));
			f.g.classList.toggle('out', !seen);
			f.g.classList.toggle('caller', caller);
			if (caller)
				place(f, whole.x, whole.w);
			else if (seen)
				place(f, whole.x + (f.x - z.x) * ratio,
				    f.w * ratio);
		}
		svg.classList.toggle('zoomed', z !== whole);
		remember();
	}

	/* ---- search ---- */

	function matcher(text) {
		const minds = text !== text.toLowerCase();
		const plain = minds ? (name) => name.includes(text) :
			(name) => name.toLowerCase().includes(text);
		let regex = null;
		try {
			const re = new RegExp(text, minds ? 'u' : 'iu');
			regex = (name) => re.test(name.slice(0, 10000));
		} catch (e) {
			return plain;
		}
		return frames.some((f) => regex(f.name)) ? regex : plain;
	}

	/* Frames lie in each other or side by side: of those in each other the
	 * outer one counts. */
	function share(hits) {
		let sum = 0, end = -1;
		hits.sort((a, b) => a.x - b.x || b.w - a.w);
		for (const f of hits)
			if (f.x >= end - SLACK) {
				sum += f.w;
				end = f.x + f.w;
			}
		return 100 * sum / whole.w;
	}

	function find(text) {
		const match = text ? matcher(text) : () => false;
		const hits = frames.filter((f) => {
			const hit = f !== whole && match(f.name);
			f.rect.setAttribute('fill', hit ? HIT : f.fill);
			return hit;
		});
		search = text;
		part('matched').textContent = text ?
			`Matched: ${share(hits).toFixed(1)}%` : ' ';
		showSearch();
		remember();
	}

	function showSearch() {
		part('search').textContent = typing !== null ?
			`Search: ${typing}\u258f` : search ?
			'Reset search' : 'Search';
		part('search').classList.toggle('on', typing !== null);
	}

	function ask() {
		typing = search;
		showSearch();
	}

	function type(event) {
		clearTimeout(later);
		if (event.key === 'Enter' || event.key === 'Escape') {
			const text = event.key === 'Enter' ? typing : '';
			typing = null;
			find(text);
			return true;
		}
		if (event.key === 'Backspace')
			typing = [...typing].slice(0, -1).join('');
		else if ([...event.key].length === 1)
			typing += event.key;
		else
			return false;
		showSearch();
		later = setTimeout(() => find(typing || ''), 150);
		return true;
	}

	/* ---- the address: x and y of the zoom, s of the search ---- */

	function remember() {
		const p = new URLSearchParams(location.search);
		for (const key of ['x', 'y', 's'])
			p.delete(key);
		if (zoomed !== whole) {
			p.set('x', zoomed.x);
			p.set('y', zoomed.y);
		}
		if (search)
			p.set('s', search);
		try {
			history.replaceState(null, '', '?' + p);
		} catch (e) {
			/* inside another page there is no address of its own */
		}
	}

	function recall() {
		const p = new URLSearchParams(location.search);
		const at = (key) => Number(p.get(key));
		const f = p.has('x') && frames.find((e) =>
			Math.abs(e.x - at('x')) < SLACK &&
			Math.abs(e.y - at('y')) < SLACK);
		const text = p.get('s') || svg.dataset.search;
		if (f)
			zoom(f);
		if (text)
			find(text);
	}

	/* ---- input ---- */

	function frameOf(event) {
		return frames.find((f) => f.g.contains(event.target));
	}

	svg.addEventListener('mouseover', (event) => {
		const f = frameOf(event);
		part('details').textContent = f ?
			`${svg.dataset.nametype} ${f.told.slice(0, 2000)}` : ' ';
	});
	svg.addEventListener('click', (event) => {
		const f = frameOf(event);
		if (event.target === part('unzoom'))
			zoom(whole);
		else if (event.target === part('search'))
			search && typing === null ? find('') : ask();
		else if (f && (f.g.localName !== 'a' || event.ctrlKey)) {
			event.preventDefault();
			zoom(f);
		}
	});
	addEventListener('keydown', (event) => {
		const ctrl = event.ctrlKey || event.metaKey;
		const opens = event.key === 'F3' || event.key === '/' ||
			(ctrl && event.key.toLowerCase() === 'f');
		let used = true;
		if (typing !== null && !ctrl)
			used = type(event);
		else if (opens)
			ask();
		else if (event.key === 'Enter' && event.target === part('unzoom'))
			zoom(whole);
		else if (event.key === 'Enter' && event.target === part('search'))
			ask();
		else if (event.key === 'Escape')
			zoom(whole);
		else
			used = false;
		if (used)
			event.preventDefault();
	});
	for (const id of ['unzoom', 'search']) {
		part(id).setAttribute('tabindex', '0');
		part(id).setAttribute('role', 'button');
	}
	svg.classList.add('live');
	recall();
})();
