package web

import "github.com/dormouse-do/dormouse/emulator/internal/quickjs"

var blobUnit = unit{
	name:    "blob",
	globals: []string{"Blob", "File", "FormData"},
	natives: func(p *Platform, n *natives) {
		p.textNatives(n)
		n.add("now", 0, func(*quickjs.Call) (quickjs.Value, error) { return p.Isolate.Number(p.milliseconds()), nil })
		n.add("parseForm", 2, p.parseForm)
	},
}

// textNatives are encode(text) and decode(bytes) between strings and UTF-8.
func (p *Platform) textNatives(n *natives) {
	n.add("encode", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		text, err := c.Arg(0).Text()
		if err != nil {
			return quickjs.Value{}, err
		}
		return p.Isolate.Uint8Array([]byte(scalar(text)))
	})
	n.add("decode", 1, func(c *quickjs.Call) (quickjs.Value, error) {
		var text string
		if err := c.Arg(0).WithBytes(func(b []byte) { text = utf8Text(b) }); err != nil {
			return quickjs.Value{}, err
		}
		return p.Isolate.String(text)
	})
}
