//go:build !unix

package store

import "os"

func openFileLimit() int { return 8192 }

// lockDir cannot keep other processes out on this system; it only checks that the folder can be opened.
func lockDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fileError("open", dir, err)
	}
	return f, nil
}
