// setImmediate and clearImmediate, which Node compatibility adds.
(function (native, use) {
  'use strict';
  const { wrongType, isObject } = use('core');
  const { apply } = Reflect;
  const scope = 'ServiceWorkerGlobalScope';

  // Immediate is what setImmediate gives, under Node compatibility.
  class Immediate {
    #id;
    constructor(id) { this.#id = id; }
    static id(v) { return isObject(v) && #id in v ? v.#id : NaN; }
    ref() { return this; }
    unref() { return this; }
    hasRef() { return true; }
    [Symbol.dispose]() { clearImmediate(this); }
  }
  function setImmediate(callback, ...args) {
    if (typeof callback !== 'function') throw wrongType(1, 'function', scope, 'setImmediate');
    return new Immediate(use('timers').setTimeout(() => apply(callback, globalThis, args), 0));
  }
  function clearImmediate(...args) {
    const [immediate] = args;
    if (immediate === undefined || immediate === null) {
      if (args.length > 0) return;
    } else if (immediate instanceof Immediate) {
      use('timers').clearTimeout(Immediate.id(immediate));
      return;
    }
    throw wrongType(1, 'Immediate', scope, 'clearImmediate');
  }

  return { setImmediate, clearImmediate };
})
