package web_test

import (
	"encoding/hex"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
)

// TestCloneHosts checks rule 5.36: objects of the platform are written as the real
// runtime writes them (recorded from its storage), and read.
func TestCloneHosts(t *testing.T) {
	tests := []struct{ name, js, hex, back string }{
		{"headers", "new Headers({a: 'b', 'content-type': 'x/y', accept: '*/*', 'x-custom': '1'})",
			"ff0f5c04030405032a2f2a1103782f7900016101620008782d637573746f6d0131", "[...v].join(';')"},
		{"cookies", "(() => { const h = new Headers; h.append('set-cookie', 'a=1'); h.append('set-cookie', 'b=2'); return h })()",
			"ff0f5c0403022903613d312903623d32", "v.getSetCookie()"},
		{"blob", "new Blob(['abc'], {type: 'text/plain'})", "ff0f5c0f0a746578742f706c61696e03616263", "[v.size, v.type]"},
		{"request", "new Request('http://x/p?q=1', {method: 'PUT', headers: {a: 'b'}})",
			"ff0f5c050e687474703a2f2f782f703f713d316f22066d6574686f642203505554220768656164657273" +
				"5c04030100016101622204626f647930220872656469726563745f2207666574636865725f220263665f22056361636865" +
				"5f2209696e746567726974795f22067369676e616c5f2212656e636f6465526573706f6e7365426f64795f7b0a", "[v.url, v.method, v.headers.get('a')]"},
		{"request with cf", "new Request('http://x/', {redirect: 'manual', cf: {a: 1}})",
			"ff0f5c0509687474703a2f2f782f6f22066d6574686f645f2207686561646572735c0403002204626f6479302208726564697265637422066d616e75616c" +
				"2207666574636865725f220263666f22016149027b01220563616368655f2209696e746567726974795f22067369676e616c5f2212656e636f6465526573706f6e7365426f64795f7b0a",
			"[v.url, v.redirect, v.cf.a]"},
		{"response", "new Response(null, {status: 204, headers: {a: 'b'}})",
			"ff0f5c06306f2206737461747573499803220a737461747573546578745f2207686561646572735c0403010001610162220263665f2209776562536f636b65745f220a656e636f6465426f64795f7b06",
			"[v.status, v.headers.get('a'), v.body]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLoop(t, echo{})
			o := l.platform.CloneOptions()
			v := must(l.iso.Eval(tt.js, "case.js"))(t)
			data, err := clone.Marshal(v, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(data); got != tt.hex {
				t.Errorf("written as\n%s, the runtime writes\n%s", got, tt.hex)
			}
			back, err := clone.Unmarshal(l.iso, data, o)
			if err != nil {
				t.Fatal(err)
			}
			show := must(l.iso.Eval("((v) => String("+tt.back+"))", "show.js"))(t)
			want := must(show.Call(l.iso.Undefined(), v))(t).String()
			if got := must(show.Call(l.iso.Undefined(), back))(t).String(); got != want {
				t.Errorf("read as %s, want %s", got, want)
			}
		})
	}
}

// FuzzReadHost: hostile data of the platform's objects is refused, never a panic.
func FuzzReadHost(f *testing.F) {
	for _, s := range []string{
		"ff0f5c04030405032a2f2a1103782f7900016101620008782d637573746f6d0131", "ff0f5c0f0a746578742f706c61696e03616263", "ff0f5c080141016d0141",
		"ff0f5c0501786f7b00", "ff0f5c06306f7b00", "ff0f41025c0403005e01240002",
	} {
		data, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLoop(t, echo{})
		o := l.platform.CloneOptions()
		v, err := clone.Unmarshal(l.iso, data, o)
		if err != nil {
			return
		}
		if _, err := l.platform.Inspect(v); err != nil {
			t.Logf("shown as %v", err)
		}
	})
}
