package web

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// pair is what stands for a key that is not secret: the private part, if it is
// known, and the public one, as crypto/x509 gives them. Keys for ECDH are those
// of package ecdsa until they are used.
type pair struct{ private, public any }

func (p *Platform) keyNatives(n *natives) {
	n.add("generate", 4, p.generatePair)
	n.add("importKey", 4, p.importPair)
	n.add("exportKey", 2, p.exportPair)
	n.add("exportJwk", 2, exportJWK)
}

var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

// refuse is an error that JavaScript sees as a DOMException.
func (p *Platform) refuse(name, format string, args ...any) error {
	v, err := p.domException(fmt.Sprintf(format, args...), name)
	if err != nil {
		return err
	}
	return v.Throw()
}

// generatePair(algorithm, curve, bits, exponent). Private keys come from the
// owner's random bytes, but those of RSA, whose making in package rsa takes none.
func (p *Platform) generatePair(c *quickjs.Call) (quickjs.Value, error) {
	if _, err := p.current(); err != nil {
		return quickjs.Value{}, err
	}
	var key pair
	seed := make([]byte, 32)
	switch c.Arg(0).String() {
	case "ECDSA", "ECDH":
		private, err := p.generateEC(curves[c.Arg(1).String()])
		if err != nil {
			return quickjs.Value{}, err
		}
		key = pair{private, &private.PublicKey}
	case "Ed25519":
		p.random(seed)
		private := ed25519.NewKeyFromSeed(seed)
		key = pair{private, private.Public()}
	case "X25519":
		p.random(seed)
		private, err := ecdh.X25519().NewPrivateKey(seed)
		if err != nil {
			return quickjs.Value{}, err
		}
		key = pair{private, private.PublicKey()}
	default:
		exponent, err := c.Arg(3).Bytes()
		if err != nil {
			return quickjs.Value{}, err
		}
		bits := integer(c, 2)
		if e := new(big.Int).SetBytes(exponent); !e.IsInt64() || e.Int64() != 65537 {
			return quickjs.Value{}, p.refuse("OperationError", "The publicExponent must be 65537, which dormouse can make keys with.")
		}
		if bits < 256 || bits > 16384 || bits%128 != 0 {
			return quickjs.Value{}, p.refuse("OperationError", "The modulus length must be a multiple of 128 bits between 256 and 16k, but %d requested.", bits)
		}
		private, err := rsa.GenerateKey(randomness{p}, bits)
		if err != nil {
			return quickjs.Value{}, p.refuse("OperationError", "%v", err)
		}
		key = pair{private, &private.PublicKey}
	}
	return c.Isolate.Host(c.Isolate.Null(), &key, nil)
}

// generateEC takes a number of random bits for a private key. One that is none,
// because it is 0 or too big, is changed where it is certain to become one.
func (p *Platform) generateEC(curve elliptic.Curve) (*ecdsa.PrivateKey, error) {
	size := curve.Params().BitSize
	raw := make([]byte, (size+7)/8)
	p.random(raw)
	top := uint(size-1) % 8
	raw[0] &= 1<<(top+1) - 1
	private, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		raw[0] &^= 1 << top
		raw[len(raw)-1] |= 1
		private, err = ecdsa.ParseRawPrivateKey(curve, raw)
	}
	return private, err
}

// importPair(algorithm, format, data, curve) gives whether the key is private or
// public, what stands for it, and of a key of RSA its length and exponent.
func (p *Platform) importPair(c *quickjs.Call) (quickjs.Value, error) {
	name, format, curve := c.Arg(0).String(), c.Arg(1).String(), c.Arg(3).String()
	var key pair
	var err error
	if format == "jwk" {
		var j jwk
		if j, err = readJWK(c.Arg(2)); err == nil {
			key, err = j.pair(name, curve)
		}
	} else {
		var data []byte
		if data, err = c.Arg(2).Bytes(); err == nil {
			key, err = parsePair(name, format, curve, data)
		}
	}
	if err == nil {
		err = key.fits(name, curve)
	}
	if err != nil {
		return quickjs.Value{}, p.refuse("DataError", "Invalid %s key data: %v.", name, err)
	}
	kind := "public"
	if key.private != nil {
		kind = "private"
	}
	host, err := c.Isolate.Host(c.Isolate.Null(), &key, nil)
	if err != nil {
		return host, err
	}
	text, err := c.Isolate.String(kind)
	if err != nil {
		return text, err
	}
	result := []quickjs.Value{text, host}
	if public, ok := key.public.(*rsa.PublicKey); ok {
		exponent, err := c.Isolate.ArrayBuffer(big.NewInt(int64(public.E)).Bytes())
		if err != nil {
			return exponent, err
		}
		result = append(result, c.Isolate.Number(float64(public.N.BitLen())), exponent)
	}
	return c.Isolate.Array(result...)
}

// fits reports a key that is of another algorithm or curve.
func (k pair) fits(name, curve string) error {
	ok := false
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		ok = len(name) > 3 && name[:3] == "RSA"
	case *ecdsa.PublicKey:
		ok = (name == "ECDSA" || name == "ECDH") && public.Curve == curves[curve]
	case ed25519.PublicKey:
		ok = name == "Ed25519"
	case *ecdh.PublicKey:
		ok = name == "X25519" && public.Curve() == ecdh.X25519()
	}
	if !ok {
		return errors.New("it is a key of another algorithm or curve")
	}
	return nil
}

func parsePair(name, format, curve string, data []byte) (pair, error) {
	switch format {
	case "spki":
		public, err := x509.ParsePKIXPublicKey(data)
		return pair{nil, public}, err
	case "pkcs8":
		private, err := x509.ParsePKCS8PrivateKey(data)
		return ofPrivate(private), err
	}
	switch name {
	case "ECDSA", "ECDH":
		public, err := ecdsa.ParseUncompressedPublicKey(curves[curve], data)
		return pair{nil, public}, err
	case "Ed25519":
		if len(data) != ed25519.PublicKeySize {
			return pair{}, fmt.Errorf("%d bytes, want %d", len(data), ed25519.PublicKeySize)
		}
		return pair{nil, ed25519.PublicKey(data)}, nil
	}
	public, err := ecdh.X25519().NewPublicKey(data)
	return pair{nil, public}, err
}

func ofPrivate(private any) pair {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return pair{k, &k.PublicKey}
	case *ecdsa.PrivateKey:
		return pair{k, &k.PublicKey}
	case ed25519.PrivateKey:
		return pair{k, k.Public()}
	case *ecdh.PrivateKey:
		return pair{k, k.PublicKey()}
	}
	return pair{}
}

// exportPair(key, format) as spki, pkcs8 or raw.
func (p *Platform) exportPair(c *quickjs.Call) (quickjs.Value, error) {
	key := keyOf(c, 0)
	switch c.Arg(1).String() {
	case "pkcs8":
		return buffer(c)(x509.MarshalPKCS8PrivateKey(key.private))
	case "spki":
		return buffer(c)(x509.MarshalPKIXPublicKey(key.public))
	}
	switch public := key.public.(type) {
	case *ecdsa.PublicKey:
		return buffer(c)(public.Bytes())
	case ed25519.PublicKey:
		return c.Isolate.ArrayBuffer(public)
	case *ecdh.PublicKey:
		return c.Isolate.ArrayBuffer(public.Bytes())
	}
	return quickjs.Value{}, p.refuse("NotSupportedError", "Unrecognized key export format \"raw\".")
}

func keyOf(c *quickjs.Call, n int) *pair {
	v, _ := c.Arg(n).Host()
	k, ok := v.(*pair)
	if !ok {
		return &pair{}
	}
	return k
}

// jwk has the members of a JSON Web Key that are numbers or texts.
type jwk map[string]string

func readJWK(v quickjs.Value) (jwk, error) {
	j := jwk{}
	err := v.Own(func(name string, value quickjs.Value) error {
		text, err := value.Text()
		j[name] = text
		return err
	})
	return j, err
}

func (j jwk) bytes(name string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(j[name])
	if err != nil {
		return nil
	}
	return b
}

func (j jwk) number(name string) *big.Int { return new(big.Int).SetBytes(j.bytes(name)) }

func (j jwk) pair(name, curve string) (pair, error) {
	if j["kty"] == "RSA" {
		return j.rsa()
	}
	if j["kty"] == "EC" {
		if j["crv"] != curve {
			return pair{}, fmt.Errorf("its curve is %q, want %q", j["crv"], curve)
		}
		c := curves[curve]
		size := (c.Params().BitSize + 7) / 8
		x, y := j.bytes("x"), j.bytes("y")
		if len(x) > size || len(y) > size {
			return pair{}, errors.New("its coordinates are too long")
		}
		point := make([]byte, 1+2*size)
		point[0] = 4
		copy(point[1+size-len(x):], x)
		copy(point[1+2*size-len(y):], y)
		public, err := ecdsa.ParseUncompressedPublicKey(c, point)
		if err != nil || j["d"] == "" {
			return pair{nil, public}, err
		}
		d := make([]byte, size)
		if len(j.bytes("d")) > size {
			return pair{}, errors.New("its private part is too long")
		}
		copy(d[size-len(j.bytes("d")):], j.bytes("d"))
		private, err := ecdsa.ParseRawPrivateKey(c, d)
		if err == nil && !private.PublicKey.Equal(public) {
			err = errors.New("its parts do not belong together")
		}
		return pair{private, public}, err
	}
	if j["crv"] != name {
		return pair{}, fmt.Errorf("its curve is %q, want %q", j["crv"], name)
	}
	key, err := parsePair(name, "raw", "", j.bytes("x"))
	if err != nil || j["d"] == "" {
		return key, err
	}
	d := j.bytes("d")
	if len(d) != 32 {
		return key, fmt.Errorf("its private part has %d bytes, want 32", len(d))
	}
	if name == "Ed25519" {
		return ofPrivate(ed25519.NewKeyFromSeed(d)), nil
	}
	private, err := ecdh.X25519().NewPrivateKey(d)
	if err != nil {
		return key, err
	}
	return ofPrivate(private), nil
}

func (j jwk) rsa() (pair, error) {
	e := j.number("e")
	if !e.IsInt64() || e.Int64() > 1<<31-1 {
		return pair{}, errors.New("its exponent is too big")
	}
	public := rsa.PublicKey{N: j.number("n"), E: int(e.Int64())}
	if public.N.Sign() == 0 || public.E < 3 {
		return pair{}, errors.New("it has no modulus or exponent")
	}
	if j["d"] == "" {
		return pair{nil, &public}, nil
	}
	private := &rsa.PrivateKey{PublicKey: public, D: j.number("d"), Primes: []*big.Int{j.number("p"), j.number("q")}}
	if err := private.Validate(); err != nil {
		return pair{}, err
	}
	private.Precompute()
	return pair{private, &private.PublicKey}, nil
}

// exportJWK(key, private) gives the members that are particular to its type.
func exportJWK(c *quickjs.Call) (quickjs.Value, error) {
	key, private := keyOf(c, 0), c.Arg(1).Truthy()
	j := map[string][]byte{}
	crv := ""
	switch public := key.public.(type) {
	case *rsa.PublicKey:
		j["n"], j["e"] = public.N.Bytes(), big.NewInt(int64(public.E)).Bytes()
		if k, ok := key.private.(*rsa.PrivateKey); ok && private && len(k.Primes) == 2 {
			j["d"], j["p"], j["q"] = k.D.Bytes(), k.Primes[0].Bytes(), k.Primes[1].Bytes()
			j["dp"], j["dq"], j["qi"] = k.Precomputed.Dp.Bytes(), k.Precomputed.Dq.Bytes(), k.Precomputed.Qinv.Bytes()
		}
	case *ecdsa.PublicKey:
		crv = public.Curve.Params().Name
		point, err := public.Bytes()
		if err != nil {
			return quickjs.Value{}, err
		}
		size := (len(point) - 1) / 2
		j["x"], j["y"] = point[1:1+size], point[1+size:]
		if k, ok := key.private.(*ecdsa.PrivateKey); ok && private {
			if j["d"], err = k.Bytes(); err != nil {
				return quickjs.Value{}, err
			}
		}
	case ed25519.PublicKey:
		crv, j["x"] = "Ed25519", public
		if k, ok := key.private.(ed25519.PrivateKey); ok && private {
			j["d"] = k.Seed()
		}
	case *ecdh.PublicKey:
		crv, j["x"] = "X25519", public.Bytes()
		if k, ok := key.private.(*ecdh.PrivateKey); ok && private {
			j["d"] = k.Bytes()
		}
	}
	o, err := c.Isolate.Object()
	if err != nil {
		return o, err
	}
	set := func(name, text string) error {
		v, err := c.Isolate.String(text)
		if err != nil {
			return err
		}
		return o.Set(name, v)
	}
	for name, b := range j {
		if err := set(name, base64.RawURLEncoding.EncodeToString(b)); err != nil {
			return o, err
		}
	}
	if crv != "" {
		err = set("crv", crv)
	}
	return o, err
}
