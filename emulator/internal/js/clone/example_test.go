package clone_test

import (
	"fmt"

	"github.com/dormouse-do/dormouse/emulator/internal/js/clone"
	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

func Example() {
	iso, err := quickjs.Open(quickjs.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer iso.Close()
	v, err := iso.Eval("({seats: new Set([1, 2]), at: new Date(0)})", "example.js")
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := clone.Marshal(v, clone.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := clone.Unmarshal(iso, data, clone.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	seats, err := back.Get("seats")
	fmt.Println(len(data), back.Is(v), len(seats.Entries()), err)
	// Output: 32 false 2 <nil>
}
