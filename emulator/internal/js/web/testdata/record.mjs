// Records what the real runtime answers to the tables of diff/: prints, for one
// table, each case's name and result. Run it in a directory that has miniflare:
//
//	node record.mjs <this directory> <table.js>
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Miniflare } = createRequire(join(process.cwd(), "x.js"))("miniflare");
const [here, table] = process.argv.slice(2);
const cases = readFileSync(table, "utf8").split(/^\/\/\/\/ /m).slice(1).map((s) => [s.slice(0, s.indexOf("\n")).trim(), s.slice(s.indexOf("\n") + 1)]);
const mf = new Miniflare({
  cf: false, modules: true, compatibilityDate: "2026-07-01",
  // Every case fetches from here: see echo in web_test.go.
  outboundService: async (request) => {
    const url = new URL(request.url);
    const { Response } = createRequire(join(process.cwd(), "x.js"))("miniflare");
    const status = Number(url.searchParams.get("status") ?? 200);
    const headers = new Headers({ "x-method": request.method, "x-url": request.url });
    for (const [k, v] of request.headers) if (/^(content-|x-|accept|user-agent)/.test(k)) headers.append("x-got-" + k, v);
    for (const h of url.searchParams.getAll("h")) headers.append(h.slice(0, h.indexOf(":")), h.slice(h.indexOf(":") + 1));
    const body = [101, 204, 205, 304].includes(status) || request.method === "HEAD" ? null : request.body ? await request.text() : url.searchParams.get("body") ?? "hello";
    return new Response(body, { status, headers });
  },
  script: readFileSync(join(here, "show.js"), "utf8") + `
const cases = [${cases.map(([, code]) => `async () => {${code}\n}`).join(",\n")}];
export default { async fetch(request) {
  const n = Number(new URL(request.url).searchParams.get("n"));
  try { return new Response(show(await cases[n]())); } catch (e) { return new Response("throws " + show(e)); }
} }`,
});
for (let n = 0; n < cases.length; n++) {
  const response = await mf.dispatchFetch("http://x/?n=" + n);
  console.log("//// " + cases[n][0] + "\n" + await response.text());
}
await mf.dispose();
