// TextEncoder and TextDecoder. The work is done in Go.
(function (native, use) {
  'use strict';
  const { illegal, wrongType, isObject, platform } = use('core');
  const isBytes = (v) => ArrayBuffer.isView(v) || native.isBuffer(v);

  class TextEncoder {
    #is = true;
    static #check(v) { if (!isObject(v) || !(#is in v)) throw illegal(); }
    encode(input = '') {
      TextEncoder.#check(this);
      if (typeof input === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      return native.encode(`${input}`);
    }
    encodeInto(input, buffer) {
      TextEncoder.#check(this);
      if (!(buffer instanceof Uint8Array)) throw wrongType(2, 'JsUint8Array', 'TextEncoder', 'encodeInto');
      const [read, written] = native.encodeInto(`${input}`, buffer);
      return { read, written };
    }
    get encoding() {
      TextEncoder.#check(this);
      return 'utf-8';
    }
  }

  class TextDecoder {
    #s;
    constructor(label = 'utf-8', options = undefined) {
      if (options !== undefined && options !== null && !isObject(options)) throw wrongType(2, 'ConstructorOptions', 'TextDecoder');
      const fatal = Boolean(options?.fatal), ignoreBOM = Boolean(options?.ignoreBOM);
      const [encoding, decode] = native.decoder(`${label}`, fatal, ignoreBOM) ?? [];
      if (encoding === undefined) throw new RangeError(`"${label}" is not a valid encoding.`);
      this.#s = { encoding, decode, fatal, ignoreBOM };
    }
    static #of(v) {
      if (!isObject(v) || !(#s in v)) throw illegal();
      return v.#s;
    }
    decode(input, options) {
      const { decode } = TextDecoder.#of(this);
      if (input !== undefined && !isBytes(input)) throw wrongType(1, 'Array', 'TextDecoder', 'decode');
      if (options !== undefined && options !== null && !isObject(options)) throw wrongType(2, 'DecodeOptions', 'TextDecoder', 'decode');
      return text(decode(input, Boolean(options?.stream)));
    }
    get encoding() { return TextDecoder.#of(this).encoding; }
    get fatal() { return TextDecoder.#of(this).fatal; }
    get ignoreBOM() { return TextDecoder.#of(this).ignoreBOM; }
  }
  function text(decoded) {
    if (decoded === undefined) throw new TypeError('Failed to decode input.');
    return decoded;
  }

  return { TextEncoder: platform(TextEncoder), TextDecoder: platform(TextDecoder), isBytes, encode: native.encode };
})
