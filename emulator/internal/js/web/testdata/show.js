function show(v, seen = []) {
  if (v === null) return 'null';
  switch (typeof v) {
    case 'string': return JSON.stringify(v);
    case 'number': return Object.is(v, -0) ? '-0' : String(v);
    case 'bigint': return v + 'n';
    case 'symbol': return String(v);
    case 'function': return 'function ' + v.name;
    case 'object': break;
    default: return String(v);
  }
  if (seen.includes(v)) return '^' + seen.indexOf(v);
  seen = [...seen, v];
  const tag = Object.prototype.toString.call(v).slice(8, -1);
  if (Array.isArray(v)) return '[' + v.map((x) => show(x, seen)).join(', ') + ']';
  if (v instanceof Error || tag === 'DOMException') {
    const own = Object.getOwnPropertyNames(v).filter((k) => !['stack', 'message', 'name'].includes(k)).map((k) => k + ': ' + show(v[k], seen));
    return (tag === 'DOMException' ? 'DOMException ' : '') + v.name + ': ' + v.message + (own.length ? ' {' + own.join(', ') + '}' : '');
  }
  if (v instanceof ArrayBuffer) return 'ArrayBuffer(' + Array.from(new Uint8Array(v)).join(' ') + ')';
  if (ArrayBuffer.isView(v)) return tag + '(' + Array.from(new Uint8Array(v.buffer, v.byteOffset, v.byteLength)).join(' ') + ')';
  if (v instanceof Map) return 'Map{' + [...v].map(([k, x]) => show(k, seen) + ' => ' + show(x, seen)).join(', ') + '}';
  if (v instanceof Date) return 'Date(' + v.toISOString() + ')';
  const name = tag === 'Object' ? '' : tag;
  return name + '{' + Object.keys(v).map((k) => k + ': ' + show(v[k], seen)).join(', ') + '}';
}
// outcome gives what fn returns or throws, settled.
async function outcome(fn) {
  try { return await fn(); } catch (e) { return 'throws ' + show(e); }
}
