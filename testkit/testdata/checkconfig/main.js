import { DurableObject } from "cloudflare:workers";

export class Reminder extends DurableObject {}

export default {
	fetch() {
		return new Response("reminded");
	},
};
