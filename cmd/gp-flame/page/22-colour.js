/*
 * Colours of frames: by kind of code, by module, or by difference. All come from
 * the tables of libcommon/profile/palette.c, which the page carries.
 */
const SHADES = 7, MODULES = 16;

const THEMES = {
	light: { back: '#fff', ring: '#0b3d91', edge: '#fff', hit: '#8a2be2',
		hitText: '#fff', hover: '#16181d', hatch: 'rgba(0,0,0,.28)' },
	dark: { back: '#14171c', ring: '#fff', edge: '#000', hit: '#e79bff',
		hitText: '#1b0524', hover: '#f4f5f7',
		hatch: 'rgba(255,255,255,.3)' },
};

class Palette {
	/* kinds: a letter for each name, A for the first kind, small if as
	 * outermost frame it is the process. moduleOf: a number of modules for
	 * each name. outer: set of names of outermost frames. */
	constructor(names, kinds, modules, moduleOf, outer) {
		Object.assign(this, { names, kinds, modules, moduleOf, outer });
		this.dark = false;
		this.mode = 'kind'; /* or module, or diff */
		this.lit = -1;      /* a kind or module that stands out, or -1 */
		this.slots = modules.map((m) => hashOf(m) % MODULES);
		this.shades = Uint8Array.from(names, (n) => hashOf(n) % SHADES);
	}

	get theme() {
		return this.dark ? THEMES.dark : THEMES.light;
	}

	get table() {
		return meta.colours[this.dark ? 1 : 0];
	}

	get ink() {
		return this.table.ink;
	}

	text(id) {
		return id === ALL ? 'all' : this.names[id];
	}

	/* A number of meta.kinds. isOuter: it is the outermost frame here. */
	kind(id, isOuter) {
		if (id === ALL)
			return 0;
		const c = this.kinds.charCodeAt(id);
		return c < 97 ? c - 65 : isOuter ? 0 : c - 97;
	}

	module(id) {
		return id === ALL ? -1 : this.moduleOf[id];
	}

	/* By what a name is; not of a difference. */
	fill(id, isOuter) {
		if (this.mode === 'module' && id !== ALL)
			return this.moduleFill(this.moduleOf[id]);
		return this.table.kinds[this.kind(id, isOuter)][
		    id === ALL ? 3 : this.shades[id]];
	}

	/* The kernel and what belongs to nothing are as they are among the kinds. */
	moduleFill(module) {
		const name = this.modules[module], { kinds, modules } = this.table;
		return name === '[kernel]' ? kinds[meta.kinds.indexOf('kernel')][0] :
			name === '[no module]' ?
				kinds[meta.kinds.indexOf('unnamed')][0] :
				modules[this.slots[module]];
	}

	difference(step) {
		return this.table.differences[STEPS + (meta.negate ? -step : step)];
	}

	/* Whether something else was asked to stand out. */
	dimmed(id, isOuter) {
		if (this.lit < 0 || this.mode === 'diff')
			return false;
		return (this.mode === 'module' ? this.module(id) :
			this.kind(id, isOuter)) !== this.lit;
	}
}
