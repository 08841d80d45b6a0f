package durable_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/dormouse-do/dormouse/emulator"
	"github.com/dormouse-do/dormouse/emulator/durable"
)

// Room is the class of the examples.
type Room struct {
	state *durable.State
	env   *durable.Env
}

// Message is a row of the room's table.
type Message struct {
	ID   int64
	User string
	Text string
}

func NewRoom(ctx context.Context, state *durable.State, env *durable.Env) (*Room, error) {
	_, err := state.Storage().SQL().Exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, user TEXT, text TEXT)")
	return &Room{state, env}, err
}

var errEmpty = &durable.Error{Name: "EmptyMessage", Message: "a message needs a text"}

func (r *Room) SendMessage(ctx context.Context, user, text string) (int64, error) {
	if text == "" {
		return 0, errEmpty.With(map[string]any{"user": user})
	}
	return durable.One[int64](r.state.Storage().SQL().Query("INSERT INTO messages (user, text) VALUES (?, ?) RETURNING id", user, text))
}

func (r *Room) Messages(ctx context.Context) ([]Message, error) {
	return durable.Collect[Message](r.state.Storage().SQL().Query("SELECT id, user, text FROM messages ORDER BY id"))
}

func (r *Room) RemindIn(ctx context.Context, minutes int) error {
	return r.state.Storage().SetAlarm(r.state.Now().Add(time.Duration(minutes) * time.Minute))
}

func (r *Room) Alarm(ctx context.Context, info durable.AlarmInfo) error {
	_, err := r.SendMessage(ctx, "alarm", "it is "+info.ScheduledTime.Format(time.TimeOnly))
	return err
}

// Move reads and writes across a wait, so it needs a transaction.
func (r *Room) Move(ctx context.Context, from, to string) error {
	return r.state.Storage().Transaction(ctx, func(ctx context.Context, txn *durable.Transaction) error {
		var value string
		if ok, err := txn.Get(from, &value); err != nil || !ok {
			return err
		}
		if err := durable.Sleep(ctx, time.Second); err != nil { // nobody else gets in
			return err
		}
		if _, err := txn.Delete(from); err != nil {
			return err
		}
		return txn.Put(to, value)
	})
}

// Greet asks another room.
func (r *Room) Greet(ctx context.Context, room string) (int64, error) {
	return durable.Call[int64](ctx, r.env.Namespace("ROOM").GetByName(room), "sendMessage", "room", "hello")
}

// Lookup waits for something that the runtime knows nothing of.
func (r *Room) Lookup(ctx context.Context, key string) (string, error) {
	return durable.Await(ctx, func(context.Context) (string, error) {
		return "looked up " + key, nil // a database driver would block here
	})
}

func newEmulator() *emulator.Emulator {
	em, err := emulator.New(emulator.Worker{
		Config:  "testdata/wrangler.toml",
		Classes: []durable.Class{durable.NewClass("Room", NewRoom)},
	}, emulator.InMemory, emulator.VirtualClock{})
	if err != nil {
		log.Fatal(err)
	}
	return em
}

func Example() {
	em := newEmulator()
	defer em.Close()
	ctx := context.Background()
	room := em.Namespace("ROOM").GetByName("lobby")
	for _, text := range []string{"hello", "anybody here?"} {
		if _, err := room.Call(ctx, "sendMessage", "ada", text); err != nil {
			fmt.Println(err)
		}
	}
	messages, err := durable.Call[[]Message](ctx, room, "messages")
	fmt.Println(messages, err)
	// Output:
	// [{1 ada hello} {2 ada anybody here?}] <nil>
}

func ExampleNewClass() {
	class := durable.NewClass("Room", NewRoom)
	fmt.Println(class.Name(), class.HandlesAlarm(), class.Err())
	// Output:
	// Room true <nil>
}

func ExampleCall() {
	em := newEmulator()
	defer em.Close()
	room := em.Namespace("ROOM").GetByName("lobby")
	id, err := durable.Call[int64](context.Background(), room, "sendMessage", "ada", "hello")
	fmt.Println(id, err)
	_, err = durable.Call[int64](context.Background(), room, "sendMessage", "ada", "")
	fmt.Println(err, errors.Is(err, errEmpty))
	_, err = durable.Call[int64](context.Background(), room, "sendMail")
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// EmptyMessage: a message needs a text true
	// TypeError: The RPC receiver does not implement the method "sendMail".
}

func ExampleError() {
	em := newEmulator()
	defer em.Close()
	_, err := em.Namespace("ROOM").GetByName("lobby").Call(context.Background(), "sendMessage", "ada", "")
	var e *durable.Error
	if errors.As(err, &e) {
		fmt.Println(e.Name, e.Remote, e.Props["user"])
	}
	// Output:
	// EmptyMessage true ada
}

func ExampleStorage_SetAlarm() {
	em := newEmulator()
	defer em.Close()
	ctx := context.Background()
	room := em.Namespace("ROOM").GetByName("lobby")
	if _, err := room.Call(ctx, "remindIn", 90); err != nil {
		fmt.Println(err)
	}
	em.Clock().Advance(2 * time.Hour)
	fmt.Println(durable.Call[[]Message](ctx, room, "messages"))
	// Output:
	// [{1 alarm it is 01:30:00}] <nil>
}

func ExampleStorage_Transaction() {
	em := newEmulator()
	defer em.Close()
	room := em.Namespace("ROOM").GetByName("lobby")
	err := emulator.RunIn(room, func(_ context.Context, _ any, state *durable.State) error {
		return state.Storage().Put("draft", "hello")
	})
	fmt.Println(err)
	_, err = room.Call(context.Background(), "move", "draft", "sent")
	fmt.Println(err)
	err = emulator.RunIn(room, func(_ context.Context, _ any, state *durable.State) error {
		entries, err := state.Storage().List(durable.ListOptions{})
		for _, e := range entries {
			var text string
			if err := e.Value.Decode(&text); err != nil {
				return err
			}
			fmt.Println(e.Key, text)
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// sent hello
	// <nil>
}

func ExampleAwait() {
	em := newEmulator()
	defer em.Close()
	fmt.Println(durable.Call[string](context.Background(), em.Namespace("ROOM").GetByName("lobby"), "lookup", "ada"))
	// Output:
	// looked up ada <nil>
}

func ExampleNamespace() {
	em := newEmulator()
	defer em.Close()
	rooms := em.Namespace("ROOM")
	byName := rooms.IDFromName("lobby")
	again, err := rooms.IDFromString(byName.String())
	fmt.Println(again.Equal(byName), err)
	_, err = rooms.IDFromString("lobby")
	fmt.Println(err)
	// Output:
	// true <nil>
	// TypeError: Invalid Durable Object ID: must be 64 hex digits
}

func ExampleEnv_Var() {
	em := newEmulator()
	defer em.Close()
	var greeting string
	ok, err := em.Env().Var("GREETING", &greeting)
	fmt.Println(greeting, ok, err)
	// Output:
	// hello true <nil>
}
