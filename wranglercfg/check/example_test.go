package check_test

import (
	"fmt"

	"github.com/dormouse-do/dormouse/wranglercfg/check"
)

// A class was added to a step that is deployed already, which changes nothing
// where it is deployed.
func Example() {
	before := `{
  "name": "chat", "main": "src/chat.js", "compatibility_date": "2025-06-01",
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]
}`
	after := `{
  "name": "chat", "main": "src/chat.js", "compatibility_date": "2025-06-01",
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room", "Lobby"] }]
}`
	report, err := check.Run(check.Request{
		Path: "wrangler.jsonc", Data: []byte(after), NoCode: true,
		Base: &check.Base{Revision: "origin/main", Data: []byte(before)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdict())
	for _, d := range report.Diagnostics {
		fmt.Printf("%v: %s: %s\nhint: %s\n", d.Pos, d.Code, d.Msg, d.Hint)
	}
	// Output:
	// error
	// wrangler.jsonc:4:18: DM2804: migration "v1" was edited; at origin/main (line 4): { "tag": "v1", "new_sqlite_classes": ["Room"] }; now: { "tag": "v1", "new_sqlite_classes": ["Room", "Lobby"] }
	// hint: an edit has no effect where the step is deployed: undo it, and add a step with a new tag to the end
}
