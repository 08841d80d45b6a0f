package web

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"math/big"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// cipherNatives are AES in its modes. They give undefined for what cannot be
// decrypted.
func cipherNatives(n *natives) {
	n.add("gcm", 6, aesGCM)
	n.add("cbc", 4, aesCBC)
	n.add("ctr", 4, aesCTR)
	n.add("kw", 3, aesKW)
}

func output(c *quickjs.Call, b []byte, ok bool) (quickjs.Value, error) {
	if !ok {
		return quickjs.Value{}, nil
	}
	return c.Isolate.ArrayBuffer(b)
}

// aesGCM(encrypt, key, iv, additional, tagBits, data).
func aesGCM(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 1, 2, 3, 5)
	if err != nil {
		return quickjs.Value{}, err
	}
	key, iv, additional, data := b[0], b[1], b[2], b[3]
	block, err := aes.NewCipher(key)
	if err != nil || len(iv) == 0 {
		return quickjs.Value{}, nil
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(iv))
	if err != nil {
		return quickjs.Value{}, err
	}
	tag := integer(c, 4) / 8
	if c.Arg(0).Truthy() {
		sealed := gcm.Seal(nil, iv, data, additional)
		return c.Isolate.ArrayBuffer(sealed[:len(data)+tag])
	}
	// Encrypting again is decrypting, whatever the length of the tag.
	text, got := data[:len(data)-tag], data[len(data)-tag:]
	plain := gcm.Seal(nil, iv, text, nil)[:len(text)]
	want := gcm.Seal(nil, iv, plain, additional)[len(text):]
	return output(c, plain, subtle.ConstantTimeCompare(got, want[:tag]) == 1)
}

// aesCBC(encrypt, key, iv, data) with the padding of PKCS #7.
func aesCBC(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 1, 2, 3)
	if err != nil {
		return quickjs.Value{}, err
	}
	key, iv, data := b[0], b[1], b[2]
	block, err := aes.NewCipher(key)
	if err != nil {
		return quickjs.Value{}, nil
	}
	if c.Arg(0).Truthy() {
		pad := aes.BlockSize - len(data)%aes.BlockSize
		data = append(data, bytes.Repeat([]byte{byte(pad)}, pad)...)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
		return c.Isolate.ArrayBuffer(data)
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return quickjs.Value{}, nil
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > aes.BlockSize || !bytes.Equal(data[len(data)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return quickjs.Value{}, nil
	}
	return c.Isolate.ArrayBuffer(data[:len(data)-pad])
}

// aesCTR(key, counter, bits, data): the last bits of the counter count, and must
// not come round to where they began.
func aesCTR(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 0, 1, 3)
	if err != nil {
		return quickjs.Value{}, err
	}
	key, counter, data := b[0], b[1], b[2]
	block, err := aes.NewCipher(key)
	if err != nil {
		return quickjs.Value{}, nil
	}
	round := new(big.Int).Lsh(big.NewInt(1), uint(integer(c, 2)))
	blocks := int64(len(data)+aes.BlockSize-1) / aes.BlockSize
	if round.IsInt64() && blocks > round.Int64() {
		return quickjs.Value{}, nil
	}
	start := new(big.Int).SetBytes(counter)
	low := new(big.Int).Mod(start, round)
	left := new(big.Int).Sub(round, low) // blocks until the count begins anew
	first := len(data)
	if left.IsInt64() && left.Int64() < blocks {
		first = int(left.Int64()) * aes.BlockSize
	}
	cipher.NewCTR(block, counter).XORKeyStream(data[:first], data[:first])
	if first < len(data) {
		new(big.Int).Sub(start, low).FillBytes(counter)
		cipher.NewCTR(block, counter).XORKeyStream(data[first:], data[first:])
	}
	return c.Isolate.ArrayBuffer(data)
}

// aesKW(wrap, key, data) is the key wrapping of RFC 3394.
func aesKW(c *quickjs.Call) (quickjs.Value, error) {
	b, err := bytesOf(c, 1, 2)
	if err != nil {
		return quickjs.Value{}, err
	}
	block, err := aes.NewCipher(b[0])
	if err != nil || len(b[1])%8 != 0 || len(b[1]) < 16 {
		return quickjs.Value{}, nil
	}
	if c.Arg(0).Truthy() {
		return c.Isolate.ArrayBuffer(wrap(block, b[1]))
	}
	out, ok := unwrap(block, b[1])
	return output(c, out, ok)
}

// wrapMark is what a wrapped key begins with, RFC 3394 section 2.2.3.
const wrapMark = 0xA6A6A6A6A6A6A6A6

func wrap(block cipher.Block, key []byte) []byte {
	out := append(make([]byte, 8), key...)
	a := uint64(wrapMark)
	var buf [16]byte
	n := len(key) / 8
	for t := range 6 * n {
		r := out[8*(t%n+1):][:8]
		binary.BigEndian.PutUint64(buf[:], a)
		copy(buf[8:], r)
		block.Encrypt(buf[:], buf[:])
		a = binary.BigEndian.Uint64(buf[:]) ^ uint64(t+1)
		copy(r, buf[8:])
	}
	binary.BigEndian.PutUint64(out, a)
	return out
}

func unwrap(block cipher.Block, wrapped []byte) (key []byte, ok bool) {
	key = append([]byte(nil), wrapped[8:]...)
	a := binary.BigEndian.Uint64(wrapped)
	var buf [16]byte
	n := len(key) / 8
	for t := 6*n - 1; t >= 0; t-- {
		r := key[8*(t%n):][:8]
		binary.BigEndian.PutUint64(buf[:], a^uint64(t+1))
		copy(buf[8:], r)
		block.Decrypt(buf[:], buf[:])
		a = binary.BigEndian.Uint64(buf[:])
		copy(r, buf[8:])
	}
	return key, a == wrapMark
}
