// URL and URLSearchParams.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, isObject, platform } = use('core');
  const { iterators, iterable } = use('iterators').make();

  // The parts of an URL, as native.parse and native.set give them.
  const HREF = 0, PROTOCOL = 1, USERNAME = 2, PASSWORD = 3, HOST = 4, HOSTNAME = 5, PORT = 6, PATHNAME = 7, SEARCH = 8, HASH = 9, ORIGIN = 10;

  let urlOf, paramsOf; // the state of each: { parts, params }, { list, url }

  const needs = (args, n, cls, method) => {
    if (args.length < n) throw wrongType(args.length + 1, 'USVString', cls, method);
  };

  function parse(url, base) {
    const text = base === undefined ? native.parse(String(url)) : native.parse(String(url), String(base));
    return text === undefined ? undefined : text.split('\n');
  }

  const given = Symbol('given');

  class URL {
    #s;
    static { urlOf = (o) => (isObject(o) && #s in o ? o.#s : undefined); }
    constructor(url, base, how) {
      if (how === given) {
        this.#s = { parts: url, params: undefined };
        return;
      }
      if (arguments.length === 0) throw wrongType(1, 'USVString', 'URL');
      const parts = parse(url, base);
      if (parts === undefined) throw new TypeError('Invalid URL string.');
      this.#s = { parts, params: undefined };
    }
    get origin() { return self(this).parts[ORIGIN]; }
    get href() { return self(this).parts[HREF]; }
    set href(v) {
      const s = self(this);
      const parts = parse(v);
      if (parts === undefined) throw new TypeError("Failed to set the 'href' property on 'URL': the provided value is not of type 'valid URL string'.");
      s.parts = parts;
      refill(s);
    }
    get protocol() { return self(this).parts[PROTOCOL]; }
    set protocol(v) { set(self(this), 'protocol', v); }
    get username() { return self(this).parts[USERNAME]; }
    set username(v) { set(self(this), 'username', v); }
    get password() { return self(this).parts[PASSWORD]; }
    set password(v) { set(self(this), 'password', v); }
    get host() { return self(this).parts[HOST]; }
    set host(v) { set(self(this), 'host', v); }
    get hostname() { return self(this).parts[HOSTNAME]; }
    set hostname(v) { set(self(this), 'hostname', v); }
    get port() { return self(this).parts[PORT]; }
    set port(v) { set(self(this), 'port', v); }
    get pathname() { return self(this).parts[PATHNAME]; }
    set pathname(v) { set(self(this), 'pathname', v); }
    get search() { return self(this).parts[SEARCH]; }
    set search(v) {
      const s = self(this);
      set(s, 'search', v);
      refill(s);
    }
    get hash() { return self(this).parts[HASH]; }
    set hash(v) { set(self(this), 'hash', v); }
    get searchParams() {
      const s = self(this);
      return (s.params ??= new URLSearchParams(given, { list: decodeList(s.parts[SEARCH].slice(1)), url: s }));
    }
    toJSON() { return self(this).parts[HREF]; }
    toString() { return self(this).parts[HREF]; }
    static canParse(url, base) {
      needs(arguments, 1, 'URL', 'canParse');
      return parse(url, base) !== undefined;
    }
    static parse(url, base) {
      needs(arguments, 1, 'URL', 'parse');
      const parts = parse(url, base);
      return parts === undefined ? null : new URL(parts, undefined, given);
    }
    static createObjectURL() { throw new Error('URL.createObjectURL() is not implemented'); }
    static revokeObjectURL() { throw new Error('URL.revokeObjectURL() is not implemented'); }
  }

  const self = (o) => {
    const s = urlOf(o);
    if (s === undefined) throw illegal();
    return s;
  };

  function set(s, name, v) { s.parts = native.set(s.parts[HREF], name, String(v)).split('\n'); }

  function refill(s) {
    if (s.params === undefined) return;
    const { list } = paramsOf(s.params);
    list.length = 0;
    list.push(...decodeList(s.parts[SEARCH].slice(1)));
  }

  const plain = /^[A-Za-z0-9*\-._]*$/;
  const encode = (s) => (plain.test(s) ? s : native.formEncode(s));
  const coded = /[%+]|[\ud800-\udfff]/;
  const decode = (s) => (coded.test(s) ? native.formDecode(s) : s);

  // A list of parameters is flat: names and values in turn.
  function decodeList(text) {
    const list = [];
    if (text === '') return list;
    for (const pair of text.split('&')) {
      if (pair === '') continue;
      const at = pair.indexOf('=');
      if (at < 0) list.push(decode(pair), '');
      else list.push(decode(pair.slice(0, at)), decode(pair.slice(at + 1)));
    }
    return list;
  }

  function encodeList(list) {
    let text = '';
    for (let n = 0; n < list.length; n += 2) text += (n === 0 ? '' : '&') + encode(list[n]) + '=' + encode(list[n + 1]);
    return text;
  }

  const scalar = (v) => String(v).toWellFormed();

  function init(v) {
    if (v === undefined) return [];
    if (!isObject(v)) {
      const text = v === null ? 'null' : String(v);
      return decodeList(text[0] === '?' ? text.slice(1) : text);
    }
    const other = paramsOf(v);
    if (other !== undefined) return other.list.slice();
    const list = [];
    if (v[Symbol.iterator] !== undefined && v[Symbol.iterator] !== null) {
      for (const pair of v) {
        if (!isObject(pair) || typeof pair[Symbol.iterator] !== 'function') throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
        const items = Array.from(pair);
        if (items.length !== 2) throw new TypeError('Invalid URL search params sequence.');
        list.push(scalar(items[0]), scalar(items[1]));
      }
      return list;
    }
    for (const name of Object.keys(v)) list.push(scalar(name), scalar(v[name]));
    return list;
  }

  class URLSearchParams {
    #s;
    static { paramsOf = (o) => (isObject(o) && #s in o ? o.#s : undefined); }
    constructor(v, state) {
      this.#s = v === given ? state : { list: init(v), url: undefined };
    }
    get size() { return params(this).list.length / 2; }
    append(name, value) {
      const s = params(this);
      needs(arguments, 2, 'URLSearchParams', 'append');
      s.list.push(scalar(name), scalar(value));
      changed(s);
    }
    delete(name, value) {
      const s = params(this);
      needs(arguments, 1, 'URLSearchParams', 'delete');
      name = scalar(name);
      if (value !== undefined) value = scalar(value);
      keep(s.list, (n, v) => n !== name || (value !== undefined && v !== value));
      changed(s);
    }
    get(name) {
      const { list } = params(this);
      needs(arguments, 1, 'URLSearchParams', 'get');
      name = scalar(name);
      for (let n = 0; n < list.length; n += 2) if (list[n] === name) return list[n + 1];
      return null;
    }
    getAll(name) {
      const { list } = params(this);
      needs(arguments, 1, 'URLSearchParams', 'getAll');
      name = scalar(name);
      return list.filter((_, n) => n % 2 === 1 && list[n - 1] === name);
    }
    has(name, value) {
      const { list } = params(this);
      needs(arguments, 1, 'URLSearchParams', 'has');
      name = scalar(name);
      if (value !== undefined) value = scalar(value);
      for (let n = 0; n < list.length; n += 2) if (list[n] === name && (value === undefined || list[n + 1] === value)) return true;
      return false;
    }
    set(name, value) {
      const s = params(this);
      needs(arguments, 2, 'URLSearchParams', 'set');
      name = scalar(name);
      value = scalar(value);
      let found = false;
      keep(s.list, (n) => {
        if (n !== name) return true;
        if (found) return false;
        return found = true;
      });
      if (!found) s.list.push(name, value);
      else for (let n = 0; n < s.list.length; n += 2) if (s.list[n] === name) s.list[n + 1] = value;
      changed(s);
    }
    sort() {
      const s = params(this);
      const pairs = [];
      for (let n = 0; n < s.list.length; n += 2) pairs.push([s.list[n], s.list[n + 1]]);
      pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      s.list.length = 0;
      for (const [name, value] of pairs) s.list.push(name, value);
      changed(s);
    }
    entries() { const { list } = params(this); return iterators.entries(live(list, (n) => [list[n], list[n + 1]])); }
    keys() { const { list } = params(this); return iterators.keys(live(list, (n) => list[n])); }
    values() { const { list } = params(this); return iterators.values(live(list, (n) => list[n + 1])); }
    forEach(callback, thisArg) {
      const { list } = params(this);
      if (typeof callback !== 'function') throw wrongType(1, 'function', 'URLSearchParams', 'forEach');
      for (let n = 0; n < list.length; n += 2) callback.call(thisArg, list[n + 1], list[n], this);
    }
    toString() { return encodeList(params(this).list); }
  }

  const params = (o) => {
    const s = paramsOf(o);
    if (s === undefined) throw illegal();
    return s;
  };

  // keep drops the pairs for which is answers false.
  function keep(list, is) {
    let kept = 0;
    for (let n = 0; n < list.length; n += 2) {
      if (!is(list[n], list[n + 1])) continue;
      list[kept++] = list[n];
      list[kept++] = list[n + 1];
    }
    list.length = kept;
  }

  // changed writes the parameters back into their URL.
  function changed(s) {
    if (s.url !== undefined) set(s.url, 'search', encodeList(s.list));
  }

  // live is a list that an iterator sees as it is at each step.
  const live = (list, item) => {
    let n = 0;
    return () => {
      const items = [];
      items.length = n / 2;
      if (n < list.length) items.push(item(n));
      n += 2;
      return items;
    };
  };

  const PublicParams = platform(URLSearchParams);
  iterable(URLSearchParams.prototype, 'entries');

  return {
    URL: platform(URL), URLSearchParams: PublicParams,
    // params gives the text of an URLSearchParams, or undefined for anything else.
    params: (o) => {
      const s = paramsOf(o);
      return s === undefined ? undefined : encodeList(s.list);
    },
    href: (o) => urlOf(o)?.parts[HREF],
  };
})
