// Records where the real runtime refuses to clone the values of refused.txt.
// Run it in a directory that has miniflare, with the path of this directory: it
// writes refused.json.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Miniflare } = createRequire(join(process.cwd(), "x.js"))("miniflare");
const here = process.argv[2];
const cases = readFileSync(join(here, "refused.txt"), "utf8").split("\n").filter((l) => l !== "" && !l.startsWith("#"));
const script = `import { DurableObject } from "cloudflare:workers";
const cases = [${cases.map((c) => `() => (${c})`).join(",\n")}];
const text = (e) => (e instanceof DOMException ? "DOMException " : "") + e.name + ": " + e.message;
export class Obj extends DurableObject {
  clone(n) { try { structuredClone(cases[n]()); return ""; } catch (e) { return text(e); } }
  store(n) { try { this.ctx.storage.kv.put("k", cases[n]()); return ""; } catch (e) { return text(e); } }
  take() {}
}
export default { async fetch(req, env) {
  const out = [];
  const stub = env.OBJ.getByName("a");
  for (let n = 0; n < cases.length; n++) {
    let call = "";
    try { await stub.take(cases[n]()); } catch (e) { call = text(e); }
    out.push({ clone: await stub.clone(n), store: await stub.store(n), call });
  }
  return Response.json(out);
} };`;
const mf = new Miniflare({ modules: true, script, cf: false, compatibilityDate: "2026-07-01", durableObjects: { OBJ: { className: "Obj", useSQLite: true } } });
const out = await (await mf.dispatchFetch("http://x/")).json();
await mf.dispose();
writeFileSync(join(here, "refused.json"), "[\n" + out.map((r, n) => "\t" + JSON.stringify({ js: cases[n], ...r })).join(",\n") + "\n]\n");
