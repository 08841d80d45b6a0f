package web_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// counting fills with 1, 2, 3 …
func counting() func(p []byte) {
	n := byte(0)
	return func(p []byte) {
		for k := range p {
			n++
			p[k] = n
		}
	}
}

// TestRandomnessIsTheOwners: what is random repeats with the owner's source.
func TestRandomnessIsTheOwners(t *testing.T) {
	const source = `(async () => {
		const hex = (b) => [...new Uint8Array(b)].map((x) => x.toString(16).padStart(2, '0')).join('');
		const key = async (alg, usages, format) => hex(await crypto.subtle.exportKey(format, (await crypto.subtle.generateKey(alg, true, usages)).privateKey ?? await crypto.subtle.generateKey(alg, true, usages)));
		const uuid = crypto.randomUUID();
		const ec = await crypto.subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign']);
		return [uuid, hex(crypto.getRandomValues(new Uint8Array(4)).buffer), await key({name: 'AES-GCM', length: 128}, ['encrypt'], 'raw'),
			(await crypto.subtle.exportKey('jwk', ec.privateKey)).d, hex(await crypto.subtle.sign({name: 'ECDSA', hash: 'SHA-256'}, ec.privateKey, new Uint8Array(1))),
			await key('Ed25519', ['sign'], 'pkcs8'), await key('X25519', ['deriveBits'], 'pkcs8')].join('\n')
	})()`
	var runs [2]string
	for n := range runs {
		l := newLoop(t, echo{})
		l.platform.Options.Random = counting()
		err := l.Await(l.ctx, func() (quickjs.Value, error) { return l.iso.Eval(source, "case.js") }, func(v quickjs.Value) error {
			runs[n] = v.String()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if want := "01020304-0506-4708-890a-0b0c0d0e0f10"; runs[0][:len(want)] != want {
		t.Errorf("got %s, want %s", runs[0][:len(want)], want)
	}
}

// TestRefusedInGlobalScope: outside of events there are no timers and no randomness, but
// code may be made of strings.
func TestRefusedInGlobalScope(t *testing.T) {
	const refused = "Error: Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, and " +
		"generating random values are not allowed within global scope. To fix this error, perform this operation within a handler. " +
		"https://developers.cloudflare.com/workers/runtime-apis/handlers/"
	for source, want := range map[string]string{
		"setTimeout(() => {}, 1)":                         refused,
		"setInterval(() => {}, 1)":                        refused,
		"clearTimeout(1)":                                 refused,
		"crypto.getRandomValues(new Uint8Array(2))":       refused,
		"crypto.randomUUID()":                             refused,
		"performance.now()":                               "0",
		"performance.timeOrigin":                          "0",
		"eval('1+1')":                                     "2",
		"new Function('return 5')()":                      "5",
		"queueMicrotask(() => {})":                        "undefined",
		"JSON.stringify(structuredClone({a: 1}))":         `{"a":1}`,
		"crypto.subtle.digest('SHA-1', new Uint8Array())": "[object Promise]",
		"Object.prototype.toString.call(scheduler.wait(1).catch(() => {}))": "[object Promise]",
	} {
		l := newLoop(t, echo{})
		got := must(l.iso.Eval("(() => { try { return String("+source+") } catch (e) { return String(e) } })()", "case.js"))(t).String()
		if got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
}

func BenchmarkConsole(b *testing.B) {
	for name, source := range map[string]string{"text": "console.log('request', 'GET', '/')", "object": "console.log('request', {method: 'GET', path: '/', n: 1})"} {
		b.Run("args="+name, func(b *testing.B) {
			l := newLoop(b, echo{})
			fn := must(l.iso.Eval("() => { "+source+" }", "bench.js"))(b)
			for b.Loop() {
				scope := l.iso.OpenScope()
				must(fn.Call(quickjs.Value{}))(b)
				scope.Close()
			}
		})
	}
}

// BenchmarkPlatform is what the parts cost that projects use, by the size of what
// they work on.
func BenchmarkPlatform(b *testing.B) {
	for name, source := range map[string]string{
		"encode/size=1k":   "const s = 'x'.repeat(1024), e = new TextEncoder; () => e.encode(s)",
		"encode/size=1m":   "const s = 'x'.repeat(1 << 20), e = new TextEncoder; () => e.encode(s)",
		"decode/size=1m":   "const u = new Uint8Array(1 << 20).fill(65), d = new TextDecoder; () => d.decode(u)",
		"atob/size=1m":     "const s = btoa('x'.repeat(786432)); () => atob(s)",
		"btoa/size=1m":     "const s = 'x'.repeat(1 << 20); () => btoa(s)",
		"uuid":             "() => crypto.randomUUID()",
		"digest/size=1m":   "const u = new Uint8Array(1 << 20); () => crypto.subtle.digest('SHA-256', u)",
		"clone/size=small": "const o = {id: 7, name: 'ada', ok: true}; () => structuredClone(o)",
		"stack":            "() => new Error('m').stack",
		"throw":            "() => { try { throw new Error('m') } catch {} }",
	} {
		b.Run("part="+name, func(b *testing.B) {
			l := newLoop(b, echo{})
			fn := must(l.iso.Eval("(() => { "+source[:lastStatement(source)]+"return "+source[lastStatement(source):]+" })()", "bench.js"))(b)
			l.inside = true
			for b.Loop() {
				scope := l.iso.OpenScope()
				must(fn.Call(quickjs.Value{}))(b)
				scope.Close()
			}
			l.inside = false
		})
	}
}

func lastStatement(source string) int {
	at := 0
	for n := range len(source) - 5 {
		if source[n:n+5] == "() =>" {
			at = n
			break
		}
	}
	return at
}
