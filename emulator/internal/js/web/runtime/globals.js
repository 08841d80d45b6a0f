// Functions of the global scope: base64, structuredClone, reportError; and the
// objects navigator and Cloudflare.
(function (native, use) {
  'use strict';
  const { wrongType, wrongField, isObject, platform } = use('core');
  const scope = 'ServiceWorkerGlobalScope';

  // reportError fires an error event on the global scope, and prints the error
  // unless a listener prevents it.
  function reportError(...args) {
    if (args.length === 0) throw wrongType(1, 'JsValue', scope, 'reportError');
    const [error] = args;
    const { ErrorEvent, fire } = use('events').internal;
    const { message, filename, lineno, colno } = native.describe(error);
    const event = new ErrorEvent('error', { message: `Uncaught ${message}`, filename, lineno, colno, error });
    if (fire(globalThis, event)) native.uncaught(error, `Uncaught ${message}`);
  }

  const refuse = (message, name) => {
    const { DOMException } = use('events');
    return new DOMException(message, name);
  };

  const string = (v) => {
    if (typeof v === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
    return `${v}`;
  };

  function atob(...args) {
    if (args.length === 0) throw wrongType(1, 'string', scope, 'atob');
    const text = native.atob(string(args[0]));
    if (text === undefined) {
      throw refuse("atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric ASCII, and up to two terminal '=' signs " +
        'when the input data length is divisible by 4 are allowed.)', 'InvalidCharacterError');
    }
    return text;
  }
  function btoa(...args) {
    if (args.length === 0) throw wrongType(1, 'JsString', scope, 'btoa');
    const text = native.btoa(string(args[0]));
    if (text === undefined) throw refuse('btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.', 'InvalidCharacterError');
    return text;
  }

  function structuredClone(...args) {
    if (args.length === 0) throw wrongType(1, 'JsValue', scope, 'structuredClone');
    const [value, options] = args;
    let transfer;
    if (options !== undefined && options !== null) {
      if (!isObject(options)) throw wrongType(2, 'StructuredCloneOptions', scope, 'structuredClone');
      ({ transfer } = options);
      if (transfer !== undefined && !Array.isArray(transfer)) throw wrongField('transfer', 'StructuredCloneOptions', 'Array');
    }
    return native.clone(value, transfer ?? []);
  }

  class Navigator {
    sendBeacon(...args) {
      if (args.length === 0) throw wrongType(1, 'string', 'Navigator', 'sendBeacon');
      const [url, body] = args;
      fetch(`${url}`, { method: 'POST', body }).catch(() => {});
      return true;
    }
  }
  const looks = (cls) => {
    const outer = platform(cls, { illegalConstructor: true });
    return [outer, Object.create(outer.prototype)];
  };
  const [PublicNavigator, navigator] = looks(Navigator);
  const fixed = {
    languages: Object.freeze(['en']), language: 'en', platform: '', hardwareConcurrency: 1, userAgent: 'Cloudflare-Workers',
  };
  for (const name in fixed) Object.defineProperty(navigator, name, { value: fixed[name], enumerable: true, configurable: true, writable: false });

  class Cloudflare {}
  const [, cloudflare] = looks(Cloudflare);
  const compatibilityFlags = Object.freeze(native.flags());
  Object.defineProperty(cloudflare, 'compatibilityFlags', { value: compatibilityFlags, enumerable: true, configurable: true, writable: false });

  return {
    reportError, atob, btoa, structuredClone, navigator, Navigator: PublicNavigator, Cloudflare: cloudflare, origin: 'null',
  };
})
