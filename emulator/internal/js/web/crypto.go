package web

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var cryptoUnit = unit{
	name:    "crypto",
	globals: []string{"crypto", "Crypto", "SubtleCrypto", "CryptoKey"},
	natives: func(p *Platform, n *natives) {
		n.add("isBuffer", 1, isBuffer)
		n.add("copy", 1, func(c *quickjs.Call) (quickjs.Value, error) { return buffer(c)(c.Arg(0).Bytes()) })
		p.textNatives(n)
		n.add("random", 1, p.fillRandom)
		n.add("uuid", 0, p.randomUUID)
		n.add("digest", 2, digest)
		n.add("hash", 1, newHash)
		n.add("hmac", 3, hmacOf)
		n.add("equal", 2, equalBytes)
		n.add("pbkdf2", 5, pbkdf2Key)
		n.add("hkdf", 5, hkdfKey)
		n.add("base64", 1, fromBase64URL)
		n.add("base64url", 1, toBase64URL)
		cipherNatives(n)
		p.keyNatives(n)
		p.signNatives(n)
	},
}

// hashes by their names in Web Crypto.
var hashes = map[string]func() hash.Hash{
	"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
}

// buffer makes an ArrayBuffer of a result.
func buffer(c *quickjs.Call) func(b []byte, err error) (quickjs.Value, error) {
	return func(b []byte, err error) (quickjs.Value, error) {
		if err != nil {
			return quickjs.Value{}, err
		}
		return c.Isolate.ArrayBuffer(b)
	}
}

// bytesOf copies those arguments, from the first on, that hold bytes.
func bytesOf(c *quickjs.Call, args ...int) ([][]byte, error) {
	out := make([][]byte, len(args))
	for k, n := range args {
		b, err := c.Arg(n).Bytes()
		if err != nil {
			return nil, err
		}
		out[k] = b
	}
	return out, nil
}

func integer(c *quickjs.Call, n int) int {
	f, _ := c.Arg(n).Float()
	if !(f >= 0 && f <= 1<<31) {
		return 0
	}
	return int(f)
}

// fillRandom(view) fills a view; the global scope has no randomness.
func (p *Platform) fillRandom(c *quickjs.Call) (quickjs.Value, error) {
	if _, err := p.current(); err != nil {
		return quickjs.Value{}, err
	}
	return quickjs.Value{}, c.Arg(0).WithBytes(p.random)
}

// random fills b.
func (p *Platform) random(b []byte) {
	if p.Options.Random != nil {
		p.Options.Random(b)
	}
}

// Read fills b with the owner's random bytes; it is the source for what asks for
// one.
func (r randomness) Read(b []byte) (int, error) {
	r.p.random(b)
	return len(b), nil
}

type randomness struct{ p *Platform }

func (p *Platform) randomUUID(c *quickjs.Call) (quickjs.Value, error) {
	if _, err := p.current(); err != nil {
		return quickjs.Value{}, err
	}
	var b [16]byte
	p.random(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return c.Isolate.String(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}

// digest(name, bytes) hashes without a copy.
func digest(c *quickjs.Call) (quickjs.Value, error) {
	h := hashes[c.Arg(0).String()]()
	if err := c.Arg(1).WithBytes(func(b []byte) { h.Write(b) }); err != nil {
		return quickjs.Value{}, err
	}
	return c.Isolate.ArrayBuffer(h.Sum(nil))
}

// newHash(name) gives a function that hashes more bytes, and without any gives
// the digest.
func newHash(c *quickjs.Call) (quickjs.Value, error) {
	h := hashes[c.Arg(0).String()]()
	return c.Isolate.Function("hash", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		if c.Arg(0).IsUndefined() {
			return c.Isolate.ArrayBuffer(h.Sum(nil))
		}
		return quickjs.Value{}, c.Arg(0).WithBytes(func(b []byte) { h.Write(b) })
	})
}

// hmacOf(hash, key, data).
func hmacOf(c *quickjs.Call) (quickjs.Value, error) {
	key, err := c.Arg(1).Bytes()
	if err != nil {
		return quickjs.Value{}, err
	}
	mac := hmac.New(hashes[c.Arg(0).String()], key)
	if err := c.Arg(2).WithBytes(func(b []byte) { mac.Write(b) }); err != nil {
		return quickjs.Value{}, err
	}
	return c.Isolate.ArrayBuffer(mac.Sum(nil))
}

func equalBytes(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 0, 1)
	if err != nil {
		return quickjs.Value{}, err
	}
	return c.Isolate.Bool(bytes.Equal(b[0], b[1])), nil
}

// pbkdf2Key(hash, password, salt, iterations, length).
func pbkdf2Key(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 1, 2)
	if err != nil {
		return quickjs.Value{}, err
	}
	if integer(c, 4) == 0 {
		return c.Isolate.ArrayBuffer(nil)
	}
	return buffer(c)(pbkdf2.Key(hashes[c.Arg(0).String()], string(b[0]), b[1], max(1, integer(c, 3)), integer(c, 4)))
}

// hkdfKey(hash, secret, salt, info, length); undefined if that is too long.
func hkdfKey(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 1, 2, 3)
	if err != nil {
		return quickjs.Value{}, err
	}
	key, err := hkdf.Key(hashes[c.Arg(0).String()], b[0], b[1], string(b[2]), integer(c, 4))
	if err != nil {
		return quickjs.Value{}, nil
	}
	return c.Isolate.ArrayBuffer(key)
}

func fromBase64URL(c *quickjs.Call) (quickjs.Value, error) {
	b, err := base64.RawURLEncoding.DecodeString(c.Arg(0).String())
	if err != nil {
		return quickjs.Value{}, nil
	}
	return c.Isolate.ArrayBuffer(b)
}

func toBase64URL(c *quickjs.Call) (quickjs.Value, error) {
	b, err := c.Arg(0).Bytes()
	if err != nil {
		return quickjs.Value{}, err
	}
	return c.Isolate.String(base64.RawURLEncoding.EncodeToString(b))
}
