package emulator

import (
	"strings"
	"time"

	"github.com/dormouse-do/dormouse/emulator/internal/host"
)

// SocketInfo describes a WebSocket that an object has accepted.
type SocketInfo struct {
	Number       uint64 // by which it is found again
	Hibernatable bool
	Peer         string // who has the other end: "network", "object" or "code outside"
	State        string // as readyState: "connecting", "open", "closing" or "closed"
	Tags         []string
	Attachment   string // for people; empty if there is none
	Protocol     string
	Queued       int       // bytes that have come and wait for their events
	Answered     time.Time // when the automatic response was last given; zero: never
}

var readyStates = map[host.ReadyState]string{
	host.Connecting: "connecting", host.Open: "open", host.Closing: "closing", host.Closed: "closed",
}

// Sockets lists the object's WebSockets, those that may hibernate first.
func (o *Object) Sockets() (out []SocketInfo) {
	for _, v := range o.ns.Sockets(o.id) {
		info := SocketInfo{
			Number: v.Number, Hibernatable: v.Hibernatable, Peer: v.Peer, State: readyStates[v.State],
			Tags: v.Tags, Protocol: v.Protocol, Queued: v.Queued, Answered: v.AutoResponded,
		}
		if v.Attachment != nil {
			info.Attachment = kvEntry("", v.Attachment).Text
		}
		out = append(out, info)
	}
	return out
}

// Way is a direction of a WebSocket connection.
type Way bool

// The ways of a message by an object's WebSocket.
const (
	ToPeer   Way = false // as if the object had sent it
	ToObject Way = true  // as if the other side had
)

// SendText sends a text message by one of the object's WebSockets, past its
// code.
func (o *Object) SendText(socket uint64, text string, way Way) error {
	return o.ns.Inject(o.id, socket, host.Message{Data: []byte(strings.ToValidUTF8(text, "\uFFFD"))}, bool(way))
}

// CloseSocket sends a close frame with a code from 1000 to 4999.
func (o *Object) CloseSocket(socket uint64, code int, reason string, way Way) error {
	return o.ns.InjectClose(o.id, socket, host.CloseFrame{Code: code, HasCode: true, Reason: reason, HasReason: true}, bool(way))
}
