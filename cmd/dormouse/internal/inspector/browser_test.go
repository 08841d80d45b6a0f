package inspector

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	s := newSite(t, shop())
	for i := range 3 {
		s.get(fmt.Sprintf("/?room=room%d&text=hi", i))
	}
	s.get("/fail")
	for range 60 {
		s.get("/?room=lobby&text=many")
	}

	b.do(chromedp.Navigate(s.server.URL + Path))
	b.sees("Room", "Counter", "room1", "idle", "live")
	b.shot("objects")
	b.accessible()
	b.write("#filter", "room1")
	b.until(`document.querySelectorAll("#list tbody tr").length === 1`)

	b.click("#list tbody tr td:first-child a")
	b.sees("room1", "messages", "ada", "hi", "Definition")
	b.shot("object")
	b.accessible()

	b.click(`nav.tabs a[href$="/sql"]`)
	b.write("#sql", "INSERT INTO messages (text) VALUES ('by hand'); SELECT count(*) AS n FROM messages")
	b.click("#run")
	b.sees("1 row", "n")
	b.write("#sql", "SELECT * FROM _cf_KV")
	b.click("#run")
	b.sees("prohibited")

	b.click(`nav.tabs a[href$="/kv"]`)
	b.sees(`{ author: "ada", text: "hi", tags: [ "x", "y" ] }`, "Date(1970-01-01T00:00:00.000Z)")
	b.click(`button[aria-label="Edit last"]`)
	b.write("dialog textarea", `{"edited": true}`)
	b.shot("edit")
	b.click(`dialog button[value=yes]`)
	b.sees("{ edited: true }", "last is written")
	b.click(`button[aria-label="Delete last"]`)
	b.click(`dialog button[value=yes]`)
	b.do(chromedp.WaitNotPresent(chromedp.CSS(`button[aria-label="Delete last"]`)))

	b.click("#alarm-run")
	b.sees("The alarm has run")
	b.until(`document.getElementById("alarm-run").disabled`)
	b.click(`nav.tabs a[href$="/events"]`)
	b.sees("rpc say", "ada says hi", "constructor of Room")

	b.click("#delete")
	b.click(`dialog button[value=yes]`)
	b.sees("The object was deleted")
	b.click(`nav.tabs a[href$="/kv"]`)
	b.sees("This object has no keys")

	b.click(`#nav a[data-view=events]`)
	b.sees("rpc say", "ada says many")
	b.shot("events")
	b.write("#event-filter", "boom")
	b.sees("rpc boom", "the till is closed")
	b.click("tbody button")
	b.sees("caused by event")
	b.write("#event-filter", "room0")
	b.click(`tbody tr td:last-child a`)
	b.sees("rpc add", "Counter messages", "Worker")
	b.shot("sequence")
	b.accessible()

	b.click(`#nav a[data-view=scheduled]`)
	b.click("#run-scheduled")
	b.sees("Outcome: ok")
	b.write("#cron", "bad")
	b.click("#run-scheduled")
	b.sees("Outcome: exception", "no such time")
	b.accessible()

	b.scheme("dark")
	b.do(chromedp.Navigate(s.server.URL + Path + "#/events"))
	b.sees("rpc say")
	b.shot("events-dark")
	b.do(chromedp.EmulateViewport(390, 800), chromedp.Navigate(s.server.URL+Path+"#/"))
	b.sees("lobby")
	b.shot("objects-narrow")
	b.until("document.documentElement.scrollWidth <= innerWidth")
	b.click("#list tbody tr td:first-child a")
	b.sees("Definition")
	b.shot("object-narrow")
	b.accessible()
	b.until("document.documentElement.scrollWidth <= innerWidth")
	if len(b.faults) > 0 {
		t.Errorf("the page's console says: %s", strings.Join(b.faults, "\n"))
	}
}

// TestBrowserLive: what happens elsewhere is shown without a reload.
func TestBrowserLive(t *testing.T) {
	b := newBrowser(t)
	s := newSite(t, shop())
	room := "#/o/" + s.key("Room") + "/" + s.id("Room", "lobby")
	b.do(chromedp.Navigate(s.server.URL + Path))
	b.sees("No object of Room exists yet")
	b.shot("objects-empty")
	s.get("/?room=lobby")
	b.sees("lobby", "1 object")

	b.do(chromedp.Navigate(s.server.URL + Path + room + "/sockets"))
	b.sees("No WebSocket is accepted")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.server.URL+"/socket?room=lobby", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ws, res := s.em.DialWebSocket(req)
	if ws == nil {
		t.Fatal(res.Status)
	}
	b.sees("blue", `{ who: "ada" }`, "open")
	b.shot("sockets")
	b.accessible()
	b.click(`button[aria-label="Send by socket 1"]`)
	b.write("dialog textarea", "from the page")
	b.click(`dialog button[value=yes]`)
	if m, err := ws.Receive(t.Context()); err != nil || m.Text() != "from the page" {
		t.Errorf("the client got %q, %v", m.Text(), err)
	}

	s.setProblem(errors.New("index.ts:3:7: ERROR: Expected \";\" but found \"nonsense\""))
	b.sees("The last edit cannot run", "index.ts:3:7")
	b.shot("problem")
	b.accessible()
	s.setProblem(nil)
	b.until(`document.getElementById("problem").hidden`)
	if len(b.faults) > 0 {
		t.Errorf("the page's console says: %s", strings.Join(b.faults, "\n"))
	}
}

// TestBrowserTables: pages and orders of a table, and the keyboard.
func TestBrowserTables(t *testing.T) {
	b := newBrowser(t)
	s := newSite(t, notes(t))
	for i := range 120 {
		if _, err := s.em.Namespace("NOTE").GetByName("a").Call(t.Context(), "write", fmt.Sprintf("<b>note %03d</b>", i)); err != nil {
			t.Fatal(err)
		}
	}
	first := func(text string) {
		t.Helper()
		b.until(fmt.Sprintf("document.querySelector('main tbody td')?.textContent === %q", text))
	}
	b.do(chromedp.Navigate(s.server.URL + Path + "#/o/" + s.key("Note") + "/" + s.id("Note", "a")))
	b.sees("1–50 of 120")
	first("<b>note 000</b>") // as text
	b.click("main th button")
	b.until("document.querySelector('main th').getAttribute('aria-sort') === 'ascending'")
	b.click("main th button")
	first("<b>note 119</b>")
	b.shot("tables")
	b.accessible()
	b.click(`[aria-label=Pages] button:last-child`)
	first("<b>note 069</b>")
	b.click(`[aria-label=Pages] button:last-child`)
	b.sees("101–120 of 120")

	// The first stop of the keyboard leads over the navigation, and the console
	// runs with Ctrl+Enter.
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(s.server.URL+Path+"#/o/"+s.key("Note")+"/"+s.id("Note", "a")+"/sql"))
	b.sees("Ctrl+Enter runs it")
	b.do(chromedp.KeyEvent("\t"))
	b.until("document.activeElement.matches('.skip')")
	b.write("#sql", "SELECT 6 * 7 AS answer")
	b.do(chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.sees("answer", "42")
}
