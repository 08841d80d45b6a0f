// What the other units are made with.
(function (native, use) {
  'use strict';
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;

  // global makes values that a unit returned globals.
  function global(unit, ...names) {
    const exports = use(unit);
    for (const name of names) {
      defineProperty(globalThis, name, { value: exports[name], writable: true, enumerable: false, configurable: true });
    }
  }

  // lazy makes globals that run their unit when the first of them is touched.
  function lazy(unit, ...names) {
    const getters = new Map();
    const settle = () => {
      const exports = use(unit);
      for (const [name, get] of getters) {
        if (getOwnPropertyDescriptor(globalThis, name)?.get === get) {
          defineProperty(globalThis, name, { value: exports[name], writable: true, enumerable: false, configurable: true });
        }
      }
      return exports;
    };
    for (const name of names) {
      const get = () => settle()[name];
      const set = (value) => {
        defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
      };
      getters.set(name, get);
      defineProperty(globalThis, name, { get, set, enumerable: false, configurable: true });
    }
  }

  const illegal = () => new TypeError('Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.');

  // platform gives a class the looks of the platform's: methods that are
  // enumerable, and a tag.
  function platform(cls, name = cls.name) {
    for (const key of getOwnPropertyNames(cls.prototype)) {
      if (key !== 'constructor') defineProperty(cls.prototype, key, { enumerable: true });
    }
    for (const key of getOwnPropertyNames(cls)) {
      if (key !== 'prototype' && key !== 'name' && key !== 'length') defineProperty(cls, key, { enumerable: true });
    }
    defineProperty(cls.prototype, Symbol.toStringTag, { value: name, configurable: true });
    return cls;
  }

  return { global, lazy, illegal, platform, enabled: native.enabled };
})
