package emulator_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/quickstart"
)

// An emulator runs a wrangler project whose classes are written in Go. Without
// InMemory it keeps its data in .dormouse/state beside the configuration.
func ExampleNew() {
	em, err := emulator.New(emulator.Worker{
		Config:  "../fixtures/quickstart/wrangler.toml",
		Classes: []durable.Class{durable.NewClass("Counter", quickstart.New)},
	}, emulator.InMemory)
	if err != nil {
		log.Fatal(err)
	}
	counter := em.Namespace("COUNTER").GetByName("front page")
	for range 2 {
		n, err := durable.Call[int](context.Background(), counter, "hit")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n)
	}
	if err := em.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 1
	// 2
}

// A virtual clock stands still until it is moved.
func ExampleVirtualClock() {
	em, err := emulator.New(emulator.Worker{
		Config:  "../fixtures/quickstart/wrangler.toml",
		Classes: []durable.Class{durable.NewClass("Counter", quickstart.New)},
	}, emulator.InMemory, emulator.VirtualClock{Start: time.Date(2030, 2, 28, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(em.Clock().Now().Format(time.DateTime))
	em.Clock().Advance(24 * time.Hour)
	fmt.Println(em.Clock().Now().Format(time.DateTime))
	if err := em.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2030-02-28 12:00:00
	// 2030-03-01 12:00:00
}

// Tools look into objects from outside; they wake none.
func ExampleEmulator_Object() {
	em, err := emulator.New(emulator.Worker{
		Config:  "../fixtures/quickstart/wrangler.toml",
		Classes: []durable.Class{durable.NewClass("Counter", quickstart.New)},
	}, emulator.InMemory, emulator.OnEvent(func(e emulator.Event) {
		if !e.End.IsZero() {
			fmt.Println(e.Kind, e.Label, "of", e.Name)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := em.Namespace("COUNTER").GetByName("front page").Call(context.Background(), "hit"); err != nil {
		log.Fatal(err)
	}
	for _, ns := range em.Namespaces() {
		objects, err := em.Objects(ns.Key)
		if err != nil {
			log.Fatal(err)
		}
		for _, info := range objects {
			object, err := em.Object(ns.Key, info.ID)
			if err != nil {
				log.Fatal(err)
			}
			tables, err := object.Query(context.Background(), "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'", 10)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(ns.Class, info.Name, info.State, tables.Rows)
		}
	}
	if err := em.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// constructor constructor of Counter of front page
	// rpc rpc hit of front page
	// Counter front page idle [[hits]]
}
