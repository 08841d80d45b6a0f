// Records what the real runtime prints for console.js, and for the cases whose
// names begin with "node", what Node prints: the runtime sends those to its
// inspector only. Run it in a directory that has miniflare:
//
//	node console.mjs <this directory>
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Miniflare } = createRequire(join(process.cwd(), "x.js"))("miniflare");
const here = process.argv[2];
const cases = readFileSync(join(here, "console.js"), "utf8").split(/^\/\/\/\/ /m).slice(1).map((s) => [s.slice(0, s.indexOf("\n")).trim(), s.slice(s.indexOf("\n") + 1)]);
const mark = "@@@@";
let out = "", err = "";
const mf = new Miniflare({
  cf: false, modules: true, compatibilityDate: "2026-07-01", structuredWorkerdLogs: false,
  handleRuntimeStdio: (o, e) => {
    o.on("data", (d) => (out += d));
    e.on("data", (d) => (err += d));
  },
  script: `const cases = [${cases.map(([name, code]) => (name.startsWith("node") ? "() => {}" : `() => {${code}\n}`)).join(",\n")}];
export default { async fetch() { for (const c of cases) { c(); console.log("${mark}"); console.error("${mark}"); } return new Response() } }`,
});
await (await mf.dispatchFetch("http://x/")).text();
while (out.split(mark).length <= cases.length || err.split(mark).length <= cases.length) await new Promise((r) => setTimeout(r, 20));
await mf.dispose();
const outs = out.split(mark + "\n"), errs = err.split(mark + "\n");
cases.forEach(([name, code], n) => {
  let o = outs[n], e = errs[n];
  if (name.startsWith("node")) {
    const r = spawnSync(process.execPath, ["-e", code], { encoding: "utf8" });
    o = r.stdout;
    e = r.stderr;
  }
  process.stdout.write(`//// ${name}\n${o}${e === "" ? "" : "@@ errors\n" + e}`);
});
