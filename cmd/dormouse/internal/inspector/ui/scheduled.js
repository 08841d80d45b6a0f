// Cron triggers by hand.

import { post } from "./api.js";
import { errorText, h } from "./dom.js";

export async function scheduledView(main, signal) {
	const out = h("div", { "aria-live": "polite" });
	const run = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		out.replaceChildren(h("p", { class: "dim" }, "running…"));
		try {
			const res = await post("scheduled", { cron: form.get("cron"), at: form.get("at") ? new Date(form.get("at")).getTime() : 0 });
			if (signal.aborted) return;
			out.replaceChildren(h("p", { id: "outcome" }, `Outcome: ${res.outcome}${res.noRetry ? ", noRetry" : ""}`), res.error ? errorText({ message: res.error }) : "");
		} catch (err) { out.replaceChildren(errorText(err)); }
	};
	main.replaceChildren(
		h("h1", {}, "Scheduled"),
		h("p", { class: "dim" }, "Calls scheduled(controller, env, ctx) of the Worker's default export, as a cron trigger does. /cdn-cgi/handler/scheduled?cron=…&time=… does the same."),
		h("form", { class: "bar", onsubmit: run },
			h("label", {}, "controller.cron", h("input", { name: "cron", id: "cron", value: "* * * * *", class: "mono" })),
			h("label", {}, "controller.scheduledTime, empty for now", h("input", { name: "at", type: "datetime-local", step: "1" })),
			h("button", { class: "main", id: "run-scheduled" }, "Run scheduled")),
		out);
}
