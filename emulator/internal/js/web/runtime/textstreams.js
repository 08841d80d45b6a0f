// TextEncoderStream and TextDecoderStream.
(function (native, use) {
  'use strict';
  const { illegal, isObject, platform } = use('core');
  const { TransformStream } = use('streams');
  const { TextDecoder, isBytes, encode } = use('encoding');

  // A high surrogate waits for the next chunk.
  class TextEncoderStream extends TransformStream {
    #is = true;
    constructor() {
      let high = '';
      super({
        transform(chunk, controller) {
          let s = high + chunk;
          const last = s.charCodeAt(s.length - 1);
          high = last >= 0xd800 && last <= 0xdbff ? s[s.length - 1] : '';
          if (high !== '') s = s.slice(0, -1);
          if (s !== '') controller.enqueue(encode(s));
        },
        flush(controller) {
          if (high !== '') controller.enqueue(encode(high));
        },
      });
    }
    get encoding() {
      if (!isObject(this) || !(#is in this)) throw illegal();
      return 'utf-8';
    }
  }

  class TextDecoderStream extends TransformStream {
    #decoder;
    constructor(label, options) {
      const decoder = new TextDecoder(label, options);
      super({
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
      this.#decoder = decoder;
    }
    static #of(v) {
      if (!isObject(v) || !(#decoder in v)) throw illegal();
      return v.#decoder;
    }
    get encoding() { return TextDecoderStream.#of(this).encoding; }
    get fatal() { return TextDecoderStream.#of(this).fatal; }
    get ignoreBOM() { return TextDecoderStream.#of(this).ignoreBOM; }
  }

  return { TextEncoderStream: platform(TextEncoderStream), TextDecoderStream: platform(TextDecoderStream) };
})
