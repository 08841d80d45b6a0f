package v8value

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestName(t *testing.T) {
	for _, tt := range []struct{ goName, want string }{
		{"SendMessage", "sendMessage"},
		{"URLFor", "urlFor"},
		{"ID", "id"},
		{"UserID", "userID"},
		{"X", "x"},
		{"X509Cert", "x509Cert"},
		{"HTTP2", "http2"},
		{"ÄrgerLevel", "ärgerLevel"},
		{"lower", "lower"},
		{"A_B", "a_B"},
		{"", ""},
	} {
		if got := Name(tt.goName); got != tt.want {
			t.Errorf("Name(%q) = %q, want %q", tt.goName, got, tt.want)
		}
	}
}

type Base struct {
	ID    int
	Title string `json:"title"`
	Deep  int
}

type other struct {
	Deep  int // at one depth with Base.Deep: neither counts
	Title string
	Only  int
}

type Named int

// TestFields checks the json tag and the rules of promotion.
func TestFields(t *testing.T) {
	type record struct {
		*Base
		other
		Named
		UserID  int    `json:"user_id,omitempty"`
		Skipped string `json:"-"`
		At      int    `json:",omitzero"`
		hidden  int
	}
	_ = record{}.hidden
	type row struct {
		Name      string
		Index     []int
		OmitEmpty bool
		OmitZero  bool
	}
	var got []row
	for _, f := range Fields(reflect.TypeFor[record]()) {
		got = append(got, row{f.Name, f.Index, f.OmitEmpty, f.OmitZero})
	}
	want := []row{
		{"id", []int{0, 0}, false, false},
		{"title", []int{0, 1}, false, false}, // tagged, so it wins over other.Title
		{"only", []int{1, 2}, false, false},
		{"named", []int{2}, false, false},
		{"user_id", []int{3}, true, false},
		{"at", []int{5}, false, true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

type zeroer struct{ N int }

func (z zeroer) IsZero() bool { return z.N == 7 }

// TestOmit checks omitempty and omitzero as encoding/json has them.
func TestOmit(t *testing.T) {
	type options struct {
		A int            `json:"a,omitempty"`
		B []int          `json:"b,omitempty"`
		C map[string]int `json:"c,omitempty"`
		D *int           `json:"d,omitempty"`
		E zeroer         `json:"e,omitzero"`
		F zeroer         `json:"f,omitempty"`
		G *zeroer        `json:"g,omitzero"`
		H [0]int         `json:"h,omitempty"`
		I string         `json:"i,omitempty"`
	}
	data, err := Marshal(options{B: []int{}, C: map[string]int{}, E: zeroer{7}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(`{"f": {"n": 0}}`, show(v)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
