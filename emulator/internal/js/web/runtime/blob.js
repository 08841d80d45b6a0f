// Blob, File and FormData.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, wrongField, isObject, needs, platform } = use('core');

  let of; // the state of a Blob: { bytes, type }, and name and lastModified of a File
  const given = Symbol('given');

  const bytesOf = (v) => {
    if (typeof v === 'string') return native.encode(v);
    if (v instanceof ArrayBuffer) return new Uint8Array(v);
    if (ArrayBuffer.isView(v)) return new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
    return of(v)?.bytes ?? native.encode(String(v));
  };

  function concat(chunks) {
    if (chunks.length === 1) return chunks[0].slice();
    let length = 0;
    for (const c of chunks) length += c.byteLength;
    const all = new Uint8Array(length);
    let at = 0;
    for (const c of chunks) {
      all.set(c, at);
      at += c.byteLength;
    }
    return all;
  }

  const typeOf = (type) => {
    type = type === undefined ? '' : String(type);
    return /[^ -~]/.test(type) ? '' : type.toLowerCase();
  };

  function parts(bits, options, cls, n) {
    if (bits !== undefined && !Array.isArray(bits)) throw wrongType(1, 'Array', cls);
    if (options !== undefined && options !== null && typeof options !== 'object') throw wrongType(n, 'Options', cls);
    if (options?.endings !== undefined) throw new Error("The 'endings' field on 'Options' is not implemented.");
    return { bytes: concat((bits ?? []).map(bytesOf)), type: typeOf(options?.type) };
  }

  class Blob {
    #s;
    static { of = (o) => (isObject(o) && #s in o ? o.#s : undefined); }
    constructor(bits, options, how) {
      this.#s = how === given ? bits : parts(bits, options, 'Blob', 2);
    }
    get size() { return self(this).bytes.byteLength; }
    get type() { return self(this).type; }
    slice(start, end, type) {
      const { bytes } = self(this);
      const size = bytes.byteLength;
      const at = (v, otherwise) => {
        if (v === undefined) return otherwise;
        v = Math.trunc(Number(v)) || 0;
        return v < 0 ? Math.max(size + v, 0) : Math.min(v, size);
      };
      const from = at(start, 0), to = Math.max(at(end, size), from);
      return new Blob({ bytes: bytes.subarray(from, to), type: typeOf(type) }, undefined, given);
    }
    async arrayBuffer() { return self(this).bytes.slice().buffer; }
    async bytes() { return self(this).bytes.slice(); }
    async text() { return native.decode(self(this).bytes); }
    stream() { return use('streams').fromBytes(self(this).bytes); }
  }

  const self = (o) => {
    const s = of(o);
    if (s === undefined) throw illegal();
    return s;
  };

  class File extends Blob {
    constructor(bits, name, options, how) {
      if (how === given) {
        super(bits, undefined, given);
        return;
      }
      if (name === undefined) throw wrongType(2, 'string', 'File');
      if (!Array.isArray(bits)) throw wrongType(1, 'Array', 'File');
      const state = parts(bits, options, 'File', 3);
      state.name = String(name);
      state.lastModified = options?.lastModified === undefined ? native.now() : Number(options.lastModified);
      super(state, undefined, given);
    }
    get name() { return file(this).name; }
    get lastModified() { return file(this).lastModified; }
  }

  const file = (o) => {
    const s = self(o);
    if (s.name === undefined) throw illegal();
    return s;
  };

  let entriesOf; // of a FormData: a list of [name, value]

  class FormData {
    #entries = [];
    static { entriesOf = (o) => (isObject(o) && #entries in o ? o.#entries : undefined); }
    append(name, value, filename) {
      const list = entries(this);
      list.push(entry(arguments, 'append'));
    }
    delete(name) {
      const list = entries(this);
      needs(arguments, 1, 'FormData', 'delete');
      name = String(name);
      let kept = 0;
      for (const e of list) if (e[0] !== name) list[kept++] = e;
      list.length = kept;
    }
    get(name) {
      const list = entries(this);
      needs(arguments, 1, 'FormData', 'get');
      name = String(name);
      const e = list.find((x) => x[0] === name);
      return e === undefined ? null : e[1];
    }
    getAll(name) {
      const list = entries(this);
      needs(arguments, 1, 'FormData', 'getAll');
      name = String(name);
      return list.filter((x) => x[0] === name).map((x) => x[1]);
    }
    has(name) {
      const list = entries(this);
      needs(arguments, 1, 'FormData', 'has');
      name = String(name);
      return list.some((x) => x[0] === name);
    }
    set(name, value, filename) {
      const list = entries(this);
      const made = entry(arguments, 'set');
      const first = list.findIndex((x) => x[0] === made[0]);
      if (first < 0) {
        list.push(made);
        return;
      }
      let kept = 0;
      list.forEach((e, n) => {
        if (n === first) list[kept++] = made;
        else if (e[0] !== made[0]) list[kept++] = e;
      });
      list.length = kept;
    }
    entries() { const list = entries(this); return iterators.entries(() => list.map((e) => [e[0], e[1]])); }
    keys() { const list = entries(this); return iterators.keys(() => list.map((e) => e[0])); }
    values() { const list = entries(this); return iterators.values(() => list.map((e) => e[1])); }
    forEach(callback, thisArg) {
      const list = entries(this);
      if (typeof callback !== 'function') throw wrongType(1, 'function', 'FormData', 'forEach');
      for (const [name, value] of list.slice()) callback.call(thisArg, value, name, this);
    }
  }

  const entries = (o) => {
    const list = entriesOf(o);
    if (list === undefined) throw illegal();
    return list;
  };

  // entry makes an entry of the arguments of append and set. A blob becomes a
  // file that is named like the entry.
  function entry(args, method) {
    if (args.length < 1) throw wrongType(1, 'string', 'FormData', method);
    if (args.length < 2) throw wrongType(2, 'File or Blob or string', 'FormData', method);
    const name = String(args[0]);
    const [, value, filename] = args;
    const blob = of(value);
    if (blob === undefined) return [name, String(value)];
    if (blob.name !== undefined && filename === undefined) return [name, value];
    const as = filename === undefined ? name : String(filename);
    return [name, new File({ bytes: blob.bytes, type: blob.type, name: as, lastModified: blob.lastModified ?? native.now() }, undefined, undefined, given)];
  }

  const { iterators, iterable } = use('iterators').make();
  const PublicFormData = platform(FormData);
  iterable(FormData.prototype, 'entries');

  const escape = (s) => s.replace(/[\n"\\]/g, (c) => (c === '\n' ? '%0A' : c === '"' ? '%22' : '\\\\'));

  // encodeForm writes a form as multipart/form-data.
  function encodeForm(form, boundary) {
    const chunks = [];
    let text = '';
    for (const [name, value] of entriesOf(form)) {
      text += `--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"`;
      if (typeof value === 'string') {
        text += `\r\n\r\n${value}\r\n`;
        continue;
      }
      const s = of(value);
      text += `; filename="${escape(s.name)}"\r\nContent-Type: ${s.type || 'application/octet-stream'}\r\n\r\n`;
      chunks.push(native.encode(text), s.bytes);
      text = '\r\n';
    }
    chunks.push(native.encode(`${text}--${boundary}--`));
    return concat(chunks);
  }

  // decodeForm reads a body of the given type.
  function decodeForm(bytes, type) {
    const form = new FormData();
    const list = entriesOf(form);
    const flat = native.parseForm(bytes, type);
    for (let n = 0; n < flat.length; n += 4) {
      const [name, filename, contentType, value] = flat.slice(n, n + 4);
      list.push([name, filename === null ? value : new File({ bytes: value, type: typeOf(contentType), name: filename, lastModified: native.now() }, undefined, undefined, given)]);
    }
    return form;
  }

  return {
    Blob: platform(Blob), File: platform(File), FormData: PublicFormData,
    of, entriesOf, encodeForm, decodeForm,
    make: (bytes, type) => new Blob({ bytes, type }, undefined, given),
  };
})
