// The inspector's API on this server.

const token = document.querySelector("meta[name=dormouse-token]").content;
const base = new URL("api/", location.origin + location.pathname);

async function call(method, path, params, body) {
	const url = new URL(path, base);
	for (const [key, value] of Object.entries(params ?? {})) {
		if (value !== undefined && value !== "" && value !== false) url.searchParams.set(key, value);
	}
	const res = await fetch(url, { method, headers: { "X-Dormouse-Token": token }, body: body && JSON.stringify(body) });
	const text = await res.text();
	let answer;
	try { answer = JSON.parse(text); } catch { throw new Error(text.trim() || `the server answered ${res.status}`); }
	if (!res.ok) throw new Error(answer.error);
	return answer;
}

export const get = (path, params) => call("GET", path, params);
export const post = (path, body) => call("POST", path, {}, body);

// events reads the stream of events for ever: onlist gets lists, onstate
// whether there is a connection. EventSource cannot send the token.
export async function events(onlist, onstate) {
	let after = "";
	for (;;) {
		try {
			const url = new URL("events", base);
			if (after) url.searchParams.set("after", after);
			const res = await fetch(url, { headers: { "X-Dormouse-Token": token } });
			if (res.status === 403) { onstate("reload"); return; }
			if (!res.ok) throw new Error(res.status);
			onstate("on");
			after = await readStream(res.body.pipeThrough(new TextDecoderStream()).getReader(), onlist, after);
		} catch { /* the server has gone: try again */ }
		onstate("off");
		await new Promise((resolve) => setTimeout(resolve, 1000));
	}
}

async function readStream(reader, onlist, after) {
	let rest = "";
	try {
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return after;
			rest += value;
			const messages = rest.split("\n\n");
			rest = messages.pop();
			for (const message of messages) {
				const fields = Object.fromEntries(message.split("\n").map((l) => [l.slice(0, l.indexOf(":")), l.slice(l.indexOf(":") + 2)]));
				if (!fields.data) continue;
				after = fields.id;
				onlist(JSON.parse(fields.data));
			}
		}
	} catch { return after; }
}
