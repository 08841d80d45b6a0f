package bundle

import (
	"io/fs"
	"time"
)

// stat tells versions of a file or folder apart without reading it.
type stat struct {
	size, mod int64
	inode     uint64
	changed   int64 // nanoseconds; unlike mod nobody can set it back. 0 where the system has none

	// settled says that the last change was so long ago when this was looked at
	// that another one gets another time: clocks of file systems tick slowly.
	settled bool
}

// settledAfter is much longer than any file system's clock takes to tick.
const settledAfter = 2 * time.Second

func statOf(info fs.FileInfo) stat {
	s := stat{size: info.Size(), mod: info.ModTime().UnixNano()}
	s.inode, s.changed = identity(info)
	s.settled = max(s.changed, s.mod) < time.Now().Add(-settledAfter).UnixNano()
	return s
}

// same reports whether two looks saw the same version.
func (s stat) same(now stat) bool {
	s.settled, now.settled = false, false
	return s == now
}
