package emulator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

const rpcClass = `import { DurableObject, RpcTarget } from "cloudflare:workers";

class Target extends RpcTarget {
  n = 0;
  next() {
    return ++this.n;
  }
}

export class Counter extends DurableObject {
  ping() {}
  echo(user, text) {
    return user + text;
  }
  async relay(n) {
    const other = this.env.COUNTER.getByName("other");
    for (let i = 0; i < n; i++) await other.echo("ada", "hello");
  }
  async objects(n) {
    const other = this.env.COUNTER.getByName("other");
    for (let i = 0; i < n; i++) await other.same({ user: "ada", text: "hello" });
  }
  same(o) {
    return o;
  }
  target() {
    return new Target();
  }
  async pipelined(n) {
    const other = this.env.COUNTER.getByName("other");
    for (let i = 0; i < n; i++) await other.target().next();
  }
  async byReference(n) {
    const target = await this.env.COUNTER.getByName("other").target();
    for (let i = 0; i < n; i++) await target.next();
  }
}

export default { fetch() {} };
`

func newScriptBench(b testing.TB, source string) *emulator.Emulator {
	config := writeConfig(b)
	main := filepath.Join(filepath.Dir(config), "main.js")
	data, err := os.ReadFile(config)
	if err != nil {
		b.Fatal(err)
	}
	for path, text := range map[string]string{main: source, config: "main = \"main.js\"\n" + string(data)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	em, err := emulator.New(emulator.Worker{Config: config}, emulator.InMemory)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := em.Close(); err != nil {
			b.Error(err)
		}
	})
	return em
}

func BenchmarkScriptRPCFromOutside(b *testing.B) {
	stub := newScriptBench(b, rpcClass).Namespace("COUNTER").GetByName("a")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := durable.Call[string](b.Context(), stub, "echo", "ada", "hello"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScriptRPC is calls of one object by another: of a method with text,
// with objects, on a result that is on its way, and of a target.
func BenchmarkScriptRPC(b *testing.B) {
	for _, method := range []string{"relay", "objects", "pipelined", "byReference"} {
		b.Run("method="+method, func(b *testing.B) {
			stub := newScriptBench(b, rpcClass).Namespace("COUNTER").GetByName("a")
			call(b, stub, method, 1)
			b.ReportAllocs()
			b.ResetTimer()
			call(b, stub, method, b.N)
		})
	}
}
