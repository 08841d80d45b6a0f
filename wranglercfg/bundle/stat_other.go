//go:build !linux && !darwin

package bundle

import "io/fs"

func identity(fs.FileInfo) (inode uint64, changed int64) { return 0, 0 }
