// What the engine tells util.inspect, which is in inspect.gen.js, and how objects
// of the platform are shown: with what their accessors give, as the runtime does.
(function (native, use) {
  'use strict';
  const { classOf } = use('core');
  const { getOwnPropertyDescriptors, getPrototypeOf, keys } = Object;

  // Collections show what they hold.
  const collections = new Set(['Headers', 'URLSearchParams', 'FormData']);
  // Hidden accessors would consume or make something when they are read.
  const hidden = new Set(['Response.bytes']);

  // shown lists what the accessors of an object's platform classes give.
  function shown(object, own) {
    const out = {};
    for (const key of own) out[key] = object[key];
    const chain = [];
    for (let proto = getPrototypeOf(object); proto !== null && proto !== Object.prototype; proto = getPrototypeOf(proto)) chain.unshift(proto);
    for (const proto of chain) {
      for (const [key, { get }] of Object.entries(getOwnPropertyDescriptors(proto))) {
        if (get === undefined || typeof key !== 'string' || key === 'constructor' || hidden.has(`${classOf(object)}.${key}`)) continue;
        try {
          out[key] = object[key];
        } catch {
          // What cannot be read is not shown.
        }
      }
    }
    return out;
  }

  class Shown {}

  // custom gives the function that shows an object of the platform, or undefined.
  function custom(object) {
    if (typeof object !== 'object' || object === globalThis) return undefined;
    const name = classOf(object);
    if (name === undefined || object instanceof Error) return undefined;
    if (Object.hasOwn(object, 'constructor') && object.constructor?.prototype === object) return undefined; // a prototype is no object of its class
    return (depth, options, inspect) => {
      const label = `${object.constructor?.name ?? name}`;
      if (depth < 0) return options.stylize(`[${label}]`, 'special');
      const next = { ...options, depth: options.depth === null ? null : options.depth - 1 };
      if (collections.has(name)) {
        try {
          const entries = new Map(object);
          return `${label}(${entries.size}) ${inspect(entries, next).replace(/^Map\(\d+\) /, '')}`;
        } catch {
          return `${label} {}`; // it only inherits from one
        }
      }
      const parts = Object.assign(new Shown(), shown(object, keys(object)));
      if (keys(parts).length === 0) return `${label} {}`;
      return inspect(parts, next).replace(/^Shown/, label);
    };
  }

  const hooks = {
    custom,
    promise(promise, pending, rejected) {
      const [state, result] = native.promise(promise);
      return [state === 'pending' ? pending : state === 'rejected' ? rejected : undefined, result];
    },
    proxy(value, full = true) {
      const target = native.proxy(value);
      if (target === undefined) return undefined;
      return full ? [target, {}] : target;
    },
  };
  return { hooks };
})
