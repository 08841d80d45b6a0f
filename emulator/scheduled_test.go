package emulator_test

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// logClass keeps what handlers say.
const logClass = `
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Room extends DurableObject {
	last = "";
	say(text) { this.last = text; }
	said() { return this.last; }
}
`

const scheduledMain = logClass + `
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default {
	async scheduled(c, env, ctx) {
		const say = (text) => env.ROOM.getByName("log").say(text);
		await say([Object.prototype.toString.call(c), Object.keys(c), c.cron, c.scheduledTime, arguments.length].join(" "));
		switch (c.cron) {
		case "no": c.noRetry(); break;
		case "throw": throw new Error("boom");
		case "no, throw": c.noRetry(); throw new Error("boom");
		case "behind": ctx.waitUntil(Promise.reject(new Error("behind"))); break;
		case "later": ctx.waitUntil(wait(50).then(() => { ctx.waitUntil(wait(50).then(() => say("waited"))); })); break;
		}
	},
};
`

// TestRunScheduled: as the real runtime answers (asked with miniflare 4.20260730).
func TestRunScheduled(t *testing.T) {
	const heading = "[object ScheduledController] cron,scheduledTime "
	at := time.UnixMilli(1_700_000_000_123)
	for name, tt := range map[string]struct {
		main    string
		run     emulator.Scheduled
		noRetry bool
		err     string
		said    string // at last
	}{
		"fields":               {run: emulator.Scheduled{Cron: "* * * * *", Time: at}, said: heading + "* * * * * 1700000000123 3"},
		"now":                  {run: emulator.Scheduled{}, said: heading + " 1767225600000 3"},
		"no retry":             {run: emulator.Scheduled{Cron: "no", Time: at}, noRetry: true},
		"throws":               {run: emulator.Scheduled{Cron: "throw"}, err: "boom"},
		"no retry, and throws": {run: emulator.Scheduled{Cron: "no, throw"}, noRetry: true, err: "boom"},
		"behind it":            {run: emulator.Scheduled{Cron: "behind"}, err: "behind"},
		"waits for waitUntil":  {run: emulator.Scheduled{Cron: "later"}, said: "waited"},
		"no handler":           {main: logClass + `export default { fetch() {} };`, noRetry: true, err: "we lack a handler"},
		"no function":          {main: logClass + `export default { scheduled: 5 };`, noRetry: true, err: "we lack a handler"},
		"at once":              {main: logClass + `export default { scheduled() { throw new TypeError("at once"); } };`, err: "at once"},
		"class": {
			main: logClass + `export default class extends WorkerEntrypoint {
				scheduled(c) { return this.env.ROOM.getByName("log").say(["class", arguments.length, c.cron].join(" ")); }
			}`,
			run: emulator.Scheduled{Cron: "c"}, said: "class 3 c",
		},
	} {
		t.Run(name, func(t *testing.T) {
			main := tt.main
			if main == "" {
				main = scheduledMain
			}
			em, err := emulator.New(emulator.Worker{Config: project(t, main)}, emulator.InMemory, emulator.VirtualClock{},
				emulator.OnUncaught(func(*emulator.UncaughtError) {}), emulator.Logger(slog.New(slog.DiscardHandler)))
			if err != nil {
				t.Fatal(err)
			}
			defer em.Close()
			noRetry, err := em.RunScheduled(t.Context(), tt.run)
			if noRetry != tt.noRetry || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, %v, want %v, %q", noRetry, err, tt.noRetry, tt.err)
			}
			said, err := durable.Call[string](t.Context(), em.Namespace("ROOM").GetByName("log"), "said")
			if err != nil || tt.said != "" && said != tt.said {
				t.Errorf("said %q, %v, want %q", said, err, tt.said)
			}
		})
	}
}

func TestRunScheduledOfGo(t *testing.T) {
	config := project(t, reloadMain)
	em, err := emulator.New(emulator.Worker{
		Config: config, Handler: func(*durable.Env) http.Handler { return http.NotFoundHandler() },
	}, emulator.InMemory, emulator.VirtualClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer em.Close()
	if _, err := em.RunScheduled(t.Context(), emulator.Scheduled{}); !errors.Is(err, emulator.ErrNotScheduled) {
		t.Errorf("error %v, want ErrNotScheduled", err)
	}
}
