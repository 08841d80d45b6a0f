package emulator_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/dormouse-do/dormouse/emulator"
)

// A test can begin with objects that were exported, or written by hand.
func ExampleState_Import() {
	dir, err := os.MkdirTemp("", "state")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := emulator.WriteState(emulator.StateDir(dir))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	id := "760d68f668df019193e4826d1aa3927398d54a3289861a21ac13a471ae4c203f"
	_, err = s.Import(strings.NewReader(`{"dormouse":"objects","version":1}
{"object":"`+id+`","worker":"chat","class":"Room","key":"chat-Room","name":"lobby"}
{"kv":"topic","json":"weather"}
{"part":"table","of":"messages","sql":"CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT)","columns":["id","body"]}
{"row":[1,"hello"]}
{"end":"`+id+`"}
`), emulator.ImportOptions{})
	if err != nil {
		log.Fatal(err)
	}
	room, err := s.Namespace("Room")
	if err != nil {
		log.Fatal(err)
	}
	lobby, err := s.Object(room, "lobby")
	if err != nil {
		log.Fatal(err)
	}
	res, err := lobby.Query("SELECT body FROM messages")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Rows)
	// Output: [[hello]]
}
