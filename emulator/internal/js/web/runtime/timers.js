// setTimeout, setInterval, queueMicrotask and scheduler.
(function (native, use) {
  'use strict';
  const { wrongType, wrongField, isObject, platform } = use('core');
  const { apply } = Reflect;
  const scope = 'ServiceWorkerGlobalScope';

  // number converts as the runtime does, in V8's words.
  const number = (v) => {
    if (typeof v === 'bigint') throw new TypeError('Cannot convert a BigInt value to a number');
    if (typeof v === 'symbol') throw new TypeError('Cannot convert a Symbol value to a number');
    return Number(v);
  };

  const starter = (name, repeat) => ({
    [name](...params) {
      const [callback, ms, ...args] = params;
      if (typeof callback !== 'function') throw wrongType(1, 'function', scope, name);
      return native.start(number(ms), repeat, () => apply(callback, globalThis, args));
    },
  })[name];

  const stopper = (name) => ({
    [name](...params) {
      if (params.length === 0) throw wrongType(1, 'JsNumber', scope, name);
      native.clear(number(params[0]));
    },
  })[name];

  function queueMicrotask(...params) {
    const [callback] = params;
    if (typeof callback !== 'function') throw wrongType(1, 'function', scope, 'queueMicrotask');
    // What it throws is nobody's.
    native.enqueue(() => {
      try {
        callback();
      } catch (e) {
        use('globals').reportError(e);
      }
    });
  }

  // signalOf gives the signal among the options of wait.
  const signalOf = (options) => {
    if (options === undefined || options === null) return undefined;
    if (!isObject(options)) throw wrongType(2, 'WaitOptions', 'Scheduler', 'wait');
    const { signal } = options;
    if (signal === undefined) return undefined;
    if (!isObject(signal) || !(signal instanceof use('events').AbortSignal)) throw wrongField('signal', 'WaitOptions', 'AbortSignal');
    return signal;
  };

  // failure makes an error of a reason that is none, as the runtime does.
  const failure = (reason) => (isObject(reason) ? reason : new Error(String(reason)));

  class Scheduler {
    async wait(...params) {
      if (params.length === 0) throw wrongType(1, 'number', 'Scheduler', 'wait');
      const ms = number(params[0]), signal = signalOf(params[1]);
      if (signal?.aborted) throw failure(signal.reason);
      await new Promise((resolve, reject) => {
        const id = native.start(ms, false, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        const abort = () => {
          native.clear(id);
          reject(failure(signal.reason));
        };
        signal?.addEventListener('abort', abort);
      });
    }
  }

  const Illegal = platform(Scheduler, { illegalConstructor: true });
  return {
    setTimeout: starter('setTimeout', false), setInterval: starter('setInterval', true),
    clearTimeout: stopper('clearTimeout'), clearInterval: stopper('clearInterval'),
    queueMicrotask, scheduler: new Scheduler(), Scheduler: Illegal,
  };
})
