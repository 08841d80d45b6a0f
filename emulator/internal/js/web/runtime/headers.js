// Headers.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, isObject, needs, platform } = use('core');

  let of; // the state of Headers: { map, immutable }, map from names in lower case to lists of values

  const given = Symbol('given');
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z\x80-\uffff]*$/; // the runtime looks at ASCII only
  const inner = /[\0\r\n]/;
  const outer = /^[\t\n\r ]|[\t\n\r ]$/;

  function nameOf(name) {
    name = String(name);
    if (!token.test(name)) throw new TypeError('Invalid header name.');
    return name.toLowerCase();
  }

  function valueOf(value) {
    value = String(value);
    if (outer.test(value)) value = value.replace(/^[\t\n\r ]+/, '').replace(/[\t\n\r ]+$/, '');
    if (inner.test(value)) throw new TypeError('Invalid header value.');
    return value;
  }

  function append(map, name, value) {
    const values = map.get(name);
    if (values === undefined) map.set(name, [value]);
    else values.push(value);
  }

  // fill adds what an initializer has; on gives the error for anything else.
  function fill(map, init, on) {
    if (init === undefined) return;
    if (!isObject(init)) throw on();
    const other = of(init);
    if (other !== undefined) {
      for (const [name, values] of other.map) map.set(name, values.slice());
      return;
    }
    const iterator = init[Symbol.iterator];
    if (iterator !== undefined && iterator !== null) {
      for (const pair of init) {
        if (!isObject(pair) || typeof pair[Symbol.iterator] !== 'function') throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
        const [name, value, ...rest] = pair;
        if (rest.length > 0 || (value === undefined && Array.from(pair).length < 2)) throw new TypeError('To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.');
        append(map, nameOf(name), valueOf(value));
      }
      return;
    }
    for (const name of Object.keys(init)) append(map, nameOf(name), valueOf(init[name]));
  }

  const sorted = (map) => {
    const out = [];
    for (const name of Array.from(map.keys()).sort()) {
      const values = map.get(name);
      if (name === 'set-cookie') for (const value of values) out.push([name, value]);
      else out.push([name, values.join(', ')]);
    }
    return out;
  };

  class Headers {
    #s;
    static {
      of = (o) => (isObject(o) && #s in o ? o.#s : undefined);
    }
    constructor(init, how, state) {
      this.#s = how === given ? state : { map: new Map(), immutable: false };
      if (init !== undefined) fill(this.#s.map, init, () => wrongType(1, 'Headers or Sequence or object', 'Headers'));
    }
    get(name) {
      const { map } = self(this);
      needs(arguments, 1, 'Headers', 'get');
      return map.get(nameOf(name))?.join(', ') ?? null;
    }
    getAll(name) {
      const { map } = self(this);
      needs(arguments, 1, 'Headers', 'getAll');
      if (String(name).toLowerCase() !== 'set-cookie') throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
      return map.get('set-cookie')?.slice() ?? [];
    }
    getSetCookie() { return self(this).map.get('set-cookie')?.slice() ?? []; }
    has(name) {
      const { map } = self(this);
      needs(arguments, 1, 'Headers', 'has');
      return map.has(nameOf(name));
    }
    set(name, value) {
      const map = writable(this);
      needs(arguments, 2, 'Headers', 'set');
      map.set(nameOf(name), [valueOf(value)]);
    }
    append(name, value) {
      const map = writable(this);
      needs(arguments, 2, 'Headers', 'append');
      append(map, nameOf(name), valueOf(value));
    }
    delete(name) {
      const map = writable(this);
      needs(arguments, 1, 'Headers', 'delete');
      map.delete(nameOf(name));
    }
    forEach(callback, thisArg) {
      const { map } = self(this);
      if (typeof callback !== 'function') throw wrongType(1, 'function', 'Headers', 'forEach');
      for (const [name, value] of sorted(map)) callback.call(thisArg, value, name, this);
    }
    entries() { return iterators.entries(sorted(self(this).map)); }
    keys() { return iterators.keys(sorted(self(this).map).map((e) => e[0])); }
    values() { return iterators.values(sorted(self(this).map).map((e) => e[1])); }
  }

  const self = (o) => {
    const s = of(o);
    if (s === undefined) throw illegal();
    return s;
  };
  const writable = (o) => {
    const s = self(o);
    if (s.immutable) throw new TypeError("Can't modify immutable headers.");
    return s.map;
  };

  const { iterators, iterable } = use('iterators').make();
  const PublicHeaders = platform(Headers);
  iterable(Headers.prototype, 'entries');

  // make wraps a map; from fills a new one from a flat list of names and values.
  const make = (map, immutable) => new Headers(undefined, given, { map, immutable });
  const fromList = (list) => {
    const map = new Map();
    for (let n = 0; n < list.length; n += 2) append(map, list[n], list[n + 1]);
    return map;
  };
  const toList = (map) => {
    const list = [];
    for (const [name, values] of map) for (const value of values) list.push(name, value);
    return list;
  };
  const copy = (map) => {
    const out = new Map();
    for (const [name, values] of map) out.set(name, values.slice());
    return out;
  };

  return {
    Headers: PublicHeaders, of, fill, make, copy,
    is: (o) => of(o) !== undefined,
    text: (o) => toList(self(o).map).join('\n'),
    fromText: (text) => make(fromList(text === '' ? [] : text.split('\n')), false),
  };
})
