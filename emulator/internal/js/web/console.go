package web

import (
	"log/slog"

	"github.com/dormouse-do/dormouse/emulator/internal/quickjs"
)

var consoleUnit = unit{
	name:    "console",
	globals: []string{"console"},
	natives: func(p *Platform, n *natives) {
		n.add("print", 2, func(c *quickjs.Call) (quickjs.Value, error) {
			text, err := c.Arg(1).Text()
			if err != nil {
				return quickjs.Value{}, err
			}
			p.print(levels[c.Arg(0).String()], scalar(text))
			return quickjs.Value{}, nil
		})
		n.add("now", 0, func(c *quickjs.Call) (quickjs.Value, error) { return c.Isolate.Number(p.milliseconds()), nil })
		n.add("stack", 0, func(c *quickjs.Call) (quickjs.Value, error) {
			return c.Isolate.String(p.stackText(p.own(c.Isolate.Stack(maxFrames))))
		})
	},
}

// maxFrames is how many frames a stack shows unless Error.stackTraceLimit says
// otherwise.
const maxFrames = 10

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// print hands a text to the owner's console.
func (p *Platform) print(level slog.Level, text string) {
	if p.Options.Console == nil {
		return
	}
	io, err := p.current()
	if err != nil {
		io = nil
	}
	p.Options.Console(io, level, text)
}
