package wranglercfg_test

import (
	"fmt"
	"log"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

func ExampleParse() {
	file, err := wranglercfg.Parse("wrangler.jsonc", []byte(`{
  "name": "chat",
  "durable_objects": { "bindings": [{ "name": "CHAT_ROOM", "class_name": "ChatRoom" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["ChatRoom"] }],
}`))
	if err != nil {
		log.Fatal(err)
	}
	cfg, findings := file.Resolve("")
	if err := findings.Err(); err != nil {
		log.Fatal(err)
	}
	for _, b := range cfg.LocalBindings() {
		fmt.Printf("%s is class %s (%s)\n", b.Name.Value, b.ClassName.Value, b.ClassName.Pos)
	}
	// Output: CHAT_ROOM is class ChatRoom (wrangler.jsonc:3:74)
}

func ExampleFile_Resolve() {
	file, err := wranglercfg.Load("testdata/chat.toml")
	if err != nil {
		log.Fatal(err)
	}
	for _, env := range []string{"", "staging"} {
		cfg, findings := file.Resolve(env)
		if err := findings.Err(); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d bindings, %d migrations\n", cfg.ScriptName(), len(cfg.Bindings), len(cfg.Migrations))
	}
	// Output:
	// chat: 2 bindings, 2 migrations
	// chat-staging: 1 bindings, 2 migrations
}

func ExampleDiagnostics_Err() {
	file, err := wranglercfg.Parse("wrangler.toml", []byte("name = \"chat\"\n\n[[migrations]]\nnew_sqlite_classes = \"ChatRoom\"\n"))
	if err != nil {
		log.Fatal(err)
	}
	_, findings := file.Resolve("")
	fmt.Println(findings.Err())
	// Output:
	// wrangler.toml:3:1: DM1502: "migrations[0].tag" is a required field.
	// wrangler.toml:4:22: DM1502: Expected "migrations[0].new_sqlite_classes" to be an array of strings but got "ChatRoom"
}
