package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// julianEpochMS is the Unix epoch in SQLite's time: milliseconds since noon of 24 November 4714 BC.
const julianEpochMS = 210866760000000

var (
	configureOnce sync.Once
	configureErr  error

	vfsCount atomic.Int64
	vfsClock sync.Map // address of a registered VFS → func() time.Time
)

// configure sets what can be set once per process only: no lookaside and no page cache in advance, which would cost every
// open object 120 KiB. If another package of this process has used SQLite before, it is too late, and only dearer.
func configure() error {
	configureOnce.Do(func() {
		tls := libc.NewTLS()
		defer tls.Close()
		args := libc.NewVaListN(3)
		defer libc.Xfree(tls, args)
		sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_LOOKASIDE, libc.VaList(args, int32(0), int32(0)))
		sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PAGECACHE, libc.VaList(args, uintptr(0), int32(0), int32(0)))
		if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
			configureErr = fmt.Errorf("starting SQLite: code %d", rc)
		}
	})
	return configureErr
}

// vfs is an engine's view of the operating system: the default one of SQLite with another clock, under a name of its
// own. Databases in memory take their time from it as well.
type vfs struct {
	addr uintptr // the registered sqlite3_vfs
	name uintptr // its name, NUL-terminated
}

// vfsMu keeps the default VFS still while it is copied: registering another one writes to its link.
var vfsMu sync.Mutex

func registerVFS(now func() time.Time) (*vfs, error) {
	if err := configure(); err != nil {
		return nil, err
	}
	vfsMu.Lock()
	defer vfsMu.Unlock()
	tls := libc.NewTLS()
	defer tls.Close()
	original := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if original == 0 {
		return nil, fmt.Errorf("SQLite has no default VFS")
	}
	v := &vfs{
		addr: malloc(tls, int(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{}))),
		name: cstring(tls, fmt.Sprintf("dormouse-%d", vfsCount.Add(1))),
	}
	table := (*sqlite3.Tsqlite3_vfs)(pointer(v.addr))
	*table = *(*sqlite3.Tsqlite3_vfs)(pointer(original))
	table.FpNext = 0
	table.FzName = v.name
	table.FxCurrentTime = callback(vfsCurrentTime)
	table.FxCurrentTimeInt64 = callback(vfsCurrentTimeInt64)
	vfsClock.Store(v.addr, now)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, v.addr, 0); rc != sqlite3.SQLITE_OK {
		v.forget(tls)
		return nil, fmt.Errorf("registering the VFS: code %d", rc)
	}
	return v, nil
}

// unregister needs every connection of the engine to be closed.
func (v *vfs) unregister() {
	vfsMu.Lock()
	defer vfsMu.Unlock()
	tls := libc.NewTLS()
	defer tls.Close()
	sqlite3.Xsqlite3_vfs_unregister(tls, v.addr)
	v.forget(tls)
}

func (v *vfs) forget(tls *libc.TLS) {
	vfsClock.Delete(v.addr)
	free(tls, v.addr)
	free(tls, v.name)
}

func vfsNow(addr uintptr) (ms int64) {
	now, ok := vfsClock.Load(addr)
	if !ok {
		return julianEpochMS
	}
	return now.(func() time.Time)().UnixMilli() + julianEpochMS
}

func vfsCurrentTimeInt64(_ *libc.TLS, addr, out uintptr) int32 {
	*(*int64)(pointer(out)) = vfsNow(addr)
	return sqlite3.SQLITE_OK
}

func vfsCurrentTime(_ *libc.TLS, addr, out uintptr) int32 {
	*(*float64)(pointer(out)) = float64(vfsNow(addr)) / 86400000
	return sqlite3.SQLITE_OK
}
