package web_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// FuzzImportKey: data of keys is read or refused as a DataError, and what could be
// read can be used.
func FuzzImportKey(f *testing.F) {
	f.Add("spki", "ECDSA", []byte{48, 89, 48, 19, 6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 8, 42, 134, 72, 206, 61, 3, 1, 7, 3, 66, 0, 4, 48})
	f.Add("pkcs8", "Ed25519", []byte{48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32, 157, 97, 177, 157, 239, 253, 90, 96, 186, 132, 74, 244, 146, 236, 44, 196, 68, 73, 197, 105, 123, 50, 105, 25, 112, 59, 172, 3, 28, 174, 127, 96})
	f.Add("raw", "X25519", make([]byte, 32))
	f.Add("raw", "ECDH", append([]byte{4}, make([]byte, 64)...))
	f.Add("jwk", "RSASSA-PKCS1-v1_5", []byte(`{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQ","p":"Aw","q":"BQ"}`))
	f.Add("jwk", "ECDSA", []byte(`{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}`))
	f.Add("jwk", "Ed25519", []byte(`{"kty":"OKP","crv":"Ed25519","x":"AA"}`))
	f.Fuzz(func(t *testing.T, format, name string, data []byte) {
		l := newLoop(t, echo{})
		fn, err := l.iso.Eval(`(async (format, name, data) => {
			const usages = {sign: ['sign'], verify: ['verify'], none: [], derive: ['deriveBits']};
			const algorithm = {name, namedCurve: 'P-256', hash: 'SHA-256'};
			if (format === 'jwk') { try { data = JSON.parse(new TextDecoder().decode(data)) } catch { return 'no JSON' } }
			const seen = [];
			for (const u of Object.values(usages)) {
				try {
					const key = await crypto.subtle.importKey(format, data, algorithm, true, u);
					seen.push(key.type);
					if (u[0] === 'sign') await crypto.subtle.sign(algorithm, key, new Uint8Array(3)).catch((e) => seen.push(e.name));
					if (u[0] === 'verify') seen.push(await crypto.subtle.verify(algorithm, key, new Uint8Array(64), new Uint8Array(3)));
					await crypto.subtle.exportKey('jwk', key);
				} catch (e) { seen.push(e.name + ': ' + e.message); }
			}
			return seen.join();
		})`, "case.js")
		if err != nil {
			t.Fatal(err)
		}
		var result string
		err = l.Await(l.ctx, func() (quickjs.Value, error) {
			var args [3]quickjs.Value
			for n, s := range []string{format, name} {
				if args[n], err = l.iso.String(s); err != nil {
					return quickjs.Value{}, err
				}
			}
			if args[2], err = l.iso.Uint8Array(data); err != nil {
				return quickjs.Value{}, err
			}
			return fn.Call(quickjs.Value{}, args[:]...)
		}, func(v quickjs.Value) error {
			result = v.String()
			return nil
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if strings.Contains(result, "panic") || strings.Contains(result, "runtime error") {
			t.Error(result)
		}
	})
}

// TestLongHashes: hashing in pieces and at once agree.
func TestLongHashes(t *testing.T) {
	for _, size := range []int{0, 1, 64, 1000, 100000} {
		source := fmt.Sprintf(`(async () => {
			const data = new Uint8Array(%d).map((_, n) => n * 7);
			const stream = new crypto.DigestStream('SHA-512'), writer = stream.getWriter();
			for (let n = 0; n < data.length; n += 999) await writer.write(data.subarray(n, n + 999));
			await writer.close();
			const [a, b] = [new Uint8Array(await stream.digest), new Uint8Array(await crypto.subtle.digest('SHA-512', data))];
			return a.every((c, n) => c === b[n]) && a.length === 64 && stream.bytesWritten === BigInt(data.length);
		})()`, size)
		l := newLoop(t, echo{})
		err := l.Await(l.ctx, func() (quickjs.Value, error) { return l.iso.Eval(source, "case.js") }, func(v quickjs.Value) error {
			if !v.Truthy() {
				t.Errorf("%d bytes: got %v", size, v)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
