package quickjs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

// TestHugeArrays: what the engine would loop over for minutes is refused at once.
func TestHugeArrays(t *testing.T) {
	i := open(t, quickjs.Options{MemoryLimit: 64 << 20})
	for _, source := range []string{
		"new Array(2 ** 32 - 1).join()", "new Array(2 ** 31 - 1).indexOf(1)", "[].includes.call({length: 2 ** 53 - 1}, 1)",
		"const a = []; a[4e9] = 1; a.sort()", "[].forEach.call({length: 1e15}, () => {})", "new Array(4e9).fill(0)",
		"[].reduce.call({length: 1e15}, () => {})", "new Array(4e9).map(x => x)", "[].reverse.call({length: 1e12})", "[].flat.call({length: 1e12})",
		"[].lastIndexOf.call(Object.assign(() => {}, {}), 1); [].copyWithin.call({length: 1e15}, 0, 1)",
	} {
		_, err := i.Eval(source, "x.js")
		if e := thrown(t, err); e.Name != "RangeError" || !strings.Contains(err.Error(), "x.js:1:") {
			t.Errorf("%s: got %v, want a RangeError with its place", source, err)
		}
	}
}

// TestGuardedArrays: the methods are what they were otherwise.
func TestGuardedArrays(t *testing.T) {
	i := open(t, quickjs.Options{})
	for source, want := range map[string]string{
		"[3, 1, 2].sort().concat([9], 8).slice(1).map(x => x * 2).filter(x => x > 4).join('-')": "6-18-16",
		"[[1, [2]], 3].flat(2).reduce((a, b) => a + b)":                                         "6",
		"[1, 2, 3].reduceRight((a, b) => a - b)":                                                "0",
		"[1, 2, 3].indexOf(2) + ',' + [1, 2].includes(3) + ',' + [1, 2, 1].lastIndexOf(1)":      "1,false,2",
		"[1, 2, 3].every(x => x) + ',' + [1].some(x => !x) + ',' + [1, 2].find(x => x > 1) + [1, 2].findIndex(x => x > 1) + [1, 2].findLast(x => x) + [1, 2].findLastIndex(x => x)": "true,false,2121",
		"const a = [1, 2, 3]; [a.shift(), a.unshift(7, 8), a.splice(1, 1), a.reverse(), a.fill(0, 1)].join('|')":                                                                    "1|4|8|3,0,0|3,0,0",
		"[3, 1].toSorted() + '|' + [1, 2].toReversed() + '|' + [1, 2].with(0, 5) + '|' + [1, 2].toSpliced(0, 1)":                                                                    "1,3|2,1|5,2|2",
		"[].join.call({length: 2, 0: 'a', 1: 'b'}) + [].map.call('ab', x => x + x)":                                                                                                 "a,baa,bb",
		"[].slice.name + [].slice.length + [].slice":                                                                                                                                "slice2function slice() {\n    [native code]\n}",
		"try { [].map.call(null, x => x) } catch (e) { e.name }":                                                                                                                    "TypeError",
		"let n = 0; [].join.call({ get length() { n++; return 1 } }); n":                                                                                                            "1",
	} {
		if diff := cmp.Diff(want, eval(t, i, "{"+source+"}").String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
}
