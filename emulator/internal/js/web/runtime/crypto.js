// crypto: what the arguments mean, who may use which key, and the keys; the
// algorithms are in Go.
(function (native, use) {
  'use strict';
  const { wrongType, isObject, platform } = use('core');
  const { DOMException } = use('events').internal;
  const refuse = (name, message) => new DOMException(message, name);
  const isBytes = (v) => ArrayBuffer.isView(v) || native.isBuffer(v);

  const hashes = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024, MD5: 512 }; // block sizes in bits
  // hashOf is the name of a hash algorithm, given as a text or an object.
  function hashOf(algorithm) {
    const name = `${isObject(algorithm) ? algorithm.name : algorithm}`.toUpperCase();
    if (!Object.hasOwn(hashes, name)) throw refuse('NotSupportedError', 'Unrecognized or unimplemented digest algorithm requested.');
    return name;
  }
  const field = (algorithm, name) => {
    if (algorithm[name] === undefined) throw new TypeError(`Missing field "${name}" in "algorithm".`);
    return algorithm[name];
  };
  const bytesField = (algorithm, name) => {
    const v = field(algorithm, name);
    if (!isBytes(v)) throw new TypeError(`Incorrect type for the '${name}' field on 'Algorithm': the provided value is not of type 'JsBufferSource'.`);
    return v;
  };

  const canonical = {};
  for (const name of ['HMAC', 'AES-GCM', 'AES-CBC', 'AES-CTR', 'AES-KW', 'PBKDF2', 'HKDF', 'ECDSA', 'ECDH', 'RSASSA-PKCS1-v1_5', 'RSA-PSS', 'RSA-OAEP', 'Ed25519', 'X25519']) {
    canonical[name.toUpperCase()] = name;
  }
  canonical['NODE-ED25519'] = 'Ed25519';

  // normal gives an algorithm as an object with its own name, which is undefined
  // for an unknown one.
  function normal(algorithm) {
    const object = isObject(algorithm) ? algorithm : { name: `${algorithm}` };
    return { object, given: `${object.name}`, name: canonical[`${object.name}`.toUpperCase()] };
  }

  // What each algorithm's keys may be used for: [public or secret, private].
  const aes = [['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']];
  const signatures = [['verify'], ['sign']];
  const agreement = [[], ['deriveKey', 'deriveBits']];
  const uses = {
    HMAC: [['sign', 'verify']], 'AES-GCM': aes, 'AES-CBC': aes, 'AES-CTR': aes, 'AES-KW': [['wrapKey', 'unwrapKey']],
    PBKDF2: [['deriveKey', 'deriveBits']], HKDF: [['deriveKey', 'deriveBits']],
    ECDSA: signatures, 'RSASSA-PKCS1-v1_5': signatures, 'RSA-PSS': signatures, Ed25519: signatures,
    'RSA-OAEP': [['encrypt', 'wrapKey'], ['decrypt', 'unwrapKey']], ECDH: agreement, X25519: agreement,
  };
  const isSecret = (name) => uses[name].length === 1;
  const order = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];

  let stateOf;
  class CryptoKey {
    #s;
    static {
      stateOf = (v) => (isObject(v) && #s in v ? v.#s : undefined);
    }
    // data is the bytes of a secret key, or what stands for another in Go.
    constructor(type, algorithm, extractable, usages, data) {
      this.#s = { data, usages, algorithm, type, extractable };
      this.usages = order.filter((u) => usages.includes(u));
      this.algorithm = algorithm;
      this.extractable = extractable;
      this.type = type;
    }
  }

  // checkUsages refuses usages that a key of that type cannot have.
  function checkUsages(name, type, usages, what, shown = `${type} `) {
    const allowed = type === 'private' ? uses[name][1] : uses[name][0];
    for (const u of usages) {
      if (!allowed.includes(u)) throw refuse('SyntaxError', `Attempt to ${what} ${shown}${name} key with invalid usage "${u}".`);
    }
    if (usages.length === 0 && type !== 'public') throw refuse('SyntaxError', 'Secret/private CryptoKeys must have at least one usage.');
  }

  // usable gives the state of a key, or refuses to use it so.
  function usable(key, { name, given }, usage) {
    const s = stateOf(key);
    if (s.algorithm.name !== name) throw refuse('InvalidAccessError', `Requested algorithm "${given}" does not match this CryptoKey's algorithm "${s.algorithm.name}".`);
    if (!s.usages.includes(usage)) throw refuse('InvalidAccessError', `Requested key usage "${usage}" does not match any usage listed in this CryptoKey.`);
    return s;
  }

  const curves = { 'P-256': 256, 'P-384': 384, 'P-521': 521 };
  function curveOf(algorithm) {
    const curve = field(algorithm, 'namedCurve');
    if (!Object.hasOwn(curves, curve)) throw refuse('NotSupportedError', `Unrecognized or unimplemented EC curve "${curve}" requested.`);
    return curve;
  }
  const hashed = (name) => name === 'HMAC' || name.startsWith('RSA');

  // jwk gives a JSON Web Key the members that the runtime gives all of them.
  const members = ['kty', 'use', 'key_ops', 'alg', 'ext', 'crv', 'x', 'y', 'd', 'n', 'e', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
  function jwk(values) {
    const out = {};
    for (const m of members) out[m] = values[m];
    return out;
  }
  const bits = { 'SHA-1': '1', 'SHA-256': '256', 'SHA-384': '384', 'SHA-512': '512' };
  function algOf({ name, hash, length }) {
    switch (name) {
      case 'HMAC': return `HS${bits[hash.name]}`;
      case 'RSASSA-PKCS1-v1_5': return `RS${bits[hash.name]}`;
      case 'RSA-PSS': return `PS${bits[hash.name]}`;
      case 'RSA-OAEP': return hash.name === 'SHA-1' ? 'RSA-OAEP' : `RSA-OAEP-${bits[hash.name]}`;
      case 'Ed25519': return 'EdDSA';
      case 'ECDSA': case 'ECDH': case 'X25519': return undefined;
      default: return `A${length}${name.slice(4)}`;
    }
  }
  const ktyOf = (name) => (isSecret(name) ? 'oct' : name.startsWith('RSA') ? 'RSA' : name.startsWith('EC') ? 'EC' : 'OKP');

  function importJwk(name, data, expected) {
    const kty = ktyOf(name);
    if (data.kty !== kty) {
      throw refuse('DataError', `${name} "jwk" key import requires a JSON Web Key with Key Type parameter ("kty") equal to "${kty}" (encountered "${data.kty}").`);
    }
    if (data.alg !== undefined && expected !== undefined && data.alg !== expected) {
      const what = hashed(name) ? 'the hash name' : 'the algorithm';
      throw refuse('DataError', `${name} "jwk" key import specifies "alg" that is incompatible with ${what} (encountered "${data.alg}", expected "${expected}").`);
    }
    const texts = {};
    for (const m of members) if (typeof data[m] === 'string') texts[m] = data[m];
    return texts;
  }

  function importSecret(format, data, { name, object }, extractable, usages) {
    let raw;
    const algorithm = { name };
    if (name === 'HMAC') algorithm.hash = { name: hashOf(field(object, 'hash')) };
    if (format === 'jwk') {
      raw = native.base64(importJwk(name, data, name === 'HMAC' ? algOf(algorithm) : undefined).k ?? '');
      if (raw === undefined) throw refuse('DataError', `${name} "jwk" key import has a "k" that is no base64url.`);
    } else if (format === 'raw') {
      raw = native.copy(data);
    } else {
      throw refuse('NotSupportedError', `Unrecognized key import format "${format}".`);
    }
    const size = raw.byteLength * 8;
    if (name === 'HMAC') {
      algorithm.length = object.length === undefined ? size : Number(object.length);
      if (algorithm.length === 0 || algorithm.length > size || algorithm.length <= size - 8) {
        throw refuse('DataError', `Imported HMAC key length (${algorithm.length}) must be a non-zero value up to 7 bits less than, and no greater than, the bit length of the raw key data (${size}).`);
      }
    } else if (name.startsWith('AES')) {
      if (![128, 192, 256].includes(size)) throw refuse('DataError', `Imported AES key length must be 128, 192, or 256 bits but provided ${size}.`);
      algorithm.length = size;
    } else if (extractable) {
      throw refuse('SyntaxError', `${name} key cannot be extractable.`);
    }
    checkUsages(name, 'secret', usages, 'import');
    return new CryptoKey('secret', algorithm, extractable, usages, raw);
  }

  function importPair(format, data, { name, object }, extractable, usages) {
    const algorithm = { name };
    if (name.startsWith('EC')) algorithm.namedCurve = curveOf(object);
    if (hashed(name)) algorithm.hash = { name: hashOf(field(object, 'hash')) };
    if (!['jwk', 'raw', 'spki', 'pkcs8'].includes(format) || format === 'raw' && name.startsWith('RSA')) {
      throw refuse('NotSupportedError', `Unrecognized key import format "${format}".`);
    }
    const source = format === 'jwk' ? importJwk(name, data, algOf(algorithm)) : data;
    const [type, key, modulusLength, publicExponent] = native.importKey(name, format, source, algorithm.namedCurve ?? '');
    if (modulusLength !== undefined) {
      const { hash } = algorithm;
      delete algorithm.hash;
      Object.assign(algorithm, { modulusLength, publicExponent: new Uint8Array(publicExponent), hash });
    }
    checkUsages(name, type, usages, 'import');
    return new CryptoKey(type, algorithm, type === 'public' ? true && extractable : extractable, usages, key);
  }

  function importKey(format, data, algorithm, extractable, usages) {
    const a = normal(algorithm);
    if (a.name === undefined) throw refuse('NotSupportedError', `Unrecognized key import algorithm "${a.given}" requested.`);
    return (isSecret(a.name) ? importSecret : importPair)(format, data, a, Boolean(extractable), usages);
  }

  function exportKey(format, key) {
    const { algorithm, type, extractable, data, usages } = stateOf(key);
    const { name } = algorithm;
    if (!extractable) throw refuse('InvalidAccessError', `Attempt to export non-extractable ${name} key.`);
    const wrong = () => refuse('NotSupportedError', `Unrecognized key export format "${format}".`);
    const head = { kty: ktyOf(name), key_ops: key.usages, alg: algOf(algorithm), ext: true };
    if (type === 'secret') {
      if (format === 'raw') return native.copy(data);
      if (format === 'jwk') return jwk({ ...head, k: native.base64url(data) });
      throw wrong();
    }
    if (format === 'jwk') return jwk({ ...head, ...native.exportJwk(data, type === 'private') });
    if (format === 'pkcs8' ? type !== 'private' : type !== 'public' || (format !== 'spki' && format !== 'raw')) {
      if (['raw', 'spki', 'pkcs8'].includes(format)) throw refuse('InvalidAccessError', `Cannot export ${type} ${name} key as "${format}".`);
      throw wrong();
    }
    return native.exportKey(data, format);
  }

  function generateKey(algorithm, extractable, usages) {
    const { object, given, name } = normal(algorithm);
    if (name === undefined || name === 'PBKDF2' || name === 'HKDF') throw refuse('NotSupportedError', `Unrecognized key generation algorithm "${given}" requested.`);
    if (isSecret(name)) return generateSecret(name, object, extractable, usages);
    const result = { name };
    if (name.startsWith('EC')) result.namedCurve = curveOf(object);
    const all = [...uses[name][0], ...uses[name][1]];
    for (const u of usages) if (!all.includes(u)) throw refuse('SyntaxError', `Attempt to generate ${name} key with invalid usage "${u}".`);
    const own = (n) => usages.filter((u) => uses[name][n].includes(u));
    if (own(1).length === 0) throw refuse('SyntaxError', 'Attempt to generate asymmetric keys with no valid private key usages.');
    if (name.startsWith('RSA')) {
      result.modulusLength = Number(field(object, 'modulusLength'));
      result.publicExponent = new Uint8Array(native.copy(bytesField(object, 'publicExponent')));
      result.hash = { name: hashOf(field(object, 'hash')) };
    }
    const key = native.generate(name, result.namedCurve ?? '', result.modulusLength ?? 0, result.publicExponent ?? new Uint8Array(0));
    return {
      publicKey: new CryptoKey('public', result, true, own(0), key),
      privateKey: new CryptoKey('private', result, extractable, own(1), key),
    };
  }
  function generateSecret(name, object, extractable, usages) {
    const algorithm = { name };
    if (name === 'HMAC') {
      algorithm.hash = { name: hashOf(field(object, 'hash')) };
      algorithm.length = object.length === undefined ? hashes[algorithm.hash.name] : Number(object.length);
      if (!(algorithm.length > 0)) throw refuse('OperationError', 'Generated HMAC key length must be positive.');
    } else {
      algorithm.length = Number(field(object, 'length'));
      if (![128, 192, 256].includes(algorithm.length)) throw refuse('OperationError', `Generated AES key length must be 128, 192, or 256 bits but requested ${algorithm.length}.`);
    }
    checkUsages(name, 'secret', usages, 'generate', '');
    const raw = new Uint8Array(Math.ceil(algorithm.length / 8));
    native.random(raw);
    return new CryptoKey('secret', algorithm, extractable, usages, raw.buffer);
  }

  function sign(algorithm, key, data) {
    const a = normal(algorithm);
    const s = usable(key, a, 'sign');
    if (a.name === 'HMAC') return native.hmac(s.algorithm.hash.name, s.data, data);
    return native.sign(a.name, s.data, signHash(a, s), Number(a.object.saltLength ?? 0), data);
  }
  function verify(algorithm, key, signature, data) {
    const a = normal(algorithm);
    const s = usable(key, a, 'verify');
    if (a.name === 'HMAC') {
      const mac = native.hmac(s.algorithm.hash.name, s.data, data);
      return mac.byteLength === signature.byteLength && native.equal(mac, signature);
    }
    return native.verify(a.name, s.data, signHash(a, s), Number(a.object.saltLength ?? 0), signature, data);
  }
  const signHash = (a, s) => (a.name === 'ECDSA' ? hashOf(field(a.object, 'hash')) : s.algorithm.hash?.name ?? '');

  // cipher encrypts or decrypts; usage says which, and for whom.
  function cipher(algorithm, key, data, usage) {
    const a = normal(algorithm);
    const s = usable(key, a, usage);
    const encrypt = usage === 'encrypt' || usage === 'wrapKey';
    const { object } = a;
    const failed = (input, output) => refuse('OperationError',
      'Decryption failed. This could be due to a ciphertext authentication failure, bad padding, incorrect CryptoKey, or another ' +
      `algorithm-specific reason. Input length was ${input}, output length expected to be ${output} for ${a.name}`);
    switch (a.name) {
      case 'AES-GCM': {
        const iv = bytesField(object, 'iv');
        const tag = object.tagLength === undefined ? 128 : Number(object.tagLength);
        if (![32, 64, 96, 104, 112, 120, 128].includes(tag)) throw refuse('OperationError', `Invalid AES-GCM tag length ${tag}.`);
        if (!encrypt && data.byteLength * 8 < tag) {
          throw refuse('OperationError', `Ciphertext length of ${data.byteLength * 8} bits must be greater than or equal to the size of the AES-GCM tag length of ${tag} bits.`);
        }
        const length = data.byteLength - tag / 8;
        const out = native.gcm(encrypt, s.data, iv, object.additionalData ?? new Uint8Array(0), tag, data);
        if (out === undefined) throw failed(length, length);
        return out;
      }
      case 'AES-CBC': {
        const iv = bytesField(object, 'iv');
        if (iv.byteLength !== 16) throw refuse('OperationError', `AES-CBC IV must be 16 bytes long (provided ${iv.byteLength} bytes).`);
        const out = native.cbc(encrypt, s.data, iv, data);
        if (out === undefined) throw failed(data.byteLength, 0);
        return out;
      }
      case 'AES-CTR': {
        const counter = bytesField(object, 'counter');
        const length = Number(field(object, 'length'));
        if (counter.byteLength !== 16) throw refuse('OperationError', `AES-CTR counter must be 16 bytes long (provided ${counter.byteLength} bytes).`);
        if (!(length >= 1 && length <= 128)) throw refuse('OperationError', 'AES-CTR counter length must be between 1 and 128 bits.');
        const out = native.ctr(s.data, counter, length, data);
        if (out === undefined) throw refuse('OperationError', 'AES-CTR counter would wrap around.');
        return out;
      }
      case 'AES-KW': {
        const out = native.kw(encrypt, s.data, data);
        if (out === undefined) throw failed(data.byteLength, data.byteLength - 8);
        return out;
      }
      case 'RSA-OAEP': {
        const out = native.oaep(encrypt, s.data, s.algorithm.hash.name, object.label ?? new Uint8Array(0), data);
        if (out === undefined) throw refuse('OperationError', 'RSA-OAEP failed encrypt/decrypt.');
        return out;
      }
      default:
        throw refuse('NotSupportedError', `The ${usage} operation is not implemented for "${a.name}".`);
    }
  }

  function deriveBits(algorithm, key, length, usage) {
    const a = normal(algorithm);
    const s = usable(key, a, usage);
    const { object, name } = a;
    switch (name) {
      case 'PBKDF2': {
        const salt = bytesField(object, 'salt'), iterations = Number(field(object, 'iterations')), hash = hashOf(field(object, 'hash'));
        if (length === undefined || length === null || length % 8 !== 0) {
          throw refuse('OperationError', `PBKDF2 requires a derived key length that is a multiple of eight (requested ${length}).`);
        }
        if (!(iterations > 0)) throw refuse('OperationError', `PBKDF2 requires a positive iteration count (requested ${iterations}).`);
        return native.pbkdf2(hash, s.data, salt, iterations, length / 8);
      }
      case 'HKDF': {
        const salt = bytesField(object, 'salt'), info = bytesField(object, 'info'), hash = hashOf(field(object, 'hash'));
        if (length === undefined || length === null || length === 0 || length % 8 !== 0) {
          throw refuse('OperationError', `HKDF requires a derived key length that is a non-zero multiple of eight (requested ${length}).`);
        }
        const out = native.hkdf(hash, s.data, salt, info, length / 8);
        if (out === undefined) throw refuse('OperationError', 'HKDF deriveBits failed.');
        return out;
      }
      case 'ECDH': case 'X25519': {
        const other = stateOf(field(object, 'public'));
        if (other === undefined || other.algorithm.name !== name || other.type !== 'public' || other.algorithm.namedCurve !== s.algorithm.namedCurve) {
          throw refuse('InvalidAccessError', `The provided "public" key does not fit this ${name} key.`);
        }
        const secret = native.agree(s.data, other.data);
        if (length === undefined || length === null || length === secret.byteLength * 8) return secret;
        if (length > secret.byteLength * 8) throw refuse('OperationError', `Derived key length (${length} bits) is too long (should be at most ${secret.byteLength * 8} bits).`);
        return secret.slice(0, Math.ceil(length / 8));
      }
      default:
        throw refuse('NotSupportedError', `The deriveBits operation is not implemented for "${name}".`);
    }
  }
  function deriveKey(algorithm, key, target, extractable, usages) {
    const { object, name } = normal(target);
    if (name === undefined) throw refuse('NotSupportedError', `Unrecognized derived key type "${object.name}" requested.`);
    const length = name === 'HMAC' ? object.length ?? hashes[hashOf(field(object, 'hash'))]
      : name.startsWith('AES') ? field(object, 'length') : algorithmLength(normal(algorithm).name);
    return importKey('raw', deriveBits(algorithm, key, length, 'deriveKey'), target, extractable, usages);
  }
  const algorithmLength = (name) => (name === 'ECDH' || name === 'X25519' ? undefined : 256);

  function wrapKey(format, key, wrappingKey, algorithm) {
    const exported = exportKey(format, key);
    const data = format === 'jwk' ? native.encode(JSON.stringify(exported)) : exported;
    return cipher(algorithm, wrappingKey, data, 'wrapKey');
  }
  function unwrapKey(format, wrapped, unwrappingKey, algorithm, keyAlgorithm, extractable, usages) {
    const data = cipher(algorithm, unwrappingKey, wrapped, 'unwrapKey');
    return importKey(format, format === 'jwk' ? JSON.parse(native.decode(data)) : data, keyAlgorithm, extractable, usages);
  }

  // Arguments, by the names that errors give their types.
  const checks = {
    string: (v) => v !== undefined,
    CryptoKey: (v) => stateOf(v) !== undefined,
    JsBufferSource: isBytes,
    'JsBufferSource or JsonWebKey': (v) => isObject(v),
    boolean: () => true,
    Array: (v) => isObject(v) && typeof v[Symbol.iterator] === 'function',
    'number?': () => true,
  };
  const isAlgorithm = (v) => v !== undefined;
  function check(method, types, args) {
    types.forEach((type, n) => {
      const ok = (checks[type] ?? isAlgorithm)(args[n]);
      if (!ok) throw wrongType(n + 1, type, 'SubtleCrypto', method);
    });
  }
  const alg = (kind) => `string or ${kind}`;
  // method makes one that checks its arguments and settles a promise.
  const method = (name, types, fn) => ({
    async [name](...args) {
      check(name, types, args);
      return fn(...args.map((v, n) => (types[n] === 'Array' ? [...v].map(String) : types[n] === 'string' ? `${v}` : v)));
    },
  })[name];

  class SubtleCrypto {
    async digest(...args) {
      if (args.length > 0 && args[0] === undefined) {
        throw new TypeError('Cannot initialize N7workerd3api12SubtleCrypto13HashAlgorithmE with required members from an undefined or null value.');
      }
      check('digest', [alg('HashAlgorithm'), 'JsBufferSource'], args);
      return native.digest(hashOf(args[0]), args[1]);
    }
    timingSafeEqual(...args) {
      check('timingSafeEqual', ['JsBufferSource', 'JsBufferSource'], args);
      if (args[0].byteLength !== args[1].byteLength) throw new TypeError('Input buffers must have the same byte length.');
      return native.equal(args[0], args[1]);
    }
  }
  const methods = [
    method('encrypt', [alg('EncryptAlgorithm'), 'CryptoKey', 'JsBufferSource'], (a, k, d) => cipher(a, k, d, 'encrypt')),
    method('decrypt', [alg('EncryptAlgorithm'), 'CryptoKey', 'JsBufferSource'], (a, k, d) => cipher(a, k, d, 'decrypt')),
    method('sign', [alg('SignAlgorithm'), 'CryptoKey', 'JsBufferSource'], sign),
    method('verify', [alg('SignAlgorithm'), 'CryptoKey', 'JsBufferSource', 'JsBufferSource'], verify),
    method('generateKey', [alg('GenerateKeyAlgorithm'), 'boolean', 'Array'], (a, e, u) => generateKey(a, Boolean(e), u)),
    method('deriveKey', [alg('DeriveKeyAlgorithm'), 'CryptoKey', alg('ImportKeyAlgorithm'), 'boolean', 'Array'], deriveKey),
    method('deriveBits', [alg('DeriveKeyAlgorithm'), 'CryptoKey', 'number?'], (a, k, n) => deriveBits(a, k, n, 'deriveBits')),
    method('importKey', ['string', 'JsBufferSource or JsonWebKey', alg('ImportKeyAlgorithm'), 'boolean', 'Array'], importKey),
    method('exportKey', ['string', 'CryptoKey'], exportKey),
    method('wrapKey', ['string', 'CryptoKey', 'CryptoKey', alg('EncryptAlgorithm')], wrapKey),
    method('unwrapKey', ['string', 'JsBufferSource', 'CryptoKey', alg('EncryptAlgorithm'), alg('ImportKeyAlgorithm'), 'boolean', 'Array'], unwrapKey),
  ];
  for (const m of methods) Object.defineProperty(SubtleCrypto.prototype, m.name, { value: m, writable: true, configurable: true });

  const integers = new Set([Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array].map((c) => c.name));
  const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
  let digestStream;
  class Crypto {
    get subtle() { return subtle; }
    getRandomValues(...args) {
      const [view] = args;
      if (!ArrayBuffer.isView(view)) throw wrongType(1, 'JsArrayBufferView', 'Crypto', 'getRandomValues');
      if (!integers.has(Reflect.apply(tag, view, []))) throw refuse('TypeMismatchError', 'ArrayBufferView argument to getRandomValues() must be an integer-typed view.');
      if (view.byteLength > 65536) throw refuse('QuotaExceededError', `getRandomValues() only accepts buffers of size <= 64K but provided ${view.byteLength} bytes.`);
      native.random(view);
      return view;
    }
    randomUUID() { return native.uuid(); }
    get DigestStream() { return digestStream ??= makeDigestStream(); }
  }

  // DigestStream is made when it is first asked for, since streams are many.
  function makeDigestStream() {
    const { WritableStream } = use('streams');
    class DigestStream extends WritableStream {
      #digest;
      #written;
      constructor(algorithm) {
        if (algorithm === undefined) throw wrongType(1, alg('HashAlgorithm'), 'DigestStream');
        const hash = native.hash(hashOf(algorithm));
        const state = { written: 0n };
        let resolve, reject;
        const digest = new Promise((a, b) => { [resolve, reject] = [a, b]; });
        digest.catch(() => {});
        super({
          write(chunk) {
            if (typeof chunk === 'string') chunk = native.encode(chunk);
            if (!isBytes(chunk)) {
              const e = new TypeError('DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/string type on its writable side.');
              reject(e);
              throw e;
            }
            state.written += BigInt(chunk.byteLength);
            hash(chunk);
          },
          close() { resolve(hash()); },
          abort(reason) { reject(reason); },
        });
        this.#digest = digest;
        this.#written = state;
      }
      get digest() { return this.#digest; }
      get bytesWritten() { return this.#written.written; }
    }
    return platform(DigestStream);
  }

  const PublicCrypto = platform(Crypto, { illegalConstructor: true });
  const PublicSubtle = platform(SubtleCrypto, { illegalConstructor: true });
  const PublicKey = platform(CryptoKey, { illegalConstructor: true });
  const subtle = Object.create(PublicSubtle.prototype);
  const crypto = Object.create(PublicCrypto.prototype);
  return { crypto, Crypto: PublicCrypto, SubtleCrypto: PublicSubtle, CryptoKey: PublicKey };
})
