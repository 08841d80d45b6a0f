package v8value_test

import (
	"fmt"
	"reflect"

	"github.com/dormouse-do/dormouse/emulator/internal/v8value"
)

type seat struct {
	Row    int
	Price  float64 `json:"price,omitempty"`
	UserID string
}

func Example() {
	data, err := v8value.Marshal(seat{Row: 3, UserID: "ada"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", data)

	var s seat
	if err := v8value.Unmarshal(data, &s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", s)
	// Output:
	// "\xff\x0fo\"\x03rowI\x06\"\x06userID\"\x03ada{\x02"
	// {Row:3 Price:0 UserID:ada}
}

func ExampleMarshalArgs() {
	data, err := v8value.MarshalArgs([]any{"ada", []int64{1, 1 << 60}})
	fmt.Println(len(data), err)
	// Output:
	// 0 args[1][1]: 1152921504606846976 is not a safe integer
}

func ExampleUnmarshalArgs() {
	data, err := v8value.MarshalArgs([]any{"ada", map[string]any{"row": 1.5}})
	if err != nil {
		fmt.Println(err)
		return
	}
	var user string
	var s seat
	n, err := v8value.UnmarshalArgs(data, []reflect.Value{reflect.ValueOf(&user).Elem(), reflect.ValueOf(&s).Elem()})
	fmt.Println(n, user, err)
	// Output:
	// 2 ada args[1].row: 1.5 does not fit Go type int
}
