// TextEncoder, TextDecoder and their streams. The work is done in Go.
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

  // A high surrogate waits for the next chunk.
  class TextEncoderStream {
    #transform;
    constructor() {
      const { TransformStream } = use('streams');
      let high = '';
      this.#transform = new TransformStream({
        transform(chunk, controller) {
          let s = high + chunk;
          const last = s.charCodeAt(s.length - 1);
          high = last >= 0xd800 && last <= 0xdbff ? s[s.length - 1] : '';
          if (high !== '') s = s.slice(0, -1);
          if (s !== '') controller.enqueue(native.encode(s));
        },
        flush(controller) {
          if (high !== '') controller.enqueue(native.encode(high));
        },
      });
    }
    static #of(v) {
      if (!isObject(v) || !(#transform in v)) throw illegal();
      return v.#transform;
    }
    get readable() { return TextEncoderStream.#of(this).readable; }
    get writable() { return TextEncoderStream.#of(this).writable; }
    get encoding() {
      TextEncoderStream.#of(this);
      return 'utf-8';
    }
  }

  class TextDecoderStream {
    #decoder;
    #transform;
    constructor(label, options) {
      const { TransformStream } = use('streams');
      const decoder = this.#decoder = new TextDecoder(label, options);
      this.#transform = new TransformStream({
        transform(chunk, controller) {
          if (!isBytes(chunk)) throw new TypeError('This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.');
          const s = decoder.decode(chunk, { stream: true });
          if (s !== '') controller.enqueue(s);
        },
        flush(controller) {
          const s = decoder.decode();
          if (s !== '') controller.enqueue(s);
        },
      });
    }
    static #of(v) {
      if (!isObject(v) || !(#transform in v)) throw illegal();
      return v;
    }
    get readable() { return TextDecoderStream.#of(this).#transform.readable; }
    get writable() { return TextDecoderStream.#of(this).#transform.writable; }
    get encoding() { return TextDecoderStream.#of(this).#decoder.encoding; }
    get fatal() { return TextDecoderStream.#of(this).#decoder.fatal; }
    get ignoreBOM() { return TextDecoderStream.#of(this).#decoder.ignoreBOM; }
  }

  return {
    TextEncoder: platform(TextEncoder), TextDecoder: platform(TextDecoder),
    TextEncoderStream: platform(TextEncoderStream), TextDecoderStream: platform(TextDecoderStream),
  };
})
