package inspector

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with one page.
type browser struct {
	t      *testing.T
	ctx    context.Context
	shots  string     // folder of the screenshots
	mu     sync.Mutex // guards faults
	faults []string   // what the page's console says of errors
}

// newBrowser starts Chromium. Its screenshots are kept in the folder that
// DORMOUSE_SCREENSHOTS names, or as artifacts of the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium: install it with apt-get install chromium to test the inspector's page")
	}
	b := &browser{t: t, shots: os.Getenv("DORMOUSE_SCREENSHOTS")}
	if b.shots == "" {
		b.shots = t.ArtifactDir()
	}
	if err := os.MkdirAll(b.shots, 0o700); err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	for _, flag := range []string{"disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	b.ctx, end = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(end)
	b.do(chromedp.EmulateViewport(1200, 800))
	if _, err := chromedp.Call(b.ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(b.ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	return b
}

// listen keeps errors of the page: not what the API refuses, which it shows.
func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, fmt.Sprintf("%s %s:%d", ev.ExceptionDetails.Text, ev.ExceptionDetails.URL, ev.ExceptionDetails.LineNumber+1))
	case *log.EventEntryAdded:
		if e := ev.Entry; e.Level == log.EntryLevelError && !strings.Contains(e.URL, Path+"api/") {
			b.faults = append(b.faults, e.Text+" "+e.URL)
		}
	}
}

// do does things one by one.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.fail(err)
	}
}

func (b *browser) fail(err error) {
	b.t.Helper()
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText")) // for the report alone
	b.mu.Lock()
	defer b.mu.Unlock()
	b.t.Fatalf("%v\nfaults: %q\nthe page says:\n%s", err, b.faults, text)
}

// until waits until an expression of JavaScript holds.
func (b *browser) until(condition string) {
	b.t.Helper()
	wait := fmt.Sprintf(`new Promise((resolve) => {
		const end = Date.now() + 60000;
		const look = () => { const holds = !!(%s); if (holds || Date.now() > end) resolve(holds); else setTimeout(look, 20); };
		look();
	})`, condition)
	holds, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise))
	if err == nil && !holds {
		err = fmt.Errorf("it never holds that %s", condition)
	}
	if err != nil {
		b.fail(err)
	}
}

// sees waits until the page shows each of the texts.
func (b *browser) sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until(fmt.Sprintf("document.body.innerText.includes(%q)", text))
	}
}

// click clicks what a selector of CSS finds, once it can be.
func (b *browser) click(sel string) {
	b.t.Helper()
	b.do(chromedp.WaitEnabled(chromedp.CSS(sel)), chromedp.Click(chromedp.CSS(sel)))
}

// write replaces the text of a field.
func (b *browser) write(sel, text string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(sel)))
	b.until(fmt.Sprintf("document.querySelector(%q).select() === undefined", sel))
	b.do(chromedp.SendKeys(chromedp.CSS(sel), text))
}

// shot keeps a picture of the page.
func (b *browser) shot(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.fail(err)
	}
	if err := os.WriteFile(filepath.Join(b.shots, name+".png"), png, 0o600); err != nil {
		b.t.Error(err)
	}
}

// accessible checks what can be checked without a person: every control has a
// name, every table a head, texts have the contrast of WCAG AA, and there is one
// heading of the first level.
func (b *browser) accessible() {
	b.t.Helper()
	faults, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](accessibleScript))
	if err != nil {
		b.fail(err)
	}
	for _, fault := range faults {
		b.t.Error(fault)
	}
}

const accessibleScript = `(() => {
	const faults = [], shown = (el) => el.getClientRects().length > 0;
	const light = (rgb) => rgb.slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const colour = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
	const back = (el) => {
		for (; el; el = el.parentElement) { const c = colour(getComputedStyle(el).backgroundColor); if (c.length === 3 || c[3] === 1) return c; }
		return [255, 255, 255];
	};
	for (const el of document.querySelectorAll("input, select, textarea, button, a")) {
		const name = el.getAttribute("aria-label") || [...(el.labels ?? [])].map((l) => l.innerText).join("") || (el.matches("button, a") && el.innerText);
		if (shown(el) && !name?.trim()) faults.push("no name: " + el.outerHTML.slice(0, 120));
	}
	for (const el of document.querySelectorAll("table")) if (!el.querySelector("th[scope=col]")) faults.push("a table without a head");
	if (document.querySelectorAll("h1").length !== 1) faults.push(document.querySelectorAll("h1").length + " headings of the first level");
	for (const mark of ["header", "main", "nav[aria-label]"]) if (!document.querySelector(mark)) faults.push("no " + mark);
	for (const el of document.querySelectorAll("body *")) {
		if (!shown(el) || el.closest("svg, :disabled, .skip") || ![...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
		const [x, y] = [light(colour(getComputedStyle(el).color)), light(back(el))].sort((p, q) => q - p);
		if ((x + 0.05) / (y + 0.05) < 4.5) faults.push("contrast " + ((x + 0.05) / (y + 0.05)).toFixed(1) + ": " + el.outerHTML.slice(0, 120));
	}
	return faults;
})()`

// scheme makes the person prefer light or dark.
func (b *browser) scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		b.fail(err)
	}
}
