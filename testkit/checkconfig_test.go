package testkit_test

import (
	"testing"

	"github.com/dormouse-do/dormouse/testkit"
	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

func ExampleCheckConfig() {
	run(func(t testing.TB) {
		testkit.CheckConfig(t, "testdata/checkconfig/valid.jsonc")
		// Only the production environment, and without its code:
		testkit.CheckConfig(t, "testdata/checkconfig/valid.jsonc", func(r *check.Request) {
			r.AllEnvs, r.Env, r.NoCode = false, "production", true
		})
	})
	// Output:
}

func TestCheckConfig(t *testing.T) {
	testkit.CheckConfig(t, "testdata/checkconfig/valid.jsonc")
	if !failsIn(func(t testing.TB) { testkit.CheckConfig(t, "testdata/checkconfig/wrong.toml") }) {
		t.Error("findings do not fail the test")
	}
	only := func(env string) func(*check.Request) {
		return func(r *check.Request) { r.AllEnvs, r.Env, r.NoCode = false, env, true }
	}
	if !failsIn(func(t testing.TB) { testkit.CheckConfig(t, "testdata/checkconfig/wrong.toml", only("staging")) }) {
		t.Error("findings in an environment do not fail the test")
	}
	if !failsIn(func(t testing.TB) { testkit.CheckConfig(t, "testdata/checkconfig/none.toml") }) {
		t.Error("a file that is not there does not fail the test")
	}
}

// failsIn reports whether a test fails.
func failsIn(test func(t testing.TB)) bool {
	r := &silent{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	return r.failed
}

// silent is a recorder that prints nothing.
type silent struct{ recorder }

func (q *silent) Log(...any)            {}
func (q *silent) Logf(string, ...any)   {}
func (q *silent) Error(...any)          { q.failed = true }
func (q *silent) Errorf(string, ...any) { q.failed = true }
func (q *silent) Fatal(...any)          { q.FailNow() }
func (q *silent) Fatalf(string, ...any) { q.FailNow() }
