package migrations_test

import (
	"fmt"
	"log"

	"github.com/dormouse-do/dormouse/migrations"
	"github.com/dormouse-do/dormouse/wranglercfg"
)

func ExamplePlan() {
	var ledger migrations.Ledger // a new state
	for _, config := range []string{
		`{"name": "chat", "migrations": [
			{"tag": "v1", "new_sqlite_classes": ["Room"]}]}`,
		`{"name": "chat", "migrations": [
			{"tag": "v1", "new_sqlite_classes": ["Room"]},
			{"tag": "v2", "renamed_classes": [{"from": "Room", "to": "ChatRoom"}], "new_sqlite_classes": ["Lobby"]}]}`,
	} {
		file, err := wranglercfg.Parse("wrangler.json", []byte(config))
		if err != nil {
			log.Fatal(err)
		}
		cfg, findings := file.Resolve("")
		if err := findings.Err(); err != nil {
			log.Fatal(err)
		}
		changes, findings := migrations.Plan(ledger, cfg)
		if err := findings.Err(); err != nil {
			log.Fatal(err)
		}
		for _, s := range changes.Steps {
			fmt.Println(s.Tag, s.Kind, s.Class, s.UniqueKey)
		}
		ledger = changes.Ledger
	}
	// Output:
	// v1 create Room chat-Room
	// v2 rename ChatRoom chat-Room
	// v2 create Lobby chat-Lobby
}

func ExamplePlan_edited() {
	file, err := wranglercfg.Parse("wrangler.toml", []byte("name = \"chat\"\n\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\", \"Lobby\"]\n"))
	if err != nil {
		log.Fatal(err)
	}
	cfg, _ := file.Resolve("")
	ledger := migrations.Ledger{
		Script:     "chat",
		Applied:    []migrations.Migration{{Tag: "v1", NewSQLiteClasses: []string{"Room"}}},
		Namespaces: []migrations.Namespace{{Class: "Room", UniqueKey: "chat-Room", SQLite: true}},
	}
	_, findings := migrations.Plan(ledger, cfg)
	fmt.Println(findings.Err())
	// Output:
	// wrangler.toml:3:1: DM1008: migration "v1" was applied to this state and was edited since (an edit has no effect where the step was applied: undo it and add a step with a new tag, or start with a new state)
}
