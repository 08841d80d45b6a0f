package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/durable"
)

// BenchmarkBroadcast sends a message to every member of a room; an operation is
// one message of one member, until all members have it.
func BenchmarkBroadcast(b *testing.B) {
	for _, members := range []int{1, 100, 500, 1000} {
		b.Run(fmt.Sprint("network/members=", members), func(b *testing.B) {
			s := &sockets{}
			s.message = broadcast
			em := newSockets(b, s, realClock)
			url := serve(b, em)
			conns := make([]*rawConn, members)
			for i := range conns {
				conns[i] = rawDial(b, url, "/room")
			}
			frame := []byte{0x81, 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'}
			b.ReportAllocs()
			for b.Loop() {
				conns[0].write(b, frame)
				var all sync.WaitGroup
				for i := 0; i < members; i += 250 {
					all.Go(func() {
						for _, c := range conns[i:min(members, i+250)] {
							if got := c.frame(); got != "text hello" {
								b.Error(got)
							}
						}
					})
				}
				all.Wait()
			}
			b.ReportMetric(float64(members)*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
		b.Run(fmt.Sprint("inside/members=", members), func(b *testing.B) {
			s := &sockets{}
			s.message = broadcast
			em := newSockets(b, s)
			conns := make([]*durable.WebSocket, members)
			for i := range conns {
				conns[i] = em.dial("room")
			}
			b.ReportAllocs()
			for b.Loop() {
				send(b, conns[0], "hello")
				for _, c := range conns {
					if _, err := c.Receive(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(members)*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

func broadcast(_ context.Context, p *socketProbe, _ *durable.WebSocket, m durable.Message) (err error) {
	for _, ws := range p.state.WebSockets() {
		err = errors.Join(err, ws.Send(m.Text()))
	}
	return err
}
