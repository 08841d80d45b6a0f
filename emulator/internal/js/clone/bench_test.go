package clone_test

import (
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
)

func BenchmarkClone(b *testing.B) {
	for name, js := range map[string]string{
		"number":  "42",
		"small":   "({id: 7, name: 'ada', ok: true})",
		"nested":  "({users: Array.from({length: 20}, (_, i) => ({id: i, name: 'user ' + i, tags: ['a', 'b']}))})",
		"numbers": "Array.from({length: 1000}, (_, i) => i)",
		"text64k": "'x'.repeat(65536)",
		"bytes1m": "new Uint8Array(1 << 20)",
		"map":     "new Map(Array.from({length: 100}, (_, i) => [i, 'v' + i]))",
	} {
		iso := open(b)
		v := eval(b, iso, js)
		data, err := clone.Marshal(v, clone.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run("value="+name+"/way=out", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := clone.Marshal(v, clone.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("value="+name+"/way=in", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				scope := iso.OpenScope()
				if _, err := clone.Unmarshal(iso, data, clone.Options{}); err != nil {
					b.Fatal(err)
				}
				scope.Close()
			}
		})
	}
}
