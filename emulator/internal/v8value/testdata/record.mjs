// Records what the real runtime writes for JavaScript values and what it reads
// from bytes. Run it in a directory that has miniflare and sqlite3, with the
// path of this directory: it reads values.txt and bytes.txt and writes
// values.json and bytes.json.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { Miniflare } = createRequire(join(process.cwd(), "x.js"))("miniflare");
const here = process.argv[2];
const lines = (name) => readFileSync(join(here, name), "utf8").split("\n").filter((l) => l !== "" && !l.startsWith("#"));

const worker = (cases) => `import { DurableObject } from "cloudflare:workers";
const cases = [${cases.map((c) => `() => (${c})`).join(",\n")}];
function show(v, d=0, seen=new Map()) {
  if (v === null) return "null";
  switch (typeof v) { case "undefined": return "undefined"; case "boolean": return String(v); case "string": return JSON.stringify(v);
    case "number": return Object.is(v,-0) ? "-0" : String(v); case "bigint": return v+"n"; case "function": return "function"; }
  if (seen.has(v)) return "^"+seen.get(v); seen.set(v, seen.size);
  const props = (skip=()=>false) => Object.keys(v).filter(k=>!skip(k)).map(k => JSON.stringify(k)+": "+show(v[k],d+1,seen)).join(", ");
  const tag = Object.prototype.toString.call(v).slice(8,-1);
  if (Array.isArray(v)) { const out=[]; for (let i=0;i<Math.min(v.length,100);i++) out.push(i in v ? show(v[i],d+1,seen) : "hole"); const extra = Object.keys(v).filter(k=>!/^\\d+$/.test(k)).map(k=>JSON.stringify(k)+": "+show(v[k],d+1,seen)); return "["+out.concat(extra).join(", ")+"]"+(v.length>100?"#"+v.length:""); }
  if (v instanceof Map) return "Map{"+[...v].map(([k,x])=>show(k,d+1,seen)+" => "+show(x,d+1,seen)).join(", ")+"}";
  if (v instanceof Set) return "Set{"+[...v].map(x=>show(x,d+1,seen)).join(", ")+"}";
  if (v instanceof Date) return "Date("+(isNaN(v)?"invalid":v.toISOString())+")";
  if (v instanceof RegExp) return "RegExp("+JSON.stringify(v.source)+", "+JSON.stringify(v.flags)+")";
  if (v instanceof ArrayBuffer) return (v.resizable?"ResizableArrayBuffer("+v.maxByteLength+", ":"ArrayBuffer(")+[...new Uint8Array(v)].map(x=>x.toString(16).padStart(2,"0")).join("")+")";
  if (ArrayBuffer.isView(v)) return tag+"("+v.byteOffset+", "+v.byteLength+", "+show(v.buffer,d+1,seen)+")";
  if (v instanceof Error) { const own=Object.getOwnPropertyNames(v).filter(k=>k!=="stack"&&k!=="message"&&k!=="name"); return v.name+"("+JSON.stringify(v.message)+", "+(typeof v.stack)+own.map(k=>", "+k+": "+show(v[k],d+1,seen)).join("")+")"; }
  if (v instanceof Number || v instanceof Boolean || v instanceof String) return "Boxed("+show(v.valueOf())+")";
  if (tag === "BigInt") return "Boxed("+v.valueOf()+"n)";
  return (tag==="Object"?"":tag)+"{"+props()+"}";
}
export class Obj extends DurableObject {
  async write() {
    const kv = this.ctx.storage.kv;
    const out = cases.map((make, i) => {
      try { kv.put("w" + i, make()); } catch (e) { return { refused: String(e) }; }
      try { return { back: show(kv.get("w" + i)) }; } catch (e) { return { unreadable: true }; }
    });
    await this.ctx.storage.sync();
    return JSON.stringify(out);
  }
  async read(n) {
    const out = [];
    for (let i = 0; i < n; i++) {
      try { out.push({ back: show(this.ctx.storage.kv.get("r" + i)) }); } catch (e) { out.push({ unreadable: true }); }
    }
    return JSON.stringify(out);
  }
}
export default { async fetch(req, env) {
  const u = new URL(req.url), s = env.OBJ.getByName("a");
  return new Response(u.pathname === "/write" ? await s.write() : await s.read(+u.searchParams.get("n")));
} };`;

async function ask(dir, date, cases, path) {
  const mf = new Miniflare({ modules: true, script: worker(cases), cf: false, compatibilityDate: date,
    durableObjectsPersist: dir, durableObjects: { OBJ: { className: "Obj", useSQLite: true } } });
  const answer = JSON.parse(await (await mf.dispatchFetch("http://x" + path)).text());
  await mf.dispose();
  const file = execFileSync("find", [dir, "-name", "*.sqlite"]).toString().trim().split("\n").find((f) => !f.includes("metadata"));
  return { answer, file };
}

async function write(date, cases) {
  const { answer, file } = await ask(mkdtempSync(join(tmpdir(), "v8-")), date, cases, "/write");
  const rows = execFileSync("sqlite3", [file, "select key, lower(hex(value)) from _cf_KV"], { maxBuffer: 1 << 28 });
  const hex = Object.fromEntries(rows.toString().trim().split("\n").map((l) => l.split("|")));
  return cases.map((js, i) => ({ js, date, hex: hex["w" + i], ...answer[i] }));
}

async function read(cases) {
  const dir = mkdtempSync(join(tmpdir(), "v8-"));
  const { file } = await ask(dir, "2026-07-01", ["1"], "/write");
  const rows = cases.map((c, i) => `insert into _cf_KV values('r${i}', x'${c.hex}');`);
  execFileSync("sqlite3", [file], { input: rows.join("\n") });
  const { answer } = await ask(dir, "2026-07-01", ["1"], "/read?n=" + cases.length);
  return cases.map((c, i) => ({ ...c, ...answer[i] }));
}

const save = (name, rows) => writeFileSync(join(here, name), "[\n" + rows.map((r) => JSON.stringify(r)).join(",\n") + "\n]\n");
const values = lines("values.txt"), older = "@2026-04-01 ";
save("values.json", [
  ...await write("2026-07-01", values.filter((l) => !l.startsWith("@"))),
  ...await write("2026-04-01", values.filter((l) => l.startsWith(older)).map((l) => l.slice(older.length))),
]);
save("bytes.json", await read(lines("bytes.txt").map((l) => {
  const [hex, note] = l.split(" ;; ");
  return { note, hex: hex.replaceAll(" ", "") };
})));
process.exit(0);
