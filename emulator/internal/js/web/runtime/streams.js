// The classes of streams but those of text: the standard's from streams.gen.js with the runtime's
// checks in front of them, and those that only the runtime has.
(function (native, use) {
  'use strict';
  const S = use('streams.gen');
  const { illegal, wrongType, wrongField, isObject, platform } = use('core');
  const { $view, $associatedReadableByteStreamController, $pendingPullIntos, $readIntoRequests, $disturbed, $state, $storedError, $reader, $ownerWritableStream } = S.symbols;
  const { construct, getOwnPropertyDescriptor } = Reflect;
  const { defineProperty } = Object;

  const isReadable = (v) => isObject(v) && v instanceof S.ReadableStream && $state in v;
  const isWritable = (v) => isObject(v) && v instanceof S.WritableStream && $state in v;
  const isBYOBReader = (v) => isObject(v) && $readIntoRequests in v;
  const locked = (stream) => stream[$reader] !== undefined;
  const lockedError = (end = '.') => new TypeError('This ReadableStream is currently locked to a reader' + end);

  // options checks the members of an object that the program gave, of which
  // those named must be functions.
  function options(v, cls, type, ...functions) {
    if (v === undefined || v === null) return undefined;
    if (typeof v !== 'object') throw wrongType(1, type, cls);
    for (const name of functions) {
      if (v[name] !== undefined && typeof v[name] !== 'function') throw wrongField(name, type, 'function');
    }
    return v;
  }

  // size checks a number that the runtime takes as an unsigned integer.
  function size(v) {
    if (typeof v === 'bigint') v = Number(v);
    else v = Number(v);
    if (Number.isInteger(v) ? v < 0 : v < 0 && v > -Infinity) throw new TypeError('The value cannot be converted because it is negative and this API expects a positive bigint.');
    if (!Number.isInteger(v) && v !== Infinity) throw new TypeError('The value cannot be converted because it is not an integer.');
    return v;
  }

  function strategy(v, cls, n, bytes) {
    if (v === undefined || v === null) return {};
    if (typeof v !== 'object') throw wrongType(n, 'StreamQueuingStrategy', cls);
    const { highWaterMark, size: sizeOf } = v;
    if (sizeOf !== undefined && typeof sizeOf !== 'function') throw wrongField('size', 'StreamQueuingStrategy', 'function');
    const out = {};
    if (highWaterMark !== undefined) out.highWaterMark = size(highWaterMark);
    if (sizeOf !== undefined && !bytes) out.size = sizeOf;
    return out;
  }

  // guarded is a start function that fails the stream instead of its constructor.
  const guarded = (start, self) => (controller) => {
    try {
      return start.call(self, controller);
    } catch (e) {
      return Promise.reject(e);
    }
  };

  function ReadableStream(source, queuing) {
    source = options(source, 'ReadableStream', 'UnderlyingSource', 'start', 'pull', 'cancel');
    const type = source?.type;
    if (type !== undefined && type !== '' && String(type) !== 'bytes') throw new TypeError(`"${String(type)}" is not a valid type of ReadableStream.`);
    if (source !== undefined) {
      const { start, pull, cancel, autoAllocateChunkSize } = source, given = source;
      source = { start: start && guarded(start, given), pull: pull?.bind(given), cancel: cancel?.bind(given) };
      if (type !== undefined && type !== '') {
        source.type = 'bytes';
        source.autoAllocateChunkSize = autoAllocateChunkSize === undefined ? 4096 : size(autoAllocateChunkSize);
      }
    }
    return construct(S.ReadableStream, [source ?? {}, strategy(queuing, 'ReadableStream', 2, type === 'bytes')], new.target);
  }
  ReadableStream.prototype = S.ReadableStream.prototype;

  function WritableStream(sink, queuing) {
    sink = options(sink, 'WritableStream', 'UnderlyingSink', 'start', 'write', 'abort', 'close');
    if (sink !== undefined && sink.type !== undefined) {
      const { start, write, abort, close } = sink;
      sink = { start: start?.bind(sink), write: write?.bind(sink), abort: abort?.bind(sink), close: close?.bind(sink) };
    }
    return construct(S.WritableStream, [sink ?? {}, strategy(queuing, 'WritableStream', 2)], new.target);
  }
  WritableStream.prototype = S.WritableStream.prototype;

  function TransformStream(transformer, writing, reading) {
    transformer = options(transformer, 'TransformStream', 'Transformer', 'start', 'transform', 'flush', 'cancel');
    for (const name of ['readableType', 'writableType']) {
      if (transformer?.[name] !== undefined) throw new TypeError(`transformer.${name} must be undefined.`);
    }
    return construct(S.TransformStream, [transformer ?? {}, strategy(writing, 'TransformStream', 2), strategy(reading, 'TransformStream', 3)], new.target);
  }
  TransformStream.prototype = S.TransformStream.prototype;

  function ReadableStreamDefaultReader(stream) {
    if (!isReadable(stream)) throw wrongType(1, 'ReadableStream', 'ReadableStreamDefaultReader');
    return construct(S.ReadableStreamDefaultReader, [stream], new.target);
  }
  ReadableStreamDefaultReader.prototype = S.ReadableStreamDefaultReader.prototype;

  function ReadableStreamBYOBReader(stream) {
    if (!isReadable(stream)) throw wrongType(1, 'ReadableStream', 'ReadableStreamBYOBReader');
    return construct(S.ReadableStreamBYOBReader, [stream], new.target);
  }
  ReadableStreamBYOBReader.prototype = S.ReadableStreamBYOBReader.prototype;

  function WritableStreamDefaultWriter(stream) {
    if (!isWritable(stream)) throw wrongType(1, 'WritableStream', 'WritableStreamDefaultWriter');
    return construct(S.WritableStreamDefaultWriter, [stream], new.target);
  }
  WritableStreamDefaultWriter.prototype = S.WritableStreamDefaultWriter.prototype;

  const queuing = (cls, name) => {
    const f = function (init) {
      if (!isObject(init)) throw wrongType(1, 'QueuingStrategyInit', name);
      return construct(cls, [{ highWaterMark: init.highWaterMark === undefined ? undefined : size(init.highWaterMark) }], new.target);
    };
    f.prototype = cls.prototype;
    return f;
  };

  // replace puts a method in front of the one that a prototype has.
  function replace(prototype, name, make) {
    const { value, ...rest } = getOwnPropertyDescriptor(prototype, name);
    const method = make(value);
    defineProperty(method, 'name', { value: name });
    defineProperty(prototype, name, { ...rest, value: method });
  }

  const readable = S.ReadableStream.prototype;
  replace(readable, 'tee', (tee) => function () {
    if (!isReadable(this)) throw illegal();
    if (locked(this)) throw lockedError(',');
    this[$disturbed] = true;
    return tee.call(this);
  });
  replace(readable, 'getReader', (getReader) => function (init) {
    if (!isReadable(this)) throw illegal();
    const mode = init?.mode;
    if (mode !== undefined && String(mode) !== 'byob') throw new TypeError("mode must be undefined or 'byob' in call to getReader().");
    return getReader.call(this, mode === undefined ? undefined : { mode: 'byob' });
  });
  replace(readable, 'pipeThrough', (pipeThrough) => function (transform, init) {
    if (!isReadable(this)) throw illegal();
    if (!isObject(transform)) throw wrongType(1, 'Transform', 'ReadableStream', 'pipeThrough');
    if (!isReadable(transform.readable)) throw wrongField('readable', 'Transform', 'ReadableStream');
    if (!isWritable(transform.writable)) throw wrongField('writable', 'Transform', 'WritableStream');
    return pipeThrough.call(this, transform, init ?? undefined);
  });
  replace(readable, 'pipeTo', (pipeTo) => function (destination, init) {
    return pipeTo.call(this, destination, init ?? undefined);
  });
  replace(S.ReadableByteStreamController.prototype, 'enqueue', (enqueue) => function (chunk) {
    return enqueue.call(this, chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : chunk);
  });
  replace(S.WritableStreamDefaultWriter.prototype, 'close', (close) => function () {
    const stream = this?.[$ownerWritableStream];
    if (stream?.[$state] === 'errored') return Promise.reject(stream[$storedError]);
    return close.call(this);
  });
  replace(S.ReadableStreamBYOBReader.prototype, 'read', (read) => function (view, init) {
    if (!isBYOBReader(this)) throw illegal();
    if (!ArrayBuffer.isView(view)) return Promise.reject(wrongType(1, 'ArrayBufferView', 'ReadableStreamBYOBReader', 'read'));
    const min = init?.min;
    if (min === undefined) return read.call(this, view);
    const n = Number(min);
    if (!(n > 0)) return Promise.reject(new TypeError(`Requested invalid minimum number of bytes to read (${n}).`));
    if (n > view.byteLength) return Promise.reject(new TypeError(`Minimum bytes to read (${n}) exceeds size of buffer (${view.byteLength}).`));
    return read.call(this, view, { min: n });
  });
  S.ReadableStreamBYOBReader.prototype.readAtLeast = function readAtLeast(min, view) {
    if (!isBYOBReader(this)) throw illegal();
    return this.read(view, { min });
  };
  delete S.WritableStreamDefaultController.prototype.abortReason;
  defineProperty(S.ReadableStreamBYOBRequest.prototype, 'atLeast', {
    get() {
      if (!isObject(this) || !($view in this)) throw illegal();
      const into = this[$associatedReadableByteStreamController]?.[$pendingPullIntos].peek();
      return into === undefined ? undefined : Math.max(into.minimumFill - into.bytesFilled, 1);
    },
    enumerable: true, configurable: true,
  });

  function from(iterable) {
    if (!isObject(iterable) && typeof iterable !== 'string') throw wrongType(1, 'AsyncGenerator', 'ReadableStream', 'from');
    if (iterable?.[Symbol.asyncIterator] === undefined && iterable?.[Symbol.iterator] === undefined) throw wrongType(1, 'AsyncGenerator', 'ReadableStream', 'from');
    return S.ReadableStream.from(iterable);
  }
  ReadableStream.from = from;

  // bytesOf gives the bytes of a buffer or view, or undefined.
  function bytesOf(v) {
    if (v instanceof Uint8Array) return v;
    if (ArrayBuffer.isView(v)) return new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
    if (v instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && v instanceof SharedArrayBuffer)) return new Uint8Array(v);
    return undefined;
  }

  const pairs = new WeakMap(); // of transform streams that are not the standard's
  for (const side of ['readable', 'writable']) {
    const { get } = getOwnPropertyDescriptor(S.TransformStream.prototype, side);
    const getter = function () {
      const pair = isObject(this) ? pairs.get(this) : undefined;
      return pair === undefined ? get.call(this) : pair[side];
    };
    defineProperty(getter, 'name', { value: 'get ' + side });
    defineProperty(S.TransformStream.prototype, side, { get: getter, enumerable: true, configurable: true });
  }

  const subclass = (f, parent) => {
    f.prototype = Object.create(parent.prototype);
    defineProperty(f.prototype, 'constructor', { value: f, writable: true, configurable: true });
    return f;
  };
  const instance = (target, pair) => {
    const o = Object.create(target.prototype);
    pairs.set(o, pair);
    return o;
  };

  const notBytes = () => new TypeError('This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.');

  // identity makes a pipe for bytes without a buffer: a write is over when it
  // was read. expected is how many bytes must come through, if that is known.
  function identity(expected) {
    let pull, write, closed = false, broken, left = expected, controller;
    const flow = () => {
      if (pull === undefined) return;
      if (write !== undefined) {
        const { bytes, resolve } = write, pulled = pull;
        const { byobRequest } = controller;
        if (byobRequest !== null && byobRequest.view.byteLength < bytes.byteLength) {
          const { view } = byobRequest;
          write.bytes = bytes.subarray(view.byteLength);
          new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(bytes.subarray(0, view.byteLength));
          pull = undefined;
          byobRequest.respond(view.byteLength);
          pulled();
          return;
        }
        pull = write = undefined;
        controller.enqueue(bytes.slice());
        pulled();
        resolve();
      } else if (closed) {
        const pulled = pull;
        pull = undefined;
        controller.close();
        controller.byobRequest?.respond(0);
        pulled();
      }
    };
    const fail = (e) => {
      broken = { e };
      controller.error(e);
      write?.reject(e);
      write = undefined;
      pull?.();
    };
    const readable = new S.ReadableStream({
      type: 'bytes',
      start(c) { controller = c; },
      pull() { return new Promise((resolve) => { pull = resolve; flow(); }); },
      cancel(reason) {
        broken = { e: reason };
        write?.reject(reason);
        write = undefined;
      },
    }, { highWaterMark: 0 });
    const writable = new S.WritableStream({
      write(chunk) {
        if (broken !== undefined) throw broken.e;
        const bytes = typeof chunk === 'string' ? native.encode(chunk) : bytesOf(chunk);
        if (bytes === undefined) throw notBytes();
        if (left !== undefined && bytes.byteLength > left) return fail(new TypeError('Attempt to write too many bytes through a FixedLengthStream.'));
        if (left !== undefined) left -= bytes.byteLength;
        if (bytes.byteLength === 0) return undefined;
        return new Promise((resolve, reject) => { write = { bytes, resolve, reject }; flow(); });
      },
      close() {
        if (left > 0) return fail(new TypeError('FixedLengthStream did not see all expected bytes before close().'));
        closed = true;
        flow();
        return undefined;
      },
      abort(reason) {
        controller.error(reason);
        pull?.();
      },
    });
    if (expected !== undefined) lengths.set(readable, expected);
    return { readable, writable };
  }

  const lengths = new WeakMap(); // of streams that know how long they are

  const IdentityTransformStream = subclass(function IdentityTransformStream() {
    return instance(new.target, identity());
  }, S.TransformStream);

  const FixedLengthStream = subclass(function FixedLengthStream(length) {
    if (arguments.length === 0) throw wrongType(1, 'bigint', 'FixedLengthStream');
    return instance(new.target, identity(size(length)));
  }, IdentityTransformStream);

  // transform makes a pair that passes what step and flush enqueue.
  const transform = (step, flush) => new S.TransformStream({ transform: step, flush }, {}, { highWaterMark: 0 });

  const coder = (name, start, step) => subclass(function (format) {
    if (arguments.length === 0) throw wrongType(1, 'string', name);
    format = String(format);
    if (!['deflate', 'deflate-raw', 'gzip'].includes(format)) throw new TypeError("The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.");
    const state = start(format);
    const run = (bytes, controller) => {
      const out = step(state, bytes);
      if (out !== undefined) controller.enqueue(out);
    };
    const pair = transform((chunk, controller) => {
      const bytes = bytesOf(chunk);
      if (bytes === undefined) throw notBytes();
      run(bytes, controller);
    }, (controller) => run(undefined, controller));
    return instance(new.target, { readable: pair.readable, writable: pair.writable });
  }, S.TransformStream);
  const CompressionStream = coder('CompressionStream', native.compressor, native.compress);
  const DecompressionStream = coder('DecompressionStream', native.decompressor, native.decompress);

  // Streams over a source: bytes that are there, or a reader of Go. As long as
  // nobody has touched such a stream, whoever takes it as a body takes the source.
  const sources = new WeakMap();

  function fromBytes(bytes) {
    const stream = new S.ReadableStream({
      type: 'bytes',
      pull(c) {
        sources.delete(stream);
        if (bytes.byteLength > 0) c.enqueue(bytes.slice());
        c.close();
        c.byobRequest?.respond(0);
      },
    }, { highWaterMark: 0 });
    sources.set(stream, { bytes });
    return stream;
  }

  function fromReader(reader, length) {
    const stream = new S.ReadableStream({
      type: 'bytes',
      pull(c) {
        sources.delete(stream);
        const { byobRequest } = c;
        return native.read(reader, byobRequest === null ? 0 : byobRequest.view.byteLength).then((chunk) => {
          if (chunk === undefined) {
            c.close();
            c.byobRequest?.respond(0);
          } else {
            c.enqueue(chunk);
          }
        });
      },
      cancel() {
        sources.delete(stream);
        native.cancel(reader);
      },
    }, { highWaterMark: 0 });
    sources.set(stream, { reader });
    if (length !== undefined) lengths.set(stream, length);
    return stream;
  }

  // take locks a stream for good and gives its source, if it still has one.
  function take(stream) {
    const source = sources.get(stream);
    if (source === undefined || locked(stream) || stream[$disturbed]) return undefined;
    sources.delete(stream);
    new S.ReadableStreamDefaultReader(stream);
    stream[$disturbed] = true;
    return source;
  }

  const disturbed = (stream) => stream[$disturbed];

  // end makes a stream look as after it was read through.
  function end(stream) {
    sources.delete(stream);
    if (!locked(stream)) new S.ReadableStreamDefaultReader(stream);
    stream[$disturbed] = true;
  }

  // collect reads a stream to its end, and gives its bytes.
  async function collect(stream) {
    const reader = new S.ReadableStreamDefaultReader(stream);
    const chunks = [];
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const bytes = bytesOf(value);
      if (bytes === undefined) {
        const e = new TypeError('This ReadableStream did not return bytes.');
        reader.cancel(e).catch(() => {});
        throw e;
      }
      chunks.push(bytes);
      length += bytes.byteLength;
    }
    if (chunks.length === 1) return chunks[0];
    const all = new Uint8Array(length);
    let at = 0;
    for (const bytes of chunks) {
      all.set(bytes, at);
      at += bytes.byteLength;
    }
    return all;
  }

  // next reads one chunk for Go: its bytes, or undefined at the end.
  async function next(reader) {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      const bytes = typeof value === 'string' ? native.encode(value) : bytesOf(value);
      if (bytes === undefined) {
        const e = new TypeError('This ReadableStream did not return bytes.');
        reader.cancel(e).catch(() => {});
        throw e;
      }
      if (bytes.byteLength > 0) return bytes;
    }
  }

  return {
    ReadableStream: platform(ReadableStream, { name: 'ReadableStream' }),
    ReadableStreamDefaultReader: platform(ReadableStreamDefaultReader, { name: 'ReadableStreamDefaultReader' }),
    ReadableStreamBYOBReader: platform(ReadableStreamBYOBReader, { name: 'ReadableStreamBYOBReader' }),
    ReadableStreamDefaultController: platform(S.ReadableStreamDefaultController, { name: 'ReadableStreamDefaultController', illegalConstructor: true }),
    ReadableByteStreamController: platform(S.ReadableByteStreamController, { name: 'ReadableByteStreamController', illegalConstructor: true }),
    ReadableStreamBYOBRequest: platform(S.ReadableStreamBYOBRequest, { name: 'ReadableStreamBYOBRequest', illegalConstructor: true }),
    WritableStream: platform(WritableStream, { name: 'WritableStream' }),
    WritableStreamDefaultWriter: platform(WritableStreamDefaultWriter, { name: 'WritableStreamDefaultWriter' }),
    WritableStreamDefaultController: platform(S.WritableStreamDefaultController, { name: 'WritableStreamDefaultController', illegalConstructor: true }),
    TransformStream: platform(TransformStream, { name: 'TransformStream' }),
    TransformStreamDefaultController: platform(S.TransformStreamDefaultController, { name: 'TransformStreamDefaultController', illegalConstructor: true }),
    ByteLengthQueuingStrategy: platform(queuing(S.ByteLengthQueuingStrategy, 'ByteLengthQueuingStrategy'), { name: 'ByteLengthQueuingStrategy' }),
    CountQueuingStrategy: platform(queuing(S.CountQueuingStrategy, 'CountQueuingStrategy'), { name: 'CountQueuingStrategy' }),
    IdentityTransformStream: platform(IdentityTransformStream, { name: 'IdentityTransformStream' }),
    FixedLengthStream: platform(FixedLengthStream, { name: 'FixedLengthStream' }),
    CompressionStream: platform(CompressionStream, { name: 'CompressionStream' }),
    DecompressionStream: platform(DecompressionStream, { name: 'DecompressionStream' }),
    // For other units and Go.
    isReadable, isWritable, locked, lockedError, disturbed, lengths, bytesOf, fromBytes, fromReader, take, end, collect, next,
    reader: (stream) => new S.ReadableStreamDefaultReader(stream),
    cancel: (reader, reason) => { reader.cancel(reason).catch(() => {}); },
    tee: (stream) => S.ReadableStream.prototype.tee.call(stream),
    identity,
  };
})
