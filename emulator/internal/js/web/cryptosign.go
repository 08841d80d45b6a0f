package web

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"math/big"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func (p *Platform) signNatives(n *natives) {
	n.add("sign", 5, p.sign)
	n.add("verify", 6, verify)
	n.add("oaep", 5, p.oaep)
	n.add("agree", 2, p.agree)
}

var cryptoHashes = map[string]crypto.Hash{
	"MD5": crypto.MD5, "SHA-1": crypto.SHA1, "SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512,
}

// sum hashes the argument with the number n.
func sum(c *quickjs.Call, hash string, n int) ([]byte, error) {
	h := hashes[hash]()
	err := c.Arg(n).WithBytes(func(b []byte) { h.Write(b) })
	return h.Sum(nil), err
}

// sign(algorithm, key, hash, saltLength, data). Signatures of ECDSA are those of
// RFC 6979: they repeat.
func (p *Platform) sign(c *quickjs.Call) (quickjs.Value, error) {
	key, hash := keyOf(c, 1), c.Arg(2).String()
	if k, ok := key.private.(ed25519.PrivateKey); ok {
		data, err := c.Arg(4).Bytes()
		if err != nil {
			return quickjs.Value{}, err
		}
		return c.Isolate.ArrayBuffer(ed25519.Sign(k, data))
	}
	digest, err := sum(c, hash, 4)
	if err != nil {
		return quickjs.Value{}, err
	}
	var signature []byte
	switch k := key.private.(type) {
	case *ecdsa.PrivateKey:
		if signature, err = k.Sign(nil, digest, cryptoHashes[hash]); err == nil {
			signature, err = flat(signature, (k.Curve.Params().BitSize+7)/8)
		}
	case *rsa.PrivateKey:
		if c.Arg(0).String() == "RSA-PSS" {
			signature, err = rsa.SignPSS(randomness{p}, k, cryptoHashes[hash], digest, &rsa.PSSOptions{SaltLength: saltLength(integer(c, 3), k.Size())})
		} else {
			signature, err = rsa.SignPKCS1v15(nil, k, cryptoHashes[hash], digest)
		}
	}
	if err != nil {
		return quickjs.Value{}, p.refuse("OperationError", "Signing failed: %v.", err)
	}
	return c.Isolate.ArrayBuffer(signature)
}

// saltLength spells a length for package rsa, where 0 has another meaning. The
// package has none for an empty salt: its longest is tried, and fails.
func saltLength(n, size int) int {
	if n == 0 {
		return size
	}
	return n
}

// flat turns a signature of ECDSA into the two numbers side by side.
func flat(signature []byte, size int) ([]byte, error) {
	var n struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(signature, &n); err != nil {
		return nil, err
	}
	out := make([]byte, 2*size)
	n.R.FillBytes(out[:size])
	n.S.FillBytes(out[size:])
	return out, nil
}

// verify(algorithm, key, hash, saltLength, signature, data).
func verify(c *quickjs.Call) (quickjs.Value, error) {
	key, hash := keyOf(c, 1), c.Arg(2).String()
	signature, err := c.Arg(4).Bytes()
	if err != nil {
		return quickjs.Value{}, err
	}
	if k, ok := key.public.(ed25519.PublicKey); ok {
		data, err := c.Arg(5).Bytes()
		if err != nil {
			return quickjs.Value{}, err
		}
		return c.Isolate.Bool(ed25519.Verify(k, data, signature)), nil
	}
	digest, err := sum(c, hash, 5)
	if err != nil {
		return quickjs.Value{}, err
	}
	ok := false
	switch k := key.public.(type) {
	case *ecdsa.PublicKey:
		if size := (k.Curve.Params().BitSize + 7) / 8; len(signature) == 2*size {
			ok = ecdsa.Verify(k, digest, new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]))
		}
	case *rsa.PublicKey:
		if c.Arg(0).String() == "RSA-PSS" {
			err = rsa.VerifyPSS(k, cryptoHashes[hash], digest, signature, &rsa.PSSOptions{SaltLength: saltLength(integer(c, 3), k.Size())})
		} else {
			err = rsa.VerifyPKCS1v15(k, cryptoHashes[hash], digest, signature)
		}
		ok = err == nil
	}
	return c.Isolate.Bool(ok), nil
}

// oaep(encrypt, key, hash, label, data); undefined if it fails.
func (p *Platform) oaep(c *quickjs.Call) (quickjs.Value, error) {
	key, h := keyOf(c, 1), hashes[c.Arg(2).String()]()
	b, err := bytesOf(c, 3, 4)
	if err != nil {
		return quickjs.Value{}, err
	}
	var out []byte
	if c.Arg(0).Truthy() {
		public, ok := key.public.(*rsa.PublicKey)
		if !ok {
			return quickjs.Value{}, nil
		}
		out, err = rsa.EncryptOAEP(h, randomness{p}, public, b[1], b[0])
	} else {
		private, ok := key.private.(*rsa.PrivateKey)
		if !ok {
			return quickjs.Value{}, nil
		}
		out, err = rsa.DecryptOAEP(h, nil, private, b[1], b[0])
	}
	return output(c, out, err == nil)
}

// agree(private, public) is the secret of Diffie and Hellman.
func (p *Platform) agree(c *quickjs.Call) (quickjs.Value, error) {
	private, public := keyOf(c, 0).private, keyOf(c, 1).public
	var mine *ecdh.PrivateKey
	var theirs *ecdh.PublicKey
	var err error
	switch k := private.(type) {
	case *ecdh.PrivateKey:
		mine = k
	case *ecdsa.PrivateKey:
		mine, err = k.ECDH()
	}
	if err == nil {
		switch k := public.(type) {
		case *ecdh.PublicKey:
			theirs = k
		case *ecdsa.PublicKey:
			theirs, err = k.ECDH()
		}
	}
	if err == nil && mine != nil && theirs != nil {
		var secret []byte
		if secret, err = mine.ECDH(theirs); err == nil {
			return c.Isolate.ArrayBuffer(secret)
		}
	}
	return quickjs.Value{}, p.refuse("OperationError", "The keys do not agree on a secret.")
}
