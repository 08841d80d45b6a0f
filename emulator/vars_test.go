package emulator

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDotenv: the values are those of the npm package dotenv 16.
func TestDotenv(t *testing.T) {
	text := "A=1\nB = two words # c\nC='single # x'\nD=\"a\\nb\"\nE=`back`\nF=\nexport G=g\nH: yaml\nI=\"multi\nline\"\n#K=1\n" +
		"J=pa$$word$A\nL='it\\'s'\nM=un\"q\n  N =  sp  \nO=a#b\nP=\"x\" # y\n1Q=2\nR\nS=\"unterminated\nT=9\n"
	want := [][2]string{
		{"A", "1"}, {"B", "two words"}, {"C", "single # x"}, {"D", "a\nb"}, {"E", "back"}, {"F", ""}, {"G", "g"}, {"H", "yaml"},
		{"I", "multi\nline"}, {"J", "pa$$word$A"}, {"L", `it\'s`}, {"M", `un"q`}, {"N", "sp"}, {"O", "a"}, {"P", "x"}, {"1Q", "2"},
		{"S", `"unterminated`}, {"T", "9"},
	}
	if diff := cmp.Diff(want, parseDotenv(text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestExpandedDotenv(t *testing.T) {
	vars := []variable{
		{name: "A", json: quoted("one")},
		{name: "B", json: quoted("$A and ${A} and ${MISSING:-none} and $MISSING")},
		{name: "C", json: quoted(`\$A`)},
	}
	want := []string{`"one"`, `"one and one and none and "`, `"$A"`}
	for i, v := range expanded(vars) {
		if string(v.json) != want[i] {
			t.Errorf("%s is %s, want %s", v.name, v.json, want[i])
		}
	}
}

func FuzzDotenv(f *testing.F) {
	f.Add("A=1\nB='x'\n")
	f.Add("export A: \"x\ny\" # z")
	f.Fuzz(func(t *testing.T, text string) {
		for _, v := range parseDotenv(text) {
			if v[0] == "" {
				t.Errorf("a variable without a name in %q", text)
			}
		}
	})
}
