// The inspector's page: its parts are shown by what stands behind # in the
// address.

import { events, get } from "./api.js";
import { byId, errorText, h } from "./dom.js";
import { add, store } from "./store.js";
import { objectsView } from "./objects.js";
import { objectView } from "./object.js";
import { eventsView, sequenceView } from "./events.js";
import { scheduledView } from "./scheduled.js";

const views = [
	{ path: /^\/events$/, nav: "events", title: "Events", show: eventsView },
	{ path: /^\/sequence\/(\d+)$/, nav: "events", title: "Sequence", show: sequenceView },
	{ path: /^\/scheduled$/, nav: "scheduled", title: "Scheduled", show: scheduledView },
	{ path: /^\/o\/([^/]+)\/([0-9a-f]{64})(?:\/(\w+))?$/, nav: "objects", title: "Object", show: objectView },
	{ path: /^(?:\/ns\/([^/]+))?\/?$/, nav: "objects", title: "Objects", show: objectsView },
];

let leave = () => {};

// route shows the view of the address. A view gets a signal that ends with it.
async function route(event) {
	const path = location.hash.slice(1) || "/";
	if (path === "main") return;
	const view = views.find((v) => v.path.test(path)) ?? views.at(-1);
	leave();
	const gone = new AbortController();
	leave = () => gone.abort();
	for (const a of document.querySelectorAll("#nav a")) {
		if (a.dataset.view === view.nav) a.setAttribute("aria-current", "page");
		else a.removeAttribute("aria-current");
	}
	document.title = `${view.title} · dormouse inspector`;
	const main = byId("main");
	try {
		await ready;
		const args = (view.path.exec(path) ?? []).slice(1).map((s) => s && decodeURIComponent(s));
		await view.show(main, gone.signal, ...args);
		if (event) main.focus({ preventScroll: true });
	} catch (err) {
		if (!gone.signal.aborted) main.replaceChildren(errorText(err));
	}
}

// refresh asks what namespaces there are, and how the last edit went.
async function refresh() {
	const state = await get("state");
	store.namespaces = state.namespaces;
	const box = byId("problem");
	if (box.dataset.text === state.problem) return;
	box.dataset.text = state.problem;
	box.hidden = !state.problem;
	box.replaceChildren(...(state.problem ? [h("h2", {}, "The last edit cannot run: the code before it goes on"), h("pre", {}, state.problem)] : []));
}

const ready = refresh();

async function keepFresh() {
	for (;;) {
		await new Promise((resolve) => setTimeout(resolve, 2000));
		if (document.hidden) continue;
		try { await refresh(); } catch { /* the stream shows that the server is away */ }
		document.dispatchEvent(new Event("refresh"));
	}
}

const liveTexts = { on: "live", off: "connection lost: trying again", reload: "the server was started anew: reload the page" };

addEventListener("hashchange", route);
route();
keepFresh();
events(add, (state) => {
	byId("live").textContent = liveTexts[state];
	byId("live").className = state === "on" ? "on" : "off";
});
