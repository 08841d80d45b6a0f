package storetest

import (
	"strings"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
)

var keyRows = []row{
	{"5.5", "values are fresh copies", func(f *fixture) {
		value := []byte("abc")
		f.must(f.s.Put("k", value))
		value[0] = 'X'
		got, _, err := f.s.Get("k")
		f.must(err)
		got[1] = 'Y'
		f.equal(f.get("k"), "abc")
	}},
	{"5.6", "several keys come sorted by bytes, existing ones once", func(f *fixture) {
		f.put("b", "a", "～", "😀")
		entries, err := f.s.GetMany([]string{"😀", "b", "～", "a", "b", "none"})
		f.must(err)
		var keys []string
		for _, e := range entries {
			keys = append(keys, e.Key+"="+string(e.Value))
		}
		f.equal(strings.Join(keys, " "), "a=va b=vb ～=v～ 😀=v😀")
	}},
	{"5.11", "several values are stored together or not at all", func(f *fixture) {
		f.put("old")
		err := f.s.PutMany([]store.Entry{{Key: "a", Value: []byte("1")}, {Key: "b", Value: make([]byte, 2_200_000)}})
		f.fails(err, "string or blob too big: SQLITE_TOOBIG")
		f.equal(f.keys(store.ListOptions{}), "old")
		f.must(f.s.PutMany([]store.Entry{{Key: "a", Value: []byte("1")}, {Key: "b", Value: nil}}))
		f.must(f.s.Commit())
		f.equal(f.keys(store.ListOptions{}), "a b old")
	}},
	{"5.14", "delete tells what existed", func(f *fixture) {
		f.put("a", "b")
		existed, err := f.s.Delete("a")
		f.must(err)
		f.equal(existed, true)
		n, err := f.s.DeleteMany([]string{"a", "b", "b", "c"})
		f.must(err)
		f.equal(n, 1)
	}},
	{"5.16", "key and value share the limit of a row", func(f *fixture) {
		f.must(f.s.Put("k", make([]byte, 2_199_978)))
		f.fails(f.s.Put("k", make([]byte, 2_199_999)), "string or blob too big: SQLITE_TOOBIG")
		f.fails(f.s.Put(strings.Repeat("k", 2_200_001), nil), "string or blob too big: SQLITE_TOOBIG")
		value, _, err := f.s.Get("k")
		f.must(err)
		f.equal(len(value), 2_199_978)
	}},
	{"5.17", "any text is a key", func(f *fixture) {
		f.put("", "a\x00b", "a", "\xed\xa0\x80")
		f.equal(f.keys(store.ListOptions{}), " a a\x00b \xed\xa0\x80")
		f.equal(f.get("a\x00b"), "va\x00b")
		f.equal(f.get(""), "v")
	}},
	{"5.20", "ranges", func(f *fixture) {
		f.put("a", "b", "ba", "bb", "c", "d")
		for _, c := range []struct {
			o    store.ListOptions
			want string
		}{
			{store.ListOptions{}, "a b ba bb c d"},
			{store.ListOptions{Start: text("b")}, "b ba bb c d"},
			{store.ListOptions{StartAfter: text("b")}, "ba bb c d"},
			{store.ListOptions{End: text("bb")}, "a b ba"},
			{store.ListOptions{Start: text("b"), End: text("c")}, "b ba bb"},
			{store.ListOptions{Prefix: "b"}, "b ba bb"},
			{store.ListOptions{Prefix: "b", Start: text("ba")}, "ba bb"},
			{store.ListOptions{Prefix: "b", End: text("bb")}, "b ba"},
			{store.ListOptions{Prefix: "b", Start: text("c")}, ""},
			{store.ListOptions{Start: text("d"), End: text("a")}, ""},
			{store.ListOptions{Prefix: "b", Limit: 2}, "b ba"},
			{store.ListOptions{Reverse: true, Limit: 2}, "d c"},
			{store.ListOptions{Reverse: true, Start: text("b"), End: text("c")}, "bb ba b"},
			{store.ListOptions{Prefix: "zz"}, ""},
		} {
			f.equal(f.keys(c.o), c.want)
		}
	}},
	{"5.20", "a prefix of the highest bytes", func(f *fixture) {
		f.put("\xff", "\xff\xff", "\xffa", "a")
		f.equal(f.keys(store.ListOptions{Prefix: "\xff"}), "\xff \xffa \xff\xff")
	}},
	{"5.31", "a new listing ends the older one", func(f *fixture) {
		f.put("a", "b", "c")
		older, err := f.s.List(store.ListOptions{})
		f.must(err)
		_, _, err = older.Next()
		f.must(err)
		newer, err := f.s.List(store.ListOptions{})
		f.must(err)
		_, _, err = older.Next()
		f.is(err, store.ErrListInvalidated)
		_, err = f.s.ListAll(store.ListOptions{})
		f.must(err)
		_, _, err = newer.Next()
		f.fails(err, "kv.list() iterator was invalidated because a new call to kv.list() was started. Only one kv.list() iterator can exist at a time.")
	}},
	{"5.30", "the first key is read when the listing starts", func(f *fixture) {
		f.put("b", "c")
		l, err := f.s.List(store.ListOptions{})
		f.must(err)
		_, err = f.s.Delete("b")
		f.must(err)
		f.put("a", "d")
		var keys string
		for {
			entry, ok, err := l.Next()
			f.must(err)
			if !ok {
				break
			}
			keys += entry.Key
		}
		f.equal(keys, "bcd")
		_, err = f.s.DeleteMany([]string{"a", "b", "c", "d"})
		f.must(err)
		l, err = f.s.List(store.ListOptions{})
		f.must(err)
		f.put("a")
		_, ok, err := l.Next()
		f.must(err)
		f.equal(ok, false)
	}},
	{"5.31", "a listing without keys is ended by a new one, too", func(f *fixture) {
		f.put("a")
		_, err := f.s.Delete("a")
		f.must(err)
		older, err := f.s.List(store.ListOptions{})
		f.must(err)
		_, err = f.s.ListAll(store.ListOptions{})
		f.must(err)
		_, _, err = older.Next()
		f.is(err, store.ErrListInvalidated)
	}},
	{"5.32", "keys deleted ahead of a listing do not appear", func(f *fixture) {
		f.put("a", "b", "c")
		l, err := f.s.List(store.ListOptions{})
		f.must(err)
		_, _, err = l.Next()
		f.must(err)
		_, err = f.s.Delete("b")
		f.must(err)
		f.put("d")
		entry, ok, err := l.Next()
		f.must(err)
		f.equal(entry.Key, "c")
		f.equal(ok, true)
	}},
	{"12.6", "the first write or delete makes the table", func(f *fixture) {
		_, err := f.s.Delete("k")
		f.must(err)
		f.equal(f.exec("select sql from sqlite_master"), `"CREATE TABLE _cf_KV (\n        key TEXT PRIMARY KEY,\n        value BLOB\n      ) WITHOUT ROWID"`)
	}},
}
