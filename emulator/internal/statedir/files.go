package statedir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// files does what changes the disk, one operation at a time. step, if not nil,
// is asked before each; its error stops the application there, as the death of
// the process would.
//
// mv, if not nil, stands for os.Rename.
type files struct {
	step func(op string) error
	mv   func(from, to string) error
}

func (f files) do(op string, fn func() error) error {
	if f.step != nil {
		if err := f.step(op); err != nil {
			return err
		}
	}
	return fn()
}

func (f files) mkdir(path string) error {
	return f.do("mkdir", func() error { return os.MkdirAll(path, 0o700) })
}

// replace writes a file so that readers find the old content or the new one,
// also after a loss of power. Only one writer has the lock, so the name of the
// new file may be a fixed one: what a crash leaves is written over.
func (f files) replace(path string, data []byte) error {
	if err := f.mkdir(filepath.Dir(path)); err != nil {
		return err
	}
	fresh := path + ".new"
	if err := f.do("write", func() error { return writeSynced(fresh, data) }); err != nil {
		return err
	}
	return f.move(fresh, path)
}

func writeSynced(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// move renames a file or folder and makes the change durable in both folders.
func (f files) move(from, to string) error {
	if err := f.do("rename", func() error { return f.rename(from, to) }); err != nil {
		return err
	}
	return f.do("sync", func() error {
		return errors.Join(syncFolder(filepath.Dir(to)), syncFolder(filepath.Dir(from)))
	})
}

func (f files) rename(from, to string) error {
	if f.mv != nil {
		return f.mv(from, to)
	}
	return os.Rename(from, to)
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // has no such operation
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
