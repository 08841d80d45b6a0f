package classtest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/dormouse-do/dormouse/emulator/durable"
	"github.com/dormouse-do/dormouse/fixtures/workerd"
)

// alarmTimes are the arguments of setAlarm that a time.Time can be, in
// milliseconds since 1970.
var alarmTimes = map[string]float64{
	"zero": 0, "negative": -1, "largest": 9223372036854, "too-large": 9223372036855,
	"fraction": 4102444800000.9, "date": 4102444800000, "negative-date": -1, "fraction-below-one": 0.5,
	"no-handler": 4102444800000, "no-handler-zero": 0,
}

// alarmAnswer is the alarm that is set behind a call of SetAlarm, and the error
// of that call.
type alarmAnswer struct {
	Alarm *int64
	Error *workerd.ErrorShape
}

func alarmAt(s *durable.Storage, ms float64) (a alarmAnswer, err error) {
	if err := s.SetAlarm(time.UnixMicro(int64(ms * 1000))); err != nil {
		a.Error = shape(err)
	}
	at, ok, err := s.Alarm()
	if ok {
		set := at.UnixMilli()
		a.Alarm = &set
	}
	return a, err
}

// askAlarm puts a question about an argument of setAlarm.
func askAlarm(t *testing.T, a *asked) workerd.Outcome {
	ms, ok := alarmTimes[a.c.Name]
	if !ok {
		t.Errorf("no Go form of %s: write one, or list it as inexpressible", a.c.Asked)
	}
	stub := a.stub
	if a.c.Name == "no-handler" || a.c.Name == "no-handler-zero" {
		stub = a.em.Namespace("BARE").GetByName("x")
	}
	got, err := durable.Call[alarmAnswer](a.ctx, stub, "alarmAt", ms)
	if err != nil {
		t.Error(err)
	}
	alarm := json.RawMessage(toJSON(got.Alarm))
	if got.Error != nil {
		return workerd.Outcome{Error: got.Error, Alarm: alarm}
	}
	return workerd.Outcome{Value: alarm}
}
