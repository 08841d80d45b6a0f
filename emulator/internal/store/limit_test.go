//go:build unix

package store_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/dormouse-do/dormouse/emulator/internal/store"
	"github.com/dormouse-do/dormouse/emulator/internal/storetest"
)

// TestTooManyOpenFiles lowers the process's limit until an object cannot be opened. The error says so in those words,
// and the object works once there is room again.
func TestTooManyOpenFiles(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	n := onDisk(t, store.Options{MaxOpen: 1000}).Namespace("w-Obj", true)
	probe, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	next := uint64(probe.Fd())
	_ = probe.Close()
	for spare := uint64(0); ; spare++ {
		low := limit
		low.Cur = next + spare
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
			t.Skip(err)
		}
		s := n.Open(storetest.ID(1), "")
		err := exec(s, "create table t(a)")
		if restoreErr := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); restoreErr != nil {
			t.Fatal(restoreErr)
		}
		s.Rollback()
		if err == nil {
			if spare == 0 {
				t.Error("nothing failed")
			}
			break
		}
		var f *store.FileError
		if !errors.As(err, &f) || !strings.Contains(err.Error(), "too many open files") {
			t.Errorf("with %d descriptors left: %v", spare, err)
		}
		s.Close()
	}
	s := n.Open(storetest.ID(1), "")
	mustExec(t, s, "create table if not exists t(a)")
	mustCommit(t, s)
}
