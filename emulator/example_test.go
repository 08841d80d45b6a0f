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
