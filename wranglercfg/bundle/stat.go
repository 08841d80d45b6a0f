package bundle

import (
	"io/fs"
	"time"
)

// stat tells versions of a file apart without reading it.
type stat struct {
	size    int64
	mod     time.Time
	inode   uint64
	changed int64 // nanoseconds; unlike mod it cannot be set back
}

func statOf(info fs.FileInfo) stat {
	s := stat{size: info.Size(), mod: info.ModTime().Round(0).UTC()}
	s.inode, s.changed = identity(info)
	return s
}
