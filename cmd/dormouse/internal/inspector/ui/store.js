// What the page knows: the namespaces and the last events.

export const store = { namespaces: [], events: new Map() };

const kept = 2000;

// add takes a list of new or changed events.
export function add(list) {
	for (const e of list) store.events.set(e.seq, e);
	if (store.events.size > kept) {
		const seqs = [...store.events.keys()].sort((a, b) => a - b);
		for (const seq of seqs.slice(0, seqs.length - kept)) store.events.delete(seq);
	}
	document.dispatchEvent(new Event("events"));
}

export const namespace = (key) => store.namespaces.find((n) => n.key === key);

// title is how an object is called.
export const title = (o) => o.name || o.id.slice(0, 8) + "…";

// titleOf is how the object of an event is called.
export function titleOf(e) {
	if (e.ns) return `${e.class} ${title(e)}`;
	return e.class === "default" ? "Worker" : `Worker ${e.class}`;
}

// inOrder gives events, the earliest first.
export const inOrder = () => [...store.events.values()].sort((a, b) => a.start - b.start || a.seq - b.seq);

// rootOf gives the first event of the chain of causes that is still known.
export function rootOf(e) {
	const seen = new Set();
	while (e.cause && store.events.has(e.cause) && !seen.has(e.seq)) {
		seen.add(e.seq);
		e = store.events.get(e.cause);
	}
	// A constructor is shown below the event that it was made for.
	return e;
}

// chain gives the events that an event has brought about, itself first.
export function chain(root) {
	const out = [root], all = inOrder();
	const known = new Set([root.seq]);
	for (let grown = true; grown;) {
		grown = false;
		for (const e of all) {
			if (!known.has(e.seq) && e.cause && known.has(e.cause)) {
				known.add(e.seq);
				out.push(e);
				grown = true;
			}
		}
	}
	return out.sort((a, b) => a.start - b.start || a.seq - b.seq);
}

// throttle calls fn at once and then at most every wait milliseconds.
export function throttle(fn, wait) {
	let timer, again = false;
	return () => {
		if (timer) { again = true; return; }
		fn();
		timer = setTimeout(() => {
			timer = undefined;
			if (again) { again = false; fn(); }
		}, wait);
	};
}
