// What the other units are made with.
(function (native, use) {
  'use strict';
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, setPrototypeOf } = Object;

  // Objects among the globals are listed, functions and classes are not.
  const listed = new Set(['navigator', 'origin', 'Cloudflare', 'performance', 'scheduler', 'caches', 'crypto', 'self', 'ServiceWorkerGlobalScope']);
  const declare = (name, value) => {
    defineProperty(globalThis, name, { value, writable: true, enumerable: listed.has(name), configurable: true });
  };

  // global makes values that a unit returned globals.
  function global(unit, ...names) {
    const exports = use(unit);
    for (const name of names) declare(name, exports[name]);
  }

  // lazy makes globals that run their unit when the first of them is touched.
  function lazy(unit, ...names) {
    const getters = new Map();
    const settle = () => {
      const exports = use(unit);
      for (const [name, get] of getters) {
        if (getOwnPropertyDescriptor(globalThis, name)?.get === get) declare(name, exports[name]);
      }
      return exports;
    };
    for (const name of names) {
      const get = () => settle()[name];
      const set = (value) => declare(name, value);
      getters.set(name, get);
      defineProperty(globalThis, name, { get, set, enumerable: listed.has(name), configurable: true });
    }
  }

  const illegal = () => new TypeError('Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.');

  // wrongType is the error for argument n, counted from 1, of a method, or of a
  // constructor if there is no method.
  const wrongType = (n, type, cls, method) => new TypeError(method === undefined
    ? `Failed to construct '${cls}': constructor parameter ${n} is not of type '${type}'.`
    : `Failed to execute '${method}' on '${cls}': parameter ${n} is not of type '${type}'.`);

  // wrongField is the error for a member of an options object.
  const wrongField = (field, on, type) => new TypeError(`Incorrect type for the '${field}' field on '${on}': the provided value is not of type '${type}'.`);

  const isObject = (v) => (typeof v === 'object' && v !== null) || typeof v === 'function';

  // needs throws unless there are that many arguments, all of them strings.
  const needs = (args, n, cls, method) => {
    if (args.length < n) throw wrongType(args.length + 1, 'string', cls, method);
  };

  const classes = new WeakMap(); // names of the platform's classes, by prototype

  // platform gives a class the looks of the platform's: methods that are
  // enumerable and have no length, a tag, and no constructor above it.
  function platform(cls, options = {}) {
    const { name = cls.name, illegalConstructor = false } = options;
    const { prototype } = cls;
    for (const key of getOwnPropertyNames(prototype)) {
      if (key === 'constructor') continue;
      const { value } = getOwnPropertyDescriptor(prototype, key);
      if (typeof value === 'function') defineProperty(value, 'length', { value: 0 });
      defineProperty(prototype, key, { enumerable: true });
    }
    const outer = native.constructor(name, cls, illegalConstructor);
    defineProperty(outer, 'prototype', { value: prototype, writable: true, enumerable: false, configurable: false });
    for (const key of getOwnPropertyNames(cls)) {
      if (key === 'prototype' || key === 'name' || key === 'length') continue;
      const property = getOwnPropertyDescriptor(cls, key);
      if (typeof property.value === 'function') defineProperty(property.value, 'length', { value: 0 });
      property.enumerable = true;
      defineProperty(outer, key, property);
    }
    delete prototype.constructor;
    classes.set(prototype, name);
    defineProperty(prototype, 'constructor', { value: outer, writable: true, configurable: true, enumerable: false });
    defineProperty(prototype, Symbol.toStringTag, { value: name, writable: true, configurable: true, enumerable: false });
    return outer;
  }

  // classOf is the name of the platform's class that an object belongs to.
  function classOf(v) {
    for (let proto = getPrototypeOf(v); proto !== null; proto = getPrototypeOf(proto)) {
      const name = classes.get(proto);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  // constants puts numbers on a class and its instances.
  function constants(cls, values) {
    for (const name in values) {
      const property = { value: values[name], enumerable: true, configurable: true, writable: false };
      defineProperty(cls, name, property);
      defineProperty(cls.prototype, name, property);
    }
  }

  // Within events, code is not made of strings.
  const define = (o, name, value) => defineProperty(o, name, { value, writable: true, enumerable: false, configurable: true });
  define(globalThis, 'eval', native.guard(eval, false));
  for (const proto of [Function.prototype, getPrototypeOf(async () => {}), getPrototypeOf(function* () {}), getPrototypeOf(async function* () {})]) {
    const guarded = native.guard(proto.constructor, true);
    defineProperty(guarded, 'prototype', { value: proto, writable: false, enumerable: false, configurable: false });
    if (proto === Function.prototype) {
      define(globalThis, 'Function', guarded);
      define(proto, 'constructor', guarded);
    } else {
      defineProperty(proto, 'constructor', { value: guarded, writable: false, enumerable: false, configurable: true });
    }
  }

  declare('self', globalThis);

  // The global scope is an object of a class of its own, which inherits from none,
  // whatever the standard says.
  function scopeClass(name) {
    const cls = native.constructor(name, undefined, true);
    const prototype = {};
    defineProperty(cls, 'prototype', { value: prototype, writable: false, enumerable: false, configurable: false });
    define(prototype, 'constructor', cls);
    defineProperty(prototype, Symbol.toStringTag, { value: name, writable: true, configurable: true, enumerable: false });
    declare(name, cls);
    return prototype;
  }
  scopeClass('WorkerGlobalScope');
  delete globalThis[Symbol.toStringTag];
  setPrototypeOf(globalThis, scopeClass('ServiceWorkerGlobalScope'));

  // JSON.parse speaks as V8 does about what it cannot read.
  const { parse } = JSON;
  const readable = (text) => {
    try { parse(text); return true; } catch { return false; }
  };
  defineProperty(JSON, 'parse', {
    value: {
      parse(text, reviver) {
        try {
          return reviver === undefined ? parse(text) : parse(text, reviver);
        } catch (e) {
          if (!(e instanceof SyntaxError) || (reviver !== undefined && readable(text))) throw e;
          throw new SyntaxError(native.jsonError(String(text)));
        }
      },
    }.parse,
    writable: true, enumerable: false, configurable: true,
  });

  return {
    global, lazy, illegal, wrongType, wrongField, isObject, needs, platform, classOf, constants, loaded: native.loaded, enabled: native.enabled,
  };
})
